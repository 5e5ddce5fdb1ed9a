// From the content tree of a dose report to its summary and its irradiation events.
#include "mapping/dose/observation.hpp"

#include "mapping/code/reference.hpp"
#include "mapping/dose/dose_profile.hpp"
#include "mapping/dose/dose_report.hpp"
#include "mapping/identity.hpp"
#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view category_system = "http://terminology.hl7.org/CodeSystem/observation-category";
constexpr std::string_view display_of_summary =
    "Radiation exposure and protection information [Description] Document Diagnostic imaging";
constexpr std::string_view display_in_original = "Radiation exposure and protection information";

/// PS3.3 section C.17.2: PreliminaryFlag (0040,A496), CompletionFlag (0040,A491).
bool is_preliminary(const Json& dataset) {
  return single_value(dataset, "0040A496").text == "PRELIMINARY" || single_value(dataset, "0040A491").text == "PARTIAL";
}

} // namespace

std::vector<Json> DoseReport::observations() {
  walk(dataset_, {});
  if (summary_) {
    set_start_of_summary();
    if (options_.dose_profile == DoseProfile::Summary)
      apply_dose_profile(*summary_, *summary_item_, dataset_, accession_number_, options_, problems_);
    events_.insert(events_.begin(), std::move(*summary_));
  }
  return std::move(events_);
}

void DoseReport::walk(const Json& item, const std::string& plane) {
  add(item, plane);
  auto inner = plane_in(item, plane);
  for (auto& child : child_items(item))
    walk(child, inner);
}

void DoseReport::add(const Json& item, const std::string& plane) {
  if (is_named_any(item, concepts::dose_reports, options_.profile)) {
    if (!summary_)
      set_summary(item, plane);
  } else if (is_named_any(item, concepts::exposures, options_.profile)) {
    add_event(item, concepts::exposure_uids, plane);
  } else if (is_named_any(item, concepts::administration, options_.profile)) {
    add_event(item, concepts::administration_uids, plane);
  }
}

std::string DoseReport::plane_in(const Json& item, const std::string& plane) const {
  auto* own = options_.is_original() ? nullptr : find_child(item, concepts::acquisition_plane, options_.profile);
  auto code = own ? first_code(*own, concept_code_tag, options_.profile) : std::nullopt;
  if (!code)
    return plane;
  return code->meant() == concepts::single_plane || !is_fhir_string(code->meaning) ? std::string() : code->meaning;
}

Json DoseReport::observation(Json code, const std::string& own_uid, std::string_view own_type) {
  Json out;
  out.set("resourceType", "Observation");
  auto& identifiers = out.array_at("identifier");
  for (auto& [system, value] :
       {study_identifier(own_uid), study_identifier(uids_.study), report_identifier(uids_.instance)})
    identifiers.push_back(plain_identifier(system, value));
  if (options_.dose_profile == DoseProfile::Summary) {
    auto& type =
        own_type == dose_profile::sop_instance.code ? dose_profile::sop_instance : dose_profile::irradiation_event;
    auto own = study_identifier(own_uid);
    identifiers.front() = typed_identifier(dose_profile::type_system, type.code, type.display, own.system, own.value);
  }
  bool is_final = options_.is_original() || !is_preliminary(dataset_);
  out.set("status", is_final ? "final" : "preliminary");
  if (!options_.is_original())
    out.array_at("category").push_back(codeable_concept(category_system, "imaging", "Imaging"));
  out.set("code", std::move(code));
  return out;
}

void DoseReport::set_summary(const Json& item, const std::string& plane) {
  auto display = options_.is_original() ? display_in_original : display_of_summary;
  auto& out = summary_.emplace(
      observation(codeable_concept(loinc_system, "73569-6", display), uids_.instance, dose_profile::sop_instance.code));
  if (options_.is_original())
    if (auto date_time = times_.content())
      out.set("effectiveDateTime", std::move(*date_time));
  summary_item_ = &item;
  accession_number_ = accession_number_of(item);
  if (!accession_number_.empty())
    out.array_at("identifier").push_back(typed_identifier(identifier_type_system, "ACSN", {}, {}, accession_number_));
  add_components(out, item, summary_components, plane);
}

void DoseReport::set_start_of_summary() {
  if (options_.is_original())
    return;
  auto start = std::string(times_.irradiation().text("start"));
  if (start.empty() && !event_starts_.empty())
    start = *std::ranges::min_element(event_starts_, {}, [](auto& text) { return instant_of(text); });
  if (start.empty())
    start = times_.content().value_or("");
  if (!start.empty())
    summary_->set("effectiveDateTime", std::move(start));
}

void DoseReport::set_start_of_event(Json& event, const Json& item) {
  if (auto start = times_.start_of(item)) {
    event_starts_.push_back(*start);
    event.set("effectiveDateTime", std::move(*start));
    return;
  }
  if (!options_.is_original())
    if (auto period = times_.irradiation(); !period.is_null()) {
      event.set("effectivePeriod", std::move(period));
      return;
    }
  if (auto content = times_.content())
    event.set("effectiveDateTime", std::move(*content));
}

void DoseReport::set_body_site(Json& event, const Json& item) {
  auto* region = find_below(item, concepts::target_region, options_.profile);
  auto site = region ? codeable_concept_of(*region, options_.profile, problems_) : std::nullopt;
  if (!site)
    return;
  auto meaning = first_code(*region, concept_code_tag, options_.profile)->meaning;
  auto side =
      options_.is_original() ? std::string() : meaning_of_child(*region, concepts::laterality, options_.profile);
  if (!side.empty() && is_fhir_string(meaning))
    site->set("text", meaning.empty() ? side : meaning + ", " + side);
  event.set("bodySite", std::move(*site));
}

void DoseReport::add_event(const Json& item, std::span<const Concept> uid_names, const std::string& plane) {
  auto uid = event_uid(item, uid_names);
  if (uid.empty() || !event_uids_.insert(uid).second)
    return;
  auto out = observation(codeable_concept(dcm_system, "113852", "Irradiation Event"), uid,
                         dose_profile::irradiation_event.code);
  set_start_of_event(out, item);
  set_body_site(out, item);
  add_components(out, item, event_components, plane);
  if (options_.is_original() || out.find("component"))
    events_.push_back(std::move(out));
}

std::string DoseReport::event_uid(const Json& item, std::span<const Concept> names) {
  for (auto& child : child_items(item)) {
    if (!is_named_any(child, names, options_.profile))
      continue;
    auto value = single_value(child, "0040A124");
    // With the UID of the study or the report as its identifier, the event could not be told from other Observations.
    auto is_usable = is_uid(value.text) && value.text != uids_.study && value.text != uids_.instance;
    if (is_usable)
      return value.text;
    if (!value.text.empty() || value.is_broken)
      problems_.add(child, "UID (0040,A124)",
                    value.is_broken ? "not one value" : in_quotes(value.text) + " is no UID of an event");
  }
  return {};
}

void DoseReport::add_components(Json& observation, const Json& item, std::span<const ComponentRule> rules,
                                std::string plane) {
  plane = plane_in(item, plane);
  for (auto& child : child_items(item)) {
    auto name = name_of_item(child, options_.profile);
    auto rule = name ? std::ranges::find(rules, name->meant(), &ComponentRule::name) : rules.end();
    if (rule != rules.end() && (rule->in_original || !options_.is_original()))
      if (auto component = component_of(child, rule->kind, plane, options_, problems_))
        observation.array_at("component").push_back(std::move(*component));
    add_components(observation, child, rules, plane);
  }
}

std::string DoseReport::accession_number_of(const Json& item) {
  for (auto* root : {&item, &dataset_}) {
    auto* found = find_below(*root, concepts::accession_number, options_.profile);
    auto value = found ? single_value(*found, "0040A160") : SingleValue();
    if (value.is_broken || !is_text(value.text))
      problems_.add(*found, "TextValue (0040,A160)",
                    value.is_broken ? "not one value" : in_quotes(value.text) + " " + fault_of(Form::Text));
    else if (!value.text.empty())
      return value.text;
  }
  auto value = single_value(dataset_, "00080050");
  return is_text(value.text) ? value.text : std::string();
}

std::vector<Json> dose_observations(const Json& dataset, const InstanceUids& uids, const Options& options,
                                    std::vector<std::string>& invalid_tags) {
  return DoseReport(dataset, uids, options, invalid_tags).observations();
}

bool is_dose_component(std::string_view system, std::string_view code, const Options& options) {
  if (options.dose_profile == DoseProfile::Summary && Concept{code, system} == concepts::procedure_reported[0])
    return true;
  auto names = [&](const ComponentRule& rule) { return rule.name.system == system && rule.name.value == code; };
  return std::ranges::any_of(summary_components, names) || std::ranges::any_of(event_components, names);
}

} // namespace dicomcast::mapping
