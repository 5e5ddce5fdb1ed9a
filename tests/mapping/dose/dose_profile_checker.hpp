// The rules of HL7's Radiation Dose Summary 1.0.0, as its published profile has them, for tests: what a resource that
// names the profile must be. Source: StructureDefinition radiation-dose-summary (min, max, fixed patterns, types).
#pragma once

#include "mapping/json/json.hpp"

#include <string>

namespace dicomcast::mapping::test {

/// What an Observation breaks of the profile, a line each; empty: nothing. Of one that does not name it: nothing.
std::string dose_profile_faults(const Json& observation);

} // namespace dicomcast::mapping::test
