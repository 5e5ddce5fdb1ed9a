// From the content tree of a dose report to its summary and its irradiation events.
#include "mapping/dose/observation.hpp"

#include "mapping/dose/content_item.hpp"
#include "mapping/dose/item_date_time.hpp"
#include "mapping/dose/observation_component.hpp"
#include "mapping/identity.hpp"
#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace dicomcast::mapping {

namespace {

struct ComponentRule {
  Concept name;
  ComponentKind kind = ComponentKind::Plain;
};

constexpr Concept dose_reports[] = {{"113500", dcm_system}, {"113701", dcm_system}};
constexpr Concept administration[] = {{"113502", dcm_system}};
constexpr Concept exposures[] = {{"113706", dcm_system}, {"113819", dcm_system}};
constexpr Concept exposure_uids[] = {{"113769", dcm_system}};
constexpr Concept administration_uids[] = {{"113769", dcm_system}, {"113503", dcm_system}};
constexpr Concept accession_number[] = {{"121022", dcm_system}};
constexpr Concept target_region[] = {{"123014", dcm_system}};
constexpr Concept starts[] = {{"111526", dcm_system}, {"113809", dcm_system}};

constexpr ComponentRule summary_components[] = {
    {{"113725", dcm_system}},                            // Dose (RP) Total
    {{"111637", dcm_system}},                            // Accumulated Average Glandular Dose
    {{"113722", dcm_system}},                            // Dose Area Product Total
    {{"113726", dcm_system}},                            // Fluoro Dose Area Product Total
    {{"113727", dcm_system}},                            // Acquisition Dose Area Product Total
    {{"113730", dcm_system}},                            // Total Fluoro Time
    {{"113731", dcm_system}, ComponentKind::Count},      // Total Number of Radiographic Frames
    {{"113507", dcm_system}},                            // Administered activity
    {{"113813", dcm_system}},                            // CT Dose Length Product Total
    {{"113812", dcm_system}, ComponentKind::Count},      // Total Number of Irradiation Events
    {{"113830", dcm_system}},                            // Mean CTDIvol
    {{"123005", dcm_system}},                            // Radiopharmaceutical Volume
    {{"349358000", snomed_system}, ComponentKind::Text}, // Radiopharmaceutical agent
    {{"89457008", snomed_system}, ComponentKind::Text},  // Radionuclide
    {{"410675002", snomed_system}},                      // Route of administration
};
constexpr ComponentRule event_components[] = {
    {{"113830", dcm_system}}, // Mean CTDIvol
    {{"113838", dcm_system}}, // DLP
    {{"113835", dcm_system}}, // CTDIw Phantom Type
};

bool is_named_any(const Json& item, std::span<const Concept> names) {
  auto name = first_code(item, concept_name_tag);
  return name && std::ranges::find(names, name->meant()) != names.end();
}

const Json* find_below(const Json& item, std::span<const Concept> names) {
  const Json* found = nullptr;
  visit_below(item, [&](const Json& below) {
    if (is_named_any(below, names))
      found = &below;
    return found != nullptr;
  });
  return found;
}

/// Makes the Observations of one report.
class DoseReport {
public:
  DoseReport(const Json& dataset, const InstanceUids& uids, const Options& options,
             std::vector<std::string>& invalid_tags)
      : dataset_(dataset), uids_(uids), options_(options), problems_(invalid_tags) {}

  std::vector<Json> observations();

private:
  void add(const Json& item);
  Json summary(const Json& item);
  void add_event(const Json& item, std::span<const Concept> uid_names);
  Json observation(Json code, const std::string& own_uid, std::optional<std::string> date_time);
  /// The first valid UID of these names among the item's children; empty: there is none.
  std::string event_uid(const Json& item, std::span<const Concept> names);
  void set_components(Json& observation, const Json& item, std::span<const ComponentRule> rules);
  std::string accession_number_of(const Json& item);
  /// The report's zone as FHIR writes it; nullopt: it is not valid.
  std::optional<std::string> zone();
  std::optional<std::string> content_date_time();
  std::optional<std::string> start_of(const Json& event);

  const Json& dataset_;
  const InstanceUids& uids_;
  const Options& options_;
  ItemProblems problems_;
  std::optional<Json> summary_;
  std::vector<Json> events_;
  std::set<std::string> event_uids_;
};

std::vector<Json> DoseReport::observations() {
  add(dataset_);
  visit_below(dataset_, [&](const Json& item) {
    add(item);
    return false;
  });
  if (summary_)
    events_.insert(events_.begin(), std::move(*summary_));
  return std::move(events_);
}

void DoseReport::add(const Json& item) {
  if (is_named_any(item, dose_reports)) {
    if (!summary_)
      summary_ = summary(item);
  } else if (is_named_any(item, exposures)) {
    add_event(item, exposure_uids);
  } else if (is_named_any(item, administration)) {
    add_event(item, administration_uids);
  }
}

Json DoseReport::observation(Json code, const std::string& own_uid, std::optional<std::string> date_time) {
  Json out;
  out.set("resourceType", "Observation");
  for (auto& [system, value] :
       {study_identifier(own_uid), study_identifier(uids_.study), report_identifier(uids_.instance)}) {
    Json identifier;
    identifier.set("system", system);
    identifier.set("value", value);
    out.array_at("identifier").push_back(std::move(identifier));
  }
  out.set("status", "final");
  out.set("code", std::move(code));
  if (date_time)
    out.set("effectiveDateTime", std::move(*date_time));
  return out;
}

Json DoseReport::summary(const Json& item) {
  auto out = observation(codeable_concept(loinc_system, "73569-6", "Radiation exposure and protection information"),
                         uids_.instance, content_date_time());
  if (auto number = accession_number_of(item); !number.empty()) {
    Json identifier;
    identifier.set("type", codeable_concept(accession_type_system, "ACSN", {}));
    identifier.set("value", std::move(number));
    out.array_at("identifier").push_back(std::move(identifier));
  }
  set_components(out, item, summary_components);
  return out;
}

void DoseReport::add_event(const Json& item, std::span<const Concept> uid_names) {
  auto uid = event_uid(item, uid_names);
  if (uid.empty() || !event_uids_.insert(uid).second)
    return;
  auto start = start_of(item);
  auto out = observation(codeable_concept(dcm_system, "113852", "Irradiation Event"), uid,
                         start ? std::move(start) : content_date_time());
  if (auto* region = find_below(item, target_region))
    if (auto site = codeable_concept_of(*region, problems_))
      out.set("bodySite", std::move(*site));
  set_components(out, item, event_components);
  events_.push_back(std::move(out));
}

std::string DoseReport::event_uid(const Json& item, std::span<const Concept> names) {
  for (auto& child : child_items(item)) {
    if (!is_named_any(child, names))
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

void DoseReport::set_components(Json& observation, const Json& item, std::span<const ComponentRule> rules) {
  visit_below(item, [&](const Json& below) {
    auto name = first_code(below, concept_name_tag);
    auto rule = name ? std::ranges::find(rules, name->meant(), &ComponentRule::name) : rules.end();
    if (rule != rules.end())
      if (auto component = component_of(below, rule->kind, problems_))
        observation.array_at("component").push_back(std::move(*component));
    return false;
  });
}

std::string DoseReport::accession_number_of(const Json& item) {
  for (auto* root : {&item, &dataset_}) {
    auto* found = find_below(*root, accession_number);
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

std::optional<std::string> DoseReport::zone() {
  auto value = single_value(dataset_, "00080201");
  if (value.is_broken || (!value.text.empty() && !is_zone(value.text)))
    return std::nullopt;
  return value.text.empty() ? options_.default_timezone : fhir_zone(value.text);
}

std::optional<std::string> DoseReport::content_date_time() {
  auto valid = [&](std::string_view tag, std::string_view attribute, Form form) {
    auto value = single_value(dataset_, tag);
    if (value.is_broken || (!value.text.empty() && !has_form(form, value.text))) {
      problems_.add(dataset_, attribute,
                    value.is_broken ? "not one value" : in_quotes(value.text) + " " + fault_of(form));
      return std::string();
    }
    return value.text;
  };
  auto date = valid("00080023", "ContentDate (0008,0023)", Form::Date);
  auto time = valid("00080033", "ContentTime (0008,0033)", Form::Time);
  if (date.empty())
    return std::nullopt;
  auto at = zone();
  return time.empty() || !at ? fhir_date(date) : fhir_date_time(date, time, *at);
}

std::optional<std::string> DoseReport::start_of(const Json& event) {
  for (auto& name : starts) {
    auto* item = find_below(event, {&name, 1});
    auto value = item ? single_value(*item, "0040A120") : SingleValue();
    auto start = value.text.empty() ? ItemDateTime{{}, value.is_broken} : item_date_time(value.text, zone());
    if (start.is_broken)
      problems_.add(*item, "DateTime (0040,A120)",
                    value.is_broken ? "not one value" : in_quotes(value.text) + " is no date and time");
    if (!start.text.empty())
      return start.text;
  }
  return std::nullopt;
}

} // namespace

std::vector<Json> dose_observations(const Json& dataset, const InstanceUids& uids, const Options& options,
                                    std::vector<std::string>& invalid_tags) {
  return DoseReport(dataset, uids, options, invalid_tags).observations();
}

bool is_dose_component(std::string_view system, std::string_view code) {
  auto names = [&](const ComponentRule& rule) { return rule.name.system == system && rule.name.value == code; };
  return std::ranges::any_of(summary_components, names) || std::ranges::any_of(event_components, names);
}

} // namespace dicomcast::mapping
