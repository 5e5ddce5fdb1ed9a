// Writes a report's Observation over a stored one, member by member.
#include "mapping/dose/observation_update.hpp"

#include "mapping/code/systems.hpp"
#include "mapping/dose/dose_profile.hpp"
#include "mapping/dose/observation.hpp"
#include "mapping/json/decimal.hpp"
#include "mapping/timestamp.hpp"

#include <algorithm>
#include <utility>

namespace dicomcast::mapping {

namespace {

std::pair<std::string_view, std::string_view> system_and_code(const Json& coding) {
  return {coding.text("system"), coding.text("code")};
}

const Json* find_coding(const Json::Array& codings, const Json& sought) {
  auto found = std::ranges::find(codings, system_and_code(sought), system_and_code);
  return found == codings.end() ? nullptr : &*found;
}

/// Translations beside the same code stay; those of another code go with it.
bool overlay_codings(Json& target, const Json::Array& codings) {
  auto& present = *target.if_array();
  if (codings.empty() || !find_coding(present, codings.front())) {
    target = codings;
    return true;
  }
  bool changed = false;
  for (auto& coding : codings)
    if (auto* same = const_cast<Json*>(find_coding(present, coding))) {
      changed |= overlay(*same, coding);
    } else {
      present.push_back(coding);
      changed = true;
    }
  return changed;
}

/// Removes the members of a choice such as value[x], but for the one that is wanted.
void keep_choice(Json& element, std::string_view prefix, const Json& wanted) {
  if (auto* members = element.if_object())
    std::erase_if(*members,
                  [&](auto& member) { return member.first.starts_with(prefix) && !wanted.find(member.first); });
}

/// Removes what dicomcast once wrote of a quantity's unit and no longer does.
void drop_lost_unit(Json& component, const Json& wanted) {
  auto* present = component.find("valueQuantity");
  auto* quantity = wanted.find("valueQuantity");
  for (auto name : {"unit", "system", "code"})
    if (present && quantity && !quantity->find(name))
      present->erase(name);
}

std::pair<std::string_view, std::string_view> name_of(const Json& component) {
  auto* code = component.find("code");
  if (!code || code->items("coding").empty())
    return {};
  return system_and_code(code->items("coding").front());
}

std::string_view text_of(const Json& component) {
  auto* code = component.find("code");
  return code ? code->text("text") : std::string_view();
}

/// The stored component of a name; of several the one of the same text, which tells planes and sides apart.
Json* find_component(Json::Array& present, const Json& wanted) {
  auto is_same = [&](const Json& one) { return name_of(one) == name_of(wanted); };
  auto found =
      std::ranges::find_if(present, [&](const Json& one) { return is_same(one) && text_of(one) == text_of(wanted); });
  if (found == present.end())
    found = std::ranges::find_if(present, is_same);
  return found == present.end() ? nullptr : &*found;
}

/// The report's components in its order, each written over one of the same name; after them those of other names, which
/// are somebody else's.
bool merge_components(Json& observation, const Json& wanted, const Options& options) {
  auto present = observation.items("component");
  Json::Array merged;
  for (auto& component : wanted.items("component")) {
    auto* same = find_component(present, component);
    if (!same) {
      merged.push_back(component);
      continue;
    }
    merged.push_back(std::exchange(*same, Json()));
    keep_choice(merged.back(), "value", component);
    merged.back().erase("dataAbsentReason");
    drop_lost_unit(merged.back(), component);
    overlay(merged.back(), component);
  }
  for (auto& rest : present)
    if (auto [system, code] = name_of(rest); !rest.is_null() && !is_dose_component(system, code, options))
      merged.push_back(std::move(rest));
  if (merged == observation.items("component"))
    return false;
  if (merged.empty())
    observation.erase("component");
  else
    observation.set("component", std::move(merged));
  return true;
}

bool is_accession_number(const Json& identifier) {
  auto* type = identifier.find("type");
  return type && std::ranges::any_of(type->items("coding"), [](const Json& coding) {
           return system_and_code(coding) == std::pair(identifier_type_system, std::string_view("ACSN"));
         });
}

bool merge_identifiers(Json& observation, const Json& wanted) {
  bool changed = false;
  auto& present = observation.array_at("identifier");
  for (auto& identifier : wanted.items("identifier")) {
    auto same = std::ranges::find_if(present, [&](const Json& other) {
      if (is_accession_number(identifier))
        return is_accession_number(other);
      return other.text("system") == identifier.text("system") && other.text("value") == identifier.text("value");
    });
    if (same != present.end()) {
      changed |= overlay(*same, identifier);
    } else {
      present.push_back(identifier);
      changed = true;
    }
  }
  return changed;
}

bool merge_category(Json& observation, const Json& wanted) {
  bool changed = false;
  for (auto& category : wanted.items("category")) {
    auto& coding = category.items("coding").front();
    auto& present = observation.array_at("category");
    if (std::ranges::none_of(present, [&](const Json& one) { return find_coding(one.items("coding"), coding); })) {
      present.push_back(category);
      changed = true;
    }
  }
  return changed;
}

/// effective[x]: a DateTime or a Period.
bool merge_time(Json& observation, const Json& wanted, const Options& options) {
  auto* date_time = wanted.find("effectiveDateTime");
  auto* period = wanted.find("effectivePeriod");
  if (date_time && !options.is_original() &&
      is_less_exact(*date_time->if_string(), observation.text("effectiveDateTime")))
    return false;
  if (date_time || period)
    keep_choice(observation, "effective", wanted);
  if (date_time)
    return overlay(observation["effectiveDateTime"], *date_time);
  if (!period)
    return false;
  auto& present = observation["effectivePeriod"];
  bool changed = false;
  for (auto name : {"start", "end"})
    changed |= !period->find(name) && present.erase(name);
  return overlay(present, *period) || changed;
}

/// The text of a body site is ours where it tells a side, and goes with it.
bool merge_body_site(Json& observation, const Json& wanted) {
  auto* site = wanted.find("bodySite");
  if (!site)
    return false;
  auto& present = observation["bodySite"];
  auto& codings = std::as_const(present).items("coding");
  auto first = codings.empty() ? std::string() : std::string(codings.front().text("display")) + ", ";
  bool is_ours = first.size() > 2 && present.text("text").starts_with(first);
  bool changed = is_ours && !site->find("text") && present.erase("text");
  return overlay(present, *site) || changed;
}

Json reference(std::string_view to) {
  Json out;
  out.set("reference", to);
  return out;
}

bool set_subject(Json& observation, std::string_view patient_reference) {
  auto* subject = observation.find("subject");
  if (subject && subject->text("reference") == patient_reference)
    return false;
  observation.set("subject", reference(patient_reference));
  return true;
}

/// With the dose profile, `wanted` has the study's identifier as its second one.
bool add_part_of(Json& observation, std::string_view study_reference, const Json& wanted, const Options& options) {
  auto part = reference(study_reference);
  if (options.dose_profile == DoseProfile::Summary && wanted.items("identifier").size() > 1) {
    auto identifier = Json::object();
    Json type;
    Json coding;
    coding.set("system", dose_profile::type_system);
    coding.set("code", dose_profile::study_instance.code);
    coding.set("display", dose_profile::study_instance.display);
    type.array_at("coding").push_back(std::move(coding));
    identifier.set("type", std::move(type));
    for (auto name : {"system", "value"})
      identifier.set(name, wanted.items("identifier")[1].text(name));
    part.set("identifier", std::move(identifier));
  }
  auto& present = observation.array_at("partOf");
  auto same = std::ranges::find_if(present, [&](const Json& one) { return one.text("reference") == study_reference; });
  if (same != present.end())
    return overlay(*same, part);
  present.push_back(std::move(part));
  return true;
}

bool add_focus(Json& observation, std::string_view study_reference) {
  auto& present = observation.array_at("focus");
  if (std::ranges::any_of(present, [&](const Json& one) { return one.text("reference") == study_reference; }))
    return false;
  present.push_back(reference(study_reference));
  return true;
}

} // namespace

bool overlay(Json& target, const Json& value) {
  if (auto* members = value.if_object(); members && target.is_object()) {
    bool changed = false;
    for (auto& [name, member] : *members)
      changed |= overlay(target[name], member);
    return changed;
  }
  if (auto* codings = value.if_array(); codings && target.is_array())
    return overlay_codings(target, *codings);
  auto *present = target.if_number(), *wanted = value.if_number();
  if (target == value || (present && wanted && same_number(present->token, wanted->token)))
    return false;
  target = value;
  return true;
}

bool set_references(Json& observation, std::string_view patient_reference, std::string_view study_reference,
                    const Json& wanted, const Options& options) {
  bool changed = set_subject(observation, patient_reference);
  changed |= add_part_of(observation, study_reference, wanted, options);
  if (options.dose_profile == DoseProfile::Summary && dose_profile::is_summary(observation))
    changed |= add_focus(observation, study_reference);
  return changed;
}

bool update_observation(Json& observation, const Json& wanted, std::string_view patient_reference,
                        std::string_view study_reference, const Options& options) {
  bool changed = merge_identifiers(observation, wanted);
  for (auto name : {"status", "code"})
    if (auto* member = wanted.find(name))
      changed |= overlay(observation[name], *member);
  changed |= merge_category(observation, wanted);
  changed |= merge_time(observation, wanted, options);
  changed |= merge_body_site(observation, wanted);
  changed |= merge_components(observation, wanted, options);
  if (!options.is_original())
    changed |= update_dose_profile(observation, wanted, options);
  return set_references(observation, patient_reference, study_reference, wanted, options) || changed;
}

} // namespace dicomcast::mapping
