// merge_observations: a report's Observations against those that the FHIR service has for it.
#include "mapping/dose/observation.hpp"
#include "mapping/identity.hpp"
#include "mapping/json/decimal.hpp"
#include "mapping/merge.hpp"

#include <algorithm>
#include <utility>

namespace dicomcast::mapping {

namespace {

bool overlay(Json& target, const Json& value);

std::pair<std::string_view, std::string_view> system_and_code(const Json& coding) {
  return {coding.text("system"), coding.text("code")};
}

/// Translations beside the same code stay; those of another code go with it.
bool overlay_codings(Json& target, const Json::Array& codings) {
  for (auto& present : *target.if_array())
    if (!codings.empty() && system_and_code(present) == system_and_code(codings.front()))
      return overlay(present, codings.front());
  target = codings;
  return true;
}

/// Writes `value` over `target`, leaving what dicomcast never writes. Returns whether anything changed.
/// The order of members does not count, nor do digits that a service with doubles drops.
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

/// Removes all members of a choice such as value[x] except the wanted one.
void keep_choice(Json& element, std::string_view prefix, const Json& wanted) {
  if (auto* members = element.if_object())
    std::erase_if(*members,
                  [&](auto& member) { return member.first.starts_with(prefix) && !wanted.find(member.first); });
}

/// Removes members of a quantity's unit that earlier versions wrote.
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

/// The report's components in its order, each written over one of the same name; after them those of other names, which
/// are somebody else's.
bool merge_components(Json& observation, const Json& wanted) {
  auto present = observation.items("component");
  Json::Array merged;
  for (auto& component : wanted.items("component")) {
    auto same = std::ranges::find(present, name_of(component), name_of);
    if (same == present.end()) {
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
    if (auto [system, code] = name_of(rest); !rest.is_null() && !is_dose_component(system, code))
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
           return system_and_code(coding) == std::pair(accession_type_system, std::string_view("ACSN"));
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

Json reference_to(std::string_view reference) {
  Json out;
  out.set("reference", reference);
  return out;
}

bool set_subject(Json& observation, std::string_view patient_reference) {
  auto* subject = observation.find("subject");
  if (subject && subject->text("reference") == patient_reference)
    return false;
  observation.set("subject", reference_to(patient_reference));
  return true;
}

bool add_part_of(Json& observation, std::string_view study_reference) {
  auto& present = observation.array_at("partOf");
  if (std::ranges::any_of(present, [&](const Json& part) { return part.text("reference") == study_reference; }))
    return false;
  present.push_back(reference_to(study_reference));
  return true;
}

bool update(Json& observation, const Json& wanted, std::string_view patient_reference,
            std::string_view study_reference) {
  bool changed = merge_identifiers(observation, wanted);
  for (auto name : {"status", "code", "effectiveDateTime", "bodySite"})
    if (auto* member = wanted.find(name)) {
      if (name == std::string_view("effectiveDateTime"))
        keep_choice(observation, "effective", wanted);
      changed |= overlay(observation[name], *member);
    }
  changed |= merge_components(observation, wanted);
  changed |= set_subject(observation, patient_reference);
  return changed |= add_part_of(observation, study_reference);
}

Identifier own_identifier(const Json& observation) {
  auto& own = observation.items("identifier").front();
  return {std::string(own.text("system")), std::string(own.text("value"))};
}

} // namespace

ObservationChanges merge_observations(const MappedEntry& entry, const std::vector<Json>& existing,
                                      std::string_view patient_reference, std::string_view study_reference) {
  ObservationChanges changes;
  std::vector<bool> is_held(existing.size());
  for (auto& wanted : entry.observations) {
    auto own = own_identifier(wanted);
    auto present = std::ranges::find_if(existing, [&](const Json& other) { return has_identifier(other, own); });
    if (present == existing.end()) {
      auto& created = changes.created.emplace_back(wanted);
      set_subject(created, patient_reference);
      add_part_of(created, study_reference);
      continue;
    }
    is_held[static_cast<std::size_t>(present - existing.begin())] = true;
    auto merged = *present;
    if (entry.is_update && update(merged, wanted, patient_reference, study_reference))
      changes.updated.push_back(std::move(merged));
  }
  for (std::size_t at = 0; at < existing.size(); ++at)
    if (entry.is_update && !is_held[at])
      changes.deleted.push_back(existing[at]);
  return changes;
}

} // namespace dicomcast::mapping
