// The simulated services and an installation of dicomcast between them, and entries for the feed in few words.
#pragma once

#include "tests/e2e/program.hpp"
#include "tests/sim/dicom_service.hpp"
#include "tests/sim/fhir_service.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dicomcast::e2e {

/// What a feed entry is about. The defaults make a tidy CT image.
struct Instance {
  std::string study = "1.2.3", series, instance; ///< empty: study and series with `.1`
  std::string patient = "PAT-1", name = "Nowak^Anna", modality = "CT";
  /// Further attributes, or other ones: tag to the element's JSON; empty text: not there.
  std::map<std::string, std::string> elements;

  std::string series_uid() const { return series.empty() ? study + ".1" : series; }
  std::string instance_uid() const { return instance.empty() ? series_uid() + ".1" : instance; }
};

/// An element of one text value.
std::string element(std::string_view vr, std::string_view value);
std::string dataset_of(const Instance& instance);
/// An entry with the instance's dataset as metadata; none for a `delete`.
sim::FeedItem entry_of(const std::string& action, const Instance& instance);

class World {
public:
  explicit World(sim::DicomOptions dicom_options = {}, sim::FhirOptions fhir_options = {},
                 std::vector<std::string> settings = {});

  std::int64_t create(const Instance& instance) { return dicom.append(entry_of("Create", instance)); }
  std::int64_t update(const Instance& instance) { return dicom.append(entry_of("Update", instance)); }
  std::int64_t remove(const Instance& instance) { return dicom.append(entry_of("Delete", instance)); }
  /// An installation of its own, against the same services.
  Program another(std::vector<std::string> settings = {}) const;

  /// The only resource of the type; fails the test where there is not one alone.
  Json only(std::string_view type) const;
  /// UIDs of all instances listed in all ImagingStudies.
  std::multiset<std::string> stored_instances() const;
  /// The study's ImagingStudy, or null.
  Json study(std::string_view uid) const;
  /// Values of the Patients' identifiers.
  std::multiset<std::string> patient_ids() const;

  sim::DicomService dicom;
  sim::FhirService fhir;
  Program program;
};

/// Options of a service with a generated feed, with entries of every kind and sequences missing, and with keys in both
/// cases.
sim::DicomOptions mixed_feed(std::uint64_t seed, std::int64_t studies = 24);
/// The same with creates alone, whose values are tidy.
sim::DicomOptions plain_feed(std::uint64_t seed, std::int64_t studies = 10, std::int64_t instances_per_study = 10);

/// What stands in the FHIR service after the feed was done one entry after another, without reading ahead.
std::string sequential_state(const sim::DicomOptions& feed, const std::vector<std::string>& settings = {},
                             const sim::FhirOptions& fhir = {});

/// Where two states differ first, for a person; empty where they are equal.
std::string difference(const std::string& expected, const std::string& actual);

/// UIDs of the instances that a transaction's ImagingStudies list.
std::set<std::string> instances_in(std::string_view bundle);

bool contains(std::string_view text, std::string_view part);
/// `by.path[0].with.names`; null where there is none.
Json at(const Json& json, std::string_view path);
std::string text_at(const Json& json, std::string_view path);

} // namespace dicomcast::e2e
