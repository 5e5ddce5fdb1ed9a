// Patient: FHIR R4 patient.html; DICOM PS3.3 section C.7.1.1.
#include "mapping/merge.hpp"

#include "mapping/extended/extended_merge.hpp"
#include "mapping/json/edit.hpp"
#include "mapping/person_name.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

bool put_or_erase_text(Json& parent, std::string_view name, const std::string& text) {
  return text.empty() ? parent.erase(name) : put_text(parent, name, text);
}

bool put_or_erase_list(Json& parent, const std::string& name, const std::vector<std::string>& texts) {
  auto& there = std::as_const(parent).items(name);
  bool same = std::equal(there.begin(), there.end(), texts.begin(), texts.end(), [](const Json& element, auto& text) {
    auto* value = element.if_string();
    return value && *value == text;
  });
  if (same && !(texts.empty() && parent.find(name)))
    return false;
  if (texts.empty())
    parent.erase(name);
  else
    parent.set(name, Json::Array(texts.begin(), texts.end()));
  // A primitive's extensions stand in a list beside it, element by element (FHIR R4 json.html#primitive).
  if (auto* beside = parent.find("_" + name);
      beside && beside->if_array() && beside->if_array()->size() != texts.size())
    parent.erase("_" + name);
  return true;
}

bool put_name(Json& human_name, const PatientFacts::Name& name) {
  bool changed = put_or_erase_text(human_name, "family", joined(name.family));
  changed |= put_or_erase_list(human_name, "given", name.given);
  changed |= put_or_erase_list(human_name, "prefix", name.prefix);
  changed |= put_or_erase_list(human_name, "suffix", name.suffix);
  return changed;
}

bool merge_name(Json& patient, const PatientFacts::Name& name, const Options& options) {
  auto& names = patient.array_at("name");
  auto is_ours = [&](const Json& one) {
    auto representation = representation_of(one);
    bool is_other = representation == "IDE" || representation == "SYL";
    return one.text("use") == "usual" && (options.is_original() || !is_other);
  };
  auto usual = std::find_if(names.begin(), names.end(), is_ours);
  if (usual != names.end())
    return put_name(*usual, name);
  Json added = Json::object();
  added.set("use", "usual");
  put_name(added, name);
  names.push_back(std::move(added));
  return true;
}

/// A usual name of one representation; a name that says none is taken for the alphabetic one.
bool merge_name_form(Json& patient, const Json& wanted) {
  auto& names = patient.array_at("name");
  auto representation = representation_of(wanted);
  auto same = std::ranges::find_if(names, [&](const Json& one) {
    auto there = representation_of(one);
    return one.text("use") == "usual" && (there == representation || (there.empty() && representation == "ABC"));
  });
  if (same == names.end()) {
    names.push_back(wanted);
    return true;
  }
  bool changed = false;
  if (representation_of(*same).empty()) {
    same->array_at("extension").push_back(wanted.items("extension").front());
    changed = true;
  }
  for (auto member : {"text", "family", "given", "prefix", "suffix"})
    if (auto* value = wanted.find(member))
      changed |= put(*same, member, *value);
    else if (member != std::string_view("text"))
      changed |= same->erase(member);
  return changed;
}

/// The name, in all its forms.
bool merge_names(Json& patient, const PatientFacts& facts, const Options& options) {
  bool changed = false, has_forms = false;
  for (auto& extra : facts.extras)
    if (extra.rule == Extra::Rule::Names) {
      has_forms = true;
      changed |= merge_name_form(patient, extra.value);
    }
  return !has_forms && facts.name ? merge_name(patient, *facts.name, options) : changed;
}

Json new_patient(const PatientFacts& facts) {
  Json identifier = Json::object();
  if (!facts.system.empty())
    identifier.set("system", facts.system);
  identifier.set("value", facts.patient_id);
  Json patient = Json::object();
  patient.set("resourceType", "Patient");
  patient.array_at("identifier").push_back(std::move(identifier));
  return patient;
}

} // namespace

bool merge_patient(const PatientFacts& facts, const Options& options, std::optional<Json>& patient) {
  bool is_new = !patient;
  if (is_new ? options.policy == PatientPolicy::LinkOnly : options.policy != PatientPolicy::Update)
    return false;
  if (is_new)
    patient = new_patient(facts);
  bool changed = is_new;
  changed |= merge_names(*patient, facts, options);
  if (facts.gender)
    changed |= put_text(*patient, "gender", *facts.gender);
  if (is_new && facts.birth_date)
    patient->set("birthDate", *facts.birth_date);
  changed |= merge_extras(*patient, facts.extras, Extra::Place::Patient, facts.is_update);
  return changed;
}

} // namespace dicomcast::mapping
