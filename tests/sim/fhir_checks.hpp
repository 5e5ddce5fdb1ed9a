// What a strict FHIR server checks of a resource before it takes it, as far as it concerns what dicomcast writes.
// Sources: FHIR R4 json.html (no nulls, no empty arrays, objects or strings), patient.html, endpoint.html,
// imagingstudy.html, observation.html (required elements).
#pragma once

#include <simdjson.h>

#include <string>
#include <vector>

namespace dicomcast::sim {

struct Checked {
  std::string error;                   ///< what is wrong and where; empty: nothing
  std::vector<std::string> references; ///< all `reference` values, in order
};

Checked check_resource(const simdjson::dom::element& resource);

} // namespace dicomcast::sim
