// Sides of the body. Sources: DICOM PS3.3 section C.7.3.1 (Laterality); FHIR R4 value set bodysite-laterality.
#pragma once

#include "mapping/json/json.hpp"

#include <optional>
#include <string_view>

namespace dicomcast::mapping {

/// The Coding of L, R or B; nothing: it is none of those.
std::optional<Json> laterality_of(std::string_view side);

/// Left and right come to both, and both stays both. Nothing: one of the two is no side that we know, or both are the
/// same.
std::optional<Json> both_lateralities(const Json& a, const Json& b);

} // namespace dicomcast::mapping
