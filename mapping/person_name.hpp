// A DICOM person name as the parts of a FHIR HumanName. Source: DICOM PS3.5 section 6.2.1; FHIR R4
// datatypes.html#HumanName.
#pragma once

#include "mapping/feed/entry.hpp"

#include <optional>
#include <string_view>

namespace dicomcast::mapping {

/// From the alphabetic group, the part before the first `=`: `family^given^middle^prefix^suffix`, each split at spaces.
/// Nothing if the group holds only separators.
std::optional<PatientFacts::Name> person_name(std::string_view value);

} // namespace dicomcast::mapping
