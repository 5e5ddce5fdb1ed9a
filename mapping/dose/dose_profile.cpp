// Fills what the dose profile asks of a summary from its report.
#include "mapping/dose/dose_profile.hpp"

#include "mapping/code/issuer.hpp"
#include "mapping/code/reference.hpp"
#include "mapping/person_name.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

std::pair<std::string_view, std::string_view> name_of(const Json& component) {
  auto* code = component.find("code");
  if (!code || code->items("coding").empty())
    return {};
  auto& coding = code->items("coding").front();
  return {coding.text("system"), coding.text("code")};
}

bool is_named(const Json& component, Concept name) {
  return name_of(component) == std::pair(name.system, name.value);
}

/// What a person reads of a CodeableConcept.
std::string_view shown(const Json& coded) {
  if (auto text = coded.text("text"); !text.empty())
    return text;
  for (auto& coding : coded.items("coding"))
    for (auto member : {"display", "code"})
      if (auto text = coding.text(member); !text.empty())
        return text;
  return {};
}

/// `4.2 mGy`, `12`, `Chest`: a component's value, digits as given.
std::string shown_value(const Json& component) {
  if (auto* quantity = component.find("valueQuantity")) {
    auto text = quantity->find("value")->to_text();
    return quantity->text("unit").empty() ? text : text.append(" ").append(quantity->text("unit"));
  }
  if (auto* count = component.find("valueInteger"))
    return count->to_text();
  if (auto* coded = component.find("valueCodeableConcept"))
    return std::string(shown(*coded));
  return std::string(component.text("valueString"));
}

/// `CT Thorax: Mean CTDIvol = 4.2 mGy; ...`; empty: there is no component to tell of.
std::string text_of(const Json& summary, std::string_view procedure) {
  std::string text;
  for (auto& component : summary.items("component"))
    if (!is_named(component, concepts::procedure_reported[0]))
      text.append(text.empty() ? "" : "; ").append(shown(*component.find("code"))).append(" = ") +=
          shown_value(component);
  return text.empty() || procedure.empty() ? text : std::string(procedure) + ": " + text;
}

/// PS3.16 TID 1020: the person whose role is Irradiation Authorizing; null: the report names none.
const Json* authorizing_person(const Json& dataset, Profile profile) {
  const Json* found = nullptr;
  visit_below(dataset, [&](const Json& item) {
    auto& children = child_items(item);
    bool authorizes =
        is_named_any(item, concepts::person_name, profile) && std::ranges::any_of(children, [&](const Json& child) {
          auto code = first_code(child, concept_code_tag, profile);
          return code && code->meant() == concepts::irradiation_authorizing;
        });
    if (authorizes)
      found = &item;
    return authorizes;
  });
  return found;
}

/// The PersonName (0040,A123) of an item, in one text; empty: it has none.
std::string name_text(const Json& item) {
  auto& values = sequence_items(item, "0040A123");
  if (values.empty())
    return {};
  if (auto* text = values.front().if_string())
    return *text;
  std::string text;
  for (auto group : {"Alphabetic", "Ideographic", "Phonetic"})
    text.append(text.empty() ? "" : "=").append(values.front().text(group));
  return text;
}

/// The person as a Practitioner to be contained; null: without a name.
Json practitioner(const Json& person, const Options& options, ItemProblems& problems) {
  auto text = name_text(person);
  auto name = is_name(text) ? person_name(text) : std::nullopt;
  if (!name) {
    if (!is_name(text))
      problems.add(person, "PersonName (0040,A123)", in_quotes(text) + " " + fault_of(Form::Name));
    return {};
  }
  Json out;
  out.set("resourceType", "Practitioner");
  out.set("id", dose_profile::authorizing_id);
  auto* id = find_child(person, concepts::person_identifier, options.profile);
  if (auto value = id ? single_value(*id, "0040A160").text : std::string(); !value.empty() && is_text(value)) {
    auto* issuer = find_child(person, concepts::person_issuer, options.profile);
    auto system = issuer ? system_of_issuer(single_value(*issuer, "0040A160").text, options) : std::string();
    out.array_at("identifier").push_back(plain_identifier(system.empty() ? options.staff_system_id : system, value));
  }
  out.array_at("name").push_back(human_name_of(*name, {}));
  return out;
}

void set_device(Json& summary, const Json& dataset, const Options& options) {
  auto uid = single_value(dataset, "00181002").text, serial = single_value(dataset, "00181000").text;
  auto identifier = device_identifier(is_uid(uid) ? uid : std::string(), is_text(serial) ? serial : std::string());
  if (auto device = reference_to("Device", std::move(identifier), {}, options.references))
    summary.set("device", std::move(*device));
}

} // namespace

bool dose_profile::is_summary(const Json& observation) {
  return is_named(observation, {"73569-6", loinc_system});
}

void apply_dose_profile(Json& summary, const Json& item, const Json& dataset, std::string_view accession_number,
                        const Options& options, ItemProblems& problems) {
  auto profile = options.profile;
  auto& components = summary.array_at("component");
  std::erase_if(components, [](const Json& component) { return is_named(component, {"113830", dcm_system}); });
  auto find = [&](std::span<const Concept> names) {
    auto* found = find_below(item, names, profile);
    return found ? found : find_below(dataset, names, profile);
  };
  auto* reported = find(concepts::procedure_reported);
  if (reported)
    if (auto component = component_of(*reported, ComponentKind::Plain, {}, options, problems))
      components.insert(components.begin(), std::move(*component));
  auto* procedure = reported ? reported : find(concepts::procedure);
  auto code = procedure ? first_code(*procedure, concept_code_tag, profile) : std::nullopt;
  auto text = text_of(summary, code && is_fhir_string(code->meaning) ? code->meaning : std::string());
  if (components.empty())
    summary.erase("component");

  if (!accession_number.empty()) {
    auto system = system_of_issuer(dataset, "00080051", {}, options.accession_system_id, options);
    auto identifier = typed_identifier(identifier_type_system, "ACSN", "Accession ID", system, accession_number);
    if (auto order = reference_to("ServiceRequest", std::move(identifier), {}, options.references))
      summary.array_at("basedOn").push_back(std::move(*order));
  }
  auto* person = authorizing_person(dataset, profile);
  auto performer = person ? practitioner(*person, options, problems) : Json();
  bool has_performer = !performer.is_null();
  if (has_performer) {
    summary.array_at("contained").push_back(std::move(performer));
    Json reference;
    reference.set("reference", "#" + std::string(dose_profile::authorizing_id));
    summary.array_at("performer").push_back(std::move(reference));
  }
  bool has_text = !text.empty();
  if (has_text)
    summary.set("valueString", std::move(text));
  set_device(summary, dataset, options);
  if (has_performer && has_text && summary.find("effectiveDateTime")) {
    Json meta;
    meta.array_at("profile").push_back(dose_profile::url);
    summary.set("meta", std::move(meta));
  }
}

} // namespace dicomcast::mapping
