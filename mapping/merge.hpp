// Merging: what an entry changes in the resources that are there. Everything DICOM does not speak of stays as it is.
// Pure functions: same inputs, same outputs, no I/O, any thread.
#pragma once

#include "mapping/feed/entry.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"
#include "mapping/study/imaging_study.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

/// Merges what DICOM says onto the Patient; makes it if it is absent (nullopt). Returns whether anything changed.
/// With Patient:Policy CreateOnly and LinkOnly a Patient that is there is left alone; the rest of the policy is the
/// caller's task.
bool merge_patient(const PatientFacts& facts, const Options& options, std::optional<Json>& patient);

/// Makes the Endpoint if it is absent; completes one that is there (profile R4: its identifier). Returns whether
/// anything changed.
bool merge_endpoint(const Options& options, std::optional<Json>& endpoint);

/// Merges an Upsert onto the ImagingStudy; makes it if it is absent. The references are `Patient/id` or `urn:uuid:...`.
/// Returns whether anything changed.
bool merge_study(const MappedEntry& entry, const Options& options, std::string_view patient_reference,
                 std::string_view endpoint_reference, std::optional<ImagingStudy>& study);

enum class Removal {
  Nothing, ///< the study or the instance is not there
  Changed, ///< the study is to be updated
  Emptied, ///< the study is left without series and its meta.source is this DICOM service: it is to be deleted
};
/// Removes a Delete's instance from the study.
Removal remove_instance(const MappedEntry& entry, const Options& options, std::optional<ImagingStudy>& study);

/// What becomes of the Observations of one report. `existing` are those that name the report.
struct ObservationChanges {
  std::vector<Json> created; ///< complete, with subject and partOf
  std::vector<Json> updated; ///< existing ones, changed
  std::vector<Json> deleted; ///< existing ones that the report no longer holds
};
/// `create`: adds those whose own identifier is not among `existing`, and leaves the others. `update`, or an option to
/// rewrite: also updates what differs and deletes what the report no longer holds.
ObservationChanges merge_observations(const MappedEntry& entry, const Options& options,
                                      const std::vector<Json>& existing, std::string_view patient_reference,
                                      std::string_view study_reference);

} // namespace dicomcast::mapping
