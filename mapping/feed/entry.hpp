// A change feed entry, read from a page of the feed and mapped ahead of its turn: what it will do to FHIR resources,
// without the resources. After this the entry's metadata is no longer needed and is let go.
// Sources: DICOM change feed v1 and v2; DICOM PS3.18 annex F (the DICOM JSON model); PS3.5 section 6.2 (VRs).
#pragma once

#include "mapping/extended/extra.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

/// The UIDs that an entry names, as the feed gives them.
struct InstanceUids {
  std::string study;    ///< StudyInstanceUID
  std::string series;   ///< SeriesInstanceUID
  std::string instance; ///< SOPInstanceUID
  bool operator==(const InstanceUids&) const = default;
};

/// What an entry does.
enum class Effect {
  Skip,   ///< nothing at all: state deleted, or another data partition
  Refuse, ///< cannot be mapped: one row in DicomFailToStoreExceptionTable, see `refusal`
  Upsert, ///< writes Patient, Endpoint, ImagingStudy and, for a dose report, Observations
  Delete, ///< removes the instance
};

/// Why an entry is refused, or a tag not mapped. The name is the row's `exception`.
enum class DicomFault { UnknownAction, MissingMetadata, InvalidRequiredTag, InvalidTag };
const char* name_of(DicomFault fault);

/// What DICOM says of the Patient. Absent: the FHIR element stays as it is.
struct PatientFacts {
  std::string system;     ///< of the identifier; empty: an identifier without system
  std::string patient_id; ///< PatientID (0010,0020)
  struct Name {
    std::vector<std::string> family, given, prefix,
        suffix; ///< family: the parts, joined by a space in FHIR's one string
    bool operator==(const Name&) const = default;
  };
  std::optional<Name> name;
  std::optional<std::string> gender;     ///< FHIR code: male, female, other
  std::optional<std::string> birth_date; ///< YYYY-MM-DD
  Extras extras;                         ///< beyond profile R4
  bool is_update = false;                ///< of an `update`, by which single values of the extras are replaced
  bool operator==(const PatientFacts&) const = default;
};

/// What DICOM says of the study, the series and the instance. Dates are FHIR dateTimes, ready to write.
struct StudyFacts {
  std::optional<std::string> accession_number, description, started;
  std::string modality; ///< Modality (0008,0060), of the study and of the series
  std::optional<std::int32_t> series_number, instance_number;
  std::optional<std::string> series_description, series_started;
  std::string sop_class;        ///< SOPClassUID (0008,0016)
  std::string accession_system; ///< of the accession number's identifier; empty: none
  Extras extras;                ///< beyond profile R4, of the study, the series and the instance
};

/// An entry as mapped. Immutable once made; passed between actors by shared pointer.
struct MappedEntry {
  std::int64_t sequence = 0;
  InstanceUids uids;
  std::string partition; ///< the data partition's name, as the feed gives it; empty in v1
  Effect effect = Effect::Skip;
  bool is_deleted = false;                      ///< State is `deleted`: the instance is gone as of the reading
  bool is_update = false;                       ///< action `update`: subject follows the Patient
  DicomFault fault = DicomFault::UnknownAction; ///< of a Refuse
  std::string refusal; ///< of a Refuse: what is wrong with which tags. As below, not for the log
  /// One message a row of InvalidDicomTagExceptionTable. Empty for a Refuse. They quote values, so a patient's data
  /// too: they are for the tables, and for the log at debug level only.
  std::vector<std::string> invalid_tags;
  PatientFacts patient; ///< of an Upsert
  StudyFacts study;     ///< of an Upsert
  /// Of a dose report with GenerateObservations: the Observations without subject and partOf, the summary first.
  std::vector<Json> observations;
  bool is_structured_report = false; ///< has a ContentSequence (0040,A730)
};
using EntryPtr = std::shared_ptr<const MappedEntry>;

/// One element of a page of the feed.
struct PageRow {
  std::int64_t sequence = 0;
  std::string timestamp; ///< the feed's Timestamp, as text; empty if it gave none
  EntryPtr entry;        ///< null: it was not wanted
};

/// Reads one page of the feed (a JSON array of entries, or one entry, or `null` or nothing: no entry) and maps the
/// entries whose Sequence `is_wanted`. Keys in Pascal or camel case; unknown keys are passed over. The order is that of
/// the page. Nothing is returned, and `error` says what and where, if the text is not JSON throughout, or an entry is
/// no object or has no Sequence that is a whole number. A byte order mark is passed over. Broken UTF-8 is no such
/// error: it becomes U+FFFD and a row in `invalid_tags` of the entry that held it. Any thread.
std::optional<std::vector<PageRow>> read_feed_rows(std::string_view text, const Options& options,
                                                   const std::function<bool(std::int64_t sequence)>& is_wanted,
                                                   std::string* error);
/// All of its entries.
std::optional<std::vector<MappedEntry>> read_feed_page(std::string_view text, const Options& options,
                                                       std::string* error);

} // namespace dicomcast::mapping
