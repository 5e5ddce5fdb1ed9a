// HL7's Radiation Dose Summary 1.0.0 on FHIR: what a dose summary needs beside what every summary has. Source: the
// implementation guide hl7.fhir.uv.radiation-dose-summary, profile RadiationDoseSummary.
#pragma once

#include "mapping/dose/observation_component.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <string_view>

namespace dicomcast::mapping {

namespace dose_profile {

inline constexpr std::string_view url =
    "http://hl7.org/fhir/uv/radiation-dose-summary/StructureDefinition/radiation-dose-summary";
inline constexpr std::string_view type_system =
    "http://hl7.org/fhir/uv/radiation-dose-summary/CodeSystem/dicom-identifier-type";
inline constexpr std::string_view authorizing_id = "authorizing"; ///< id of the contained Practitioner

/// A code of `type_system` and what it is called there.
struct IdentifierType {
  std::string_view code, display;
};
inline constexpr IdentifierType sop_instance{"sop-instance-uid", "SOP Instance UID"};
inline constexpr IdentifierType irradiation_event{"irradiation-event-uid", "Irradiation Event UID"};
inline constexpr IdentifierType study_instance{"study-instance-uid", "Study Instance UID"};

/// Whether the Observation is one of the profile's: a dose summary.
bool is_summary(const Json& observation);

} // namespace dose_profile

/// Completes a summary that has its components and its time: basedOn, performer, valueString, device, the procedure as
/// first component, and meta.profile where all is there that the profile asks for and this can know (subject, focus and
/// partOf are set when it is merged). `item` is the summary's item of the report, `accession_number` may be empty.
void apply_dose_profile(Json& summary, const Json& item, const Json& dataset, std::string_view accession_number,
                        const Options& options, ItemProblems& problems);

} // namespace dicomcast::mapping
