// The contents of a FHIR service apart from what differs from run to run, so that two runs can be compared as text:
// without ids, versions and times; references as `Type?system|value` by the target's first identifier (an Endpoint's
// without one by its name); members in order of their names; one resource a line, sorted. Order in arrays counts, and
// so does each digit of a number.
#pragma once

#include "tests/sim/fhir_store.hpp"

#include <string>

namespace dicomcast::sim {

std::string normalised_state(const FhirStore& store);
/// A hash of the same, whatever the order of resources; without making the whole text.
std::string state_hash(const FhirStore& store);

} // namespace dicomcast::sim
