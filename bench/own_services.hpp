// The bench against somebody's own services.
#pragma once

#include "bench/measure.hpp"

#include <string>
#include <vector>

namespace dicomcast::bench {

struct OwnServices {
  std::string dicom, fhir, config;  ///< config: a configuration file for the rest, as authentication; may be empty
  std::int64_t from = 1, to = 1000; ///< sequences, both inclusive
  std::string mode = "grouped";     ///< or `per-entry`
  bool yes = false;                 ///< the warning was read
};

/// Returns an exit code.
int run_own_services(const Programs& programs, const OwnServices& own);

} // namespace dicomcast::bench
