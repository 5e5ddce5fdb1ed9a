// A world run from its beginning to its end: engine after engine, faults, stops and crashes, then a run without faults,
// and the judge's verdict. Equal worlds run equally.
#pragma once

#include "tests/simulation/trace.hpp"
#include "tests/simulation/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dicomcast::simulation {

struct Report {
  std::optional<Failure> failure;
  bool is_undecided = false; ///< nothing was wrong, but too many ends would have been right to try them all
  int steps = 0, runs = 0, tried_ends = 0;
  VirtualTime time{};
  std::vector<std::string> trace; ///< empty unless it was asked for
};

Report simulate(const World& world, bool with_trace);

} // namespace dicomcast::simulation
