// Entries, datasets and resources for the tests of mapping/.
#pragma once

#include "mapping/feed/entry.hpp"
#include "mapping/merge.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace dicomcast::mapping::test {

inline Options options(Profile profile = Profile::R4) {
  Options made;
  made.profile = profile;
  made.patient_system_id = "urn:hospital";
  made.source = "https://dicom/";
  made.endpoint_address = profile == Profile::R4 ? "https://dicom/v1" : "https://dicom/";
  return made;
}

inline Options enforcing() {
  auto made = options();
  made.enforce_validation = true;
  return made;
}

inline Json json(std::string_view text) {
  std::string error;
  auto value = Json::parse(text, &error);
  INFO(text << " " << error);
  REQUIRE(value);
  return *value;
}

/// An attribute whose Value is the JSON text of a list's elements: `"CT"`, `1,2`.
inline Json attribute(const std::string& elements) {
  return json("{\"vr\":\"UN\",\"Value\":[" + elements + "]}");
}

/// A dataset in which every attribute that is mapped has a valid value.
inline Json dataset() {
  return json(R"({
    "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]},
    "00080018": {"vr": "UI", "Value": ["1.2.3.4.5"]},
    "00080020": {"vr": "DA", "Value": ["20200131"]},
    "00080021": {"vr": "DA", "Value": ["20200201"]},
    "00080030": {"vr": "TM", "Value": ["101112.5"]},
    "00080031": {"vr": "TM", "Value": ["1314"]},
    "00080050": {"vr": "SH", "Value": ["A1"]},
    "00080060": {"vr": "CS", "Value": ["CT"]},
    "00080201": {"vr": "SH", "Value": ["+0130"]},
    "00081030": {"vr": "LO", "Value": ["CT Thorax"]},
    "0008103E": {"vr": "LO", "Value": ["axial"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane Q^R^Dr.^MD"}]},
    "00100020": {"vr": "LO", "Value": ["P1"]},
    "00100021": {"vr": "LO", "Value": ["urn:issuer"]},
    "00100030": {"vr": "DA", "Value": ["19701231"]},
    "00100040": {"vr": "CS", "Value": ["F"]},
    "0020000D": {"vr": "UI", "Value": ["1.2.3"]},
    "0020000E": {"vr": "UI", "Value": ["1.2.3.4"]},
    "00200011": {"vr": "IS", "Value": [7]},
    "00200013": {"vr": "IS", "Value": ["42"]},
    "00280030": {"vr": "DS", "Value": [0.5, 0.5]}
  })");
}

/// The sample dataset with one attribute's Value replaced.
inline Json dataset_with(std::string_view key, const std::string& elements) {
  auto made = dataset();
  made.set(key, attribute(elements));
  return made;
}

inline Json dataset_without(std::string_view key) {
  auto made = dataset();
  made.erase(key);
  return made;
}

inline Json entry(Json metadata = dataset(), std::string_view action = "create", std::string_view state = "current") {
  auto made = json(R"({"Sequence": 5, "StudyInstanceUid": "1.2.3", "SeriesInstanceUid": "1.2.3.4",
    "SopInstanceUid": "1.2.3.4.5", "Timestamp": "2020-02-01T00:00:00.1234567Z"})");
  made.set("Action", action);
  made.set("State", state);
  made.set("Metadata", std::move(metadata));
  return made;
}

inline MappedEntry map_text(const std::string& page, const Options& with = options()) {
  std::string error;
  auto entries = read_feed_page(page, with, &error);
  INFO(page << "\n" << error);
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  return entries->front();
}

inline MappedEntry map(const Json& one, const Options& with = options()) {
  return map_text(one.to_text(), with);
}

/// The resources of one study, as the FHIR service would hold them.
struct Resources {
  std::optional<Json> patient, endpoint;
  std::optional<ImagingStudy> study;

  /// Merges an entry as the program does. Returns whether anything changed.
  bool apply(const MappedEntry& mapped, const Options& with = options()) {
    if (mapped.effect == Effect::Delete)
      return remove_instance(mapped, with, study) != Removal::Nothing;
    if (mapped.effect != Effect::Upsert)
      return false;
    bool changed = merge_patient(mapped.patient, with, patient);
    changed |= merge_endpoint(with, endpoint);
    changed |= merge_study(mapped, with, "Patient/1", "Endpoint/2", study);
    return changed;
  }
  std::string study_text() const {
    std::string text;
    if (study)
      study->write(text);
    return text;
  }
  std::string text() const {
    return (patient ? patient->to_text() : "") + "\n" + (endpoint ? endpoint->to_text() : "") + "\n" + study_text();
  }
};

/// The study that one entry makes.
inline Json study_of(const MappedEntry& mapped, const Options& with = options()) {
  Resources resources;
  resources.apply(mapped, with);
  return resources.study->to_json();
}

inline Json patient_of(const MappedEntry& mapped, const Options& with = options()) {
  Resources resources;
  resources.apply(mapped, with);
  return resources.patient.value_or(Json());
}

} // namespace dicomcast::mapping::test
