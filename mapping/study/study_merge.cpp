// ImagingStudy: FHIR R4 imagingstudy.html; DICOM PS3.3 sections C.7.2.1 (study), C.7.3.1 (series), C.12.1 (SOP common).
#include "mapping/merge.hpp"

#include "conf/text.hpp"
#include "mapping/extended/extended_merge.hpp"
#include "mapping/identity.hpp"
#include "mapping/json/edit.hpp"
#include "mapping/timestamp.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view accession_type_system = "http://terminology.hl7.org/CodeSystem/v2-0203";
constexpr std::string_view accession_type_code = "ACSN";

std::string_view modality_system(const Options& options) {
  return !options.is_original() ? "http://dicom.nema.org/resources/ontology/DCM" : "DCM";
}

Json coding(std::string_view system, std::string_view code) {
  Json coding = Json::object();
  coding.set("system", system);
  coding.set("code", code);
  return coding;
}

bool has_accession_type(const Json& identifier) {
  auto* type = identifier.find("type");
  if (!type)
    return false;
  auto& codings = type->items("coding");
  return std::any_of(codings.begin(), codings.end(), [](const Json& one) {
    return one.text("system") == accession_type_system && one.text("code") == accession_type_code;
  });
}

/// Without a system any identifier of that number is it; with one, that of the system or else one that has none, which
/// takes it.
bool add_accession_number(Json& study, const std::string& number, const std::string& system) {
  auto& identifiers = study.array_at("identifier");
  auto find = [&](auto is_system) {
    return std::ranges::find_if(identifiers, [&](const Json& one) {
      return one.text("value") == number && has_accession_type(one) && is_system(one.text("system"));
    });
  };
  if (find([&](auto there) { return system.empty() || there == system; }) != identifiers.end())
    return false;
  if (auto bare = find([](auto there) { return there.empty(); }); bare != identifiers.end())
    return put_text(*bare, "system", system);
  Json type = Json::object();
  type.array_at("coding").push_back(coding(accession_type_system, accession_type_code));
  Json added = Json::object();
  added.set("type", std::move(type));
  if (!system.empty())
    added.set("system", system);
  added.set("value", number);
  identifiers.push_back(std::move(added));
  return true;
}

/// Adds `{member: text}` to the list unless an element has that text.
bool add_once(Json& study, std::string_view list, std::string_view member, std::string_view text) {
  auto& elements = study.array_at(list);
  if (std::any_of(elements.begin(), elements.end(), [&](const Json& one) { return one.text(member) == text; }))
    return false;
  Json added = Json::object();
  added.set(member, text);
  elements.push_back(std::move(added));
  return true;
}

/// A note of ours keeps step with the description that it repeats.
bool put_description(Json& study, const std::string& text) {
  auto former = std::string(std::as_const(study).text("description"));
  auto& notes = study.array_at("note");
  auto find_note = [&](std::string_view sought) {
    return std::ranges::find_if(notes, [&](const Json& note) { return note.text("text") == sought; });
  };
  bool changed = false;
  auto stale = former.empty() || former == text ? notes.end() : find_note(former);
  if (stale != notes.end() && find_note(text) == notes.end()) {
    stale->set("text", text);
  } else {
    changed = add_once(study, "note", "text", text);
  }
  return put_text(study, "description", text) || changed;
}

/// A date alone says less than the same date with a time.
bool put_started(Json& parent, const std::string& started, const Options& options) {
  if (!options.is_original() && is_less_exact(started, std::as_const(parent).text("started")))
    return false;
  return put_text(parent, "started", started);
}

bool add_modality(Json& study, const std::string& code, const Options& options) {
  if (options.profile == Profile::Extended)
    return add_acquisition_modality(study, coding(modality_system(options), code));
  auto& modalities = study.array_at("modality");
  for (auto& modality : modalities)
    if (text::fold_case(modality.text("code")) == text::fold_case(code))
      return false;
  modalities.push_back(coding(modality_system(options), code));
  return true;
}

/// A Coding of the same meaning keeps what else it says (version, display) and takes the profile's form.
bool put_series_modality(Json& series, const std::string& code, const Options& options) {
  auto* there = series.find("modality");
  if (!there || text::fold_case(there->text("code")) != text::fold_case(code)) {
    series.set("modality", coding(modality_system(options), code));
    return true;
  }
  bool changed = put_text(*there, "system", modality_system(options));
  changed |= put_text(*there, "code", code);
  return changed;
}

/// The same for the SOP class.
bool put_sop_class(Json& instance, const std::string& uid, const Options& options) {
  bool is_r4 = !options.is_original();
  auto urn = "urn:oid:" + uid;
  auto& code = is_r4 ? urn : uid;
  Json& there = instance["sopClass"];
  bool changed = there.text("code") != uid && there.text("code") != urn;
  if (changed)
    there = Json::object();
  changed |= is_r4 ? put_text(there, "system", "urn:ietf:rfc:3986") : there.erase("system");
  changed |= put_text(there, "code", code);
  return changed;
}

bool put_instance(Json& instance, const MappedEntry& entry, const Options& options) {
  auto& facts = entry.study;
  bool changed = put_sop_class(instance, facts.sop_class, options);
  if (facts.instance_number)
    changed |= put_integer(instance, "number", *facts.instance_number);
  changed |= merge_extras(instance, facts.extras, Extra::Place::Instance, entry.is_update);
  return changed;
}

/// The text of an instance that has what the entry says and nothing else. UIDs need no escaping.
std::string new_instance(const MappedEntry& entry, const Options& options) {
  bool is_r4 = !options.is_original();
  std::string text = "{\"uid\":\"" + entry.uids.instance + "\",\"sopClass\":{";
  text += is_r4 ? "\"system\":\"urn:ietf:rfc:3986\",\"code\":\"urn:oid:" : "\"code\":\"";
  text += entry.study.sop_class + "\"}";
  if (entry.study.instance_number)
    text += ",\"number\":" + std::to_string(*entry.study.instance_number);
  for (auto& extra : entry.study.extras)
    if (extra.place == Extra::Place::Instance) {
      text.append(",\"").append(extra.element).append("\":");
      extra.value.write(text);
    }
  return text += '}';
}

bool merge_instance(ImagingStudy& study, ImagingStudy::Series& series, const MappedEntry& entry,
                    const Options& options) {
  auto text = new_instance(entry, options);
  auto* there = series.instances.find(entry.uids.instance);
  if (!there) {
    study.add_instance(series, {entry.uids.instance, std::move(text)});
    return true;
  }
  if (there->text == text)
    return false;
  auto element = Json::parse(there->text);
  if (!element || !put_instance(*element, entry, options))
    return false;
  study.replace_text(series, *there, element->to_text());
  return true;
}

bool merge_series(ImagingStudy& study, const MappedEntry& entry, const Options& options) {
  auto& facts = entry.study;
  auto* series = study.find_series(entry.uids.series);
  bool changed = !series;
  if (!series)
    series = &study.add_series(entry.uids.series);
  Json& members = series->members;
  if (facts.series_number)
    changed |= put_integer(members, "number", *facts.series_number);
  changed |= put_series_modality(members, facts.modality, options);
  if (facts.series_description)
    changed |= put_text(members, "description", *facts.series_description);
  if (facts.series_started)
    changed |= put_started(members, *facts.series_started, options);
  changed |= merge_extras(members, facts.extras, Extra::Place::Series, entry.is_update);
  changed |= merge_instance(study, *series, entry, options);
  return changed;
}

Json new_study(const Options& options, const Identifier& identifier, std::string_view patient_reference) {
  Json meta = Json::object(), own = Json::object(), subject = Json::object(), study = Json::object();
  meta.set("source", options.source);
  own.set("system", identifier.system);
  own.set("value", identifier.value);
  subject.set("reference", patient_reference);
  study.set("resourceType", "ImagingStudy");
  study.set("meta", std::move(meta));
  study.array_at("identifier").push_back(std::move(own));
  study.set("status", "available");
  study.set("subject", std::move(subject));
  return study;
}

bool put_subject(Json& study, std::string_view patient_reference) {
  auto* there = study.find("subject");
  if (there && there->text("reference") == patient_reference)
    return false;
  Json subject = Json::object(); // anew: nothing of the former patient, such as a display, may stay
  subject.set("reference", patient_reference);
  study.set("subject", std::move(subject));
  return true;
}

/// An address without a slash at its end and without what follows a `#`.
std::string_view bare(std::string_view source) {
  return text::without_trailing_slashes(source.substr(0, source.find('#')));
}

} // namespace

bool merge_study(const MappedEntry& entry, const Options& options, std::string_view patient_reference,
                 std::string_view endpoint_reference, std::optional<ImagingStudy>& study) {
  auto& facts = entry.study;
  bool changed = !study;
  if (!study)
    study.emplace(new_study(options, study_identifier(entry.uids.study), patient_reference));
  Json& members = study->members();
  changed |= add_modality(members, facts.modality, options);
  if (facts.accession_number)
    changed |= add_accession_number(members, *facts.accession_number, facts.accession_system);
  if (facts.started)
    changed |= put_started(members, *facts.started, options);
  if (entry.is_update)
    changed |= put_subject(members, patient_reference);
  changed |= add_once(members, "endpoint", "reference", endpoint_reference);
  if (facts.description)
    changed |= options.is_original() ? add_once(members, "note", "text", *facts.description)
                                     : put_description(members, *facts.description);
  changed |= merge_extras(members, facts.extras, Extra::Place::Study, entry.is_update);
  changed |= merge_series(*study, entry, options);
  if (!options.is_original())
    changed |= study->keep_counts();
  return changed;
}

Removal remove_instance(const MappedEntry& entry, const Options& options, std::optional<ImagingStudy>& study) {
  if (!study || !study->remove_instance(entry.uids.series, entry.uids.instance))
    return Removal::Nothing;
  auto* meta = std::as_const(*study).members().find("meta");
  if (study->series().empty() && meta && bare(meta->text("source")) == bare(options.source))
    return Removal::Emptied;
  if (!options.is_original())
    study->keep_counts();
  return Removal::Changed;
}

} // namespace dicomcast::mapping
