// Merges extras by their rule.
#include "mapping/extended/extended_merge.hpp"

#include "conf/text.hpp"
#include "mapping/code/systems.hpp"
#include "mapping/extended/laterality.hpp"
#include "mapping/json/edit.hpp"
#include "mapping/timestamp.hpp"

#include <algorithm>
#include <array>

namespace dicomcast::mapping {

namespace {

const Json& member(const Json& parent, std::string_view name) {
  static const Json none;
  auto* found = parent.find(name);
  return found ? *found : none;
}

bool same_texts(const Json& a, const Json& b, std::initializer_list<std::string_view> names) {
  return std::ranges::all_of(names, [&](auto name) { return a.text(name) == b.text(name); });
}

bool same_identifier(const Json& a, const Json& b) {
  return same_texts(a, b, {"system", "value"});
}

bool same_concept(const Json& there, const Json& wanted) {
  auto& codings = wanted.items("coding");
  if (codings.empty())
    return there.text("text") == wanted.text("text");
  return std::ranges::any_of(there.items("coding"), [&](const Json& coding) {
    return same_texts(coding, codings.front(), {"system", "code"});
  });
}

bool same_reference(const Json& there, const Json& wanted) {
  auto &one = member(there, "identifier"), &other = member(wanted, "identifier");
  if (one.is_null() != other.is_null())
    return false;
  return one.is_null() ? there.text("display") == wanted.text("display") : same_identifier(one, other);
}

bool same_performer(const Json& there, const Json& wanted) {
  auto &one = member(there, "function"), &other = member(wanted, "function");
  bool same_function = one.is_null() || other.is_null() ? one.is_null() == other.is_null() : same_concept(one, other);
  return same_function && same_reference(member(there, "actor"), member(wanted, "actor"));
}

bool same_contact(const Json& there, const Json& wanted) {
  auto &one = member(there, "name"), &other = member(wanted, "name");
  return one.text("family") == other.text("family") && one.items("given") == other.items("given");
}

bool add_once(Json& parent, const Extra& extra, bool (*is_same)(const Json&, const Json&)) {
  auto& present = parent.array_at(extra.element);
  if (std::ranges::any_of(present, [&](const Json& one) { return is_same(one, extra.value); }))
    return false;
  present.push_back(extra.value);
  return true;
}

bool put_single(Json& parent, const Extra& extra, bool is_update) {
  return (is_update || !std::as_const(parent).find(extra.element)) && put(parent, extra.element, extra.value);
}

bool put_extension(Json& parent, const Extra& extra, bool is_update) {
  auto& present = parent.array_at(extra.element);
  auto same = std::ranges::find_if(present, [&](const Json& one) { return same_texts(one, extra.value, {"url"}); });
  if (same == present.end()) {
    present.push_back(extra.value);
    return true;
  }
  if (!is_update || *same == extra.value)
    return false;
  *same = extra.value;
  return true;
}

bool put_laterality(Json& parent, const Extra& extra, bool is_update) {
  auto& there = member(parent, extra.element);
  auto both = both_lateralities(there, extra.value);
  if (both && there.text("code") == both->text("code"))
    return false; // both already
  return both ? put(parent, extra.element, *both) : put_single(parent, extra, is_update);
}

bool put_earliest(Json& parent, const Extra& extra) {
  auto there = std::as_const(parent).text(extra.element);
  auto& wanted = *extra.value.if_string();
  auto present = instant_of(there);
  bool is_later = present && !(instant_of(wanted) < present);
  if (!there.empty() && (is_later || is_less_exact(wanted, there)))
    return false;
  return put(parent, extra.element, extra.value);
}

/// PS3.16 CID 29, Acquisition Modality, and those that it had before.
constexpr std::array<std::string_view, 51> acquisition_modalities{
    "AR",  "BDUS", "BI",  "BMD", "CFM",     "CR",  "CT",     "DG",     "DMS", "DX",  "ECG", "EEG", "EMG",
    "EOG", "EPS",  "ES",  "GM",  "HD",      "IO",  "IVOCT",  "IVUS",   "KER", "LEN", "LS",  "MG",  "MR",
    "NM",  "OAM",  "OCT", "OP",  "OPM",     "OPT", "OPTBSV", "OPTENF", "OPV", "OSS", "PA",  "POS", "PT",
    "PX",  "RESP", "RF",  "RG",  "RTIMAGE", "SM",  "SRF",    "TG",     "US",  "VA",  "XA",  "XC"};

bool is_acquisition(std::string_view code) {
  return std::ranges::find(acquisition_modalities, code) != acquisition_modalities.end();
}

/// Of a code system that has DICOM's modalities; others' codes are not ours to judge.
bool is_dicom(const Json& modality) {
  auto system = modality.text("system");
  return system.empty() || system == "DCM" || system == dcm_system;
}

} // namespace

bool merge_extra(Json& parent, const Extra& extra, bool is_update) {
  switch (extra.rule) {
  case Extra::Rule::Single:
    return put_single(parent, extra, is_update);
  case Extra::Rule::Concepts:
    return add_once(parent, extra, same_concept);
  case Extra::Rule::References:
    return add_once(parent, extra, same_reference);
  case Extra::Rule::Performers:
    return add_once(parent, extra, same_performer);
  case Extra::Rule::Identifiers:
    return add_once(parent, extra, same_identifier);
  case Extra::Rule::Contacts:
    return add_once(parent, extra, same_contact);
  case Extra::Rule::Extension:
    return put_extension(parent, extra, is_update);
  case Extra::Rule::Laterality:
    return put_laterality(parent, extra, is_update);
  case Extra::Rule::Earliest:
    return put_earliest(parent, extra);
  case Extra::Rule::Names:
    break;
  }
  return false;
}

bool merge_extras(Json& parent, const Extras& extras, Extra::Place place, bool is_update) {
  bool changed = false;
  for (auto& extra : extras)
    if (extra.place == place)
      changed |= merge_extra(parent, extra, is_update);
  return changed;
}

bool add_acquisition_modality(Json& study, const Json& modality) {
  auto& present = study.array_at("modality");
  auto before = present;
  auto code = text::fold_case(modality.text("code"));
  if (std::ranges::none_of(present, [&](const Json& one) { return text::fold_case(one.text("code")) == code; }))
    present.push_back(modality);
  auto has_code = [](const Json& one) { return is_acquisition(one.text("code")); };
  if (std::ranges::any_of(present, has_code))
    std::erase_if(present, [&](const Json& one) { return is_dicom(one) && !has_code(one); });
  return present != before;
}

} // namespace dicomcast::mapping
