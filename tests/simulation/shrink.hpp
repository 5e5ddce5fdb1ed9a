// Makes a world that fails smaller: fewer entries, faults and features, as long as it fails by the same rule.
#pragma once

#include "tests/simulation/simulation.hpp"

#include <chrono>

namespace dicomcast::simulation {

struct Shrunk {
  World world;
  Report report; ///< with its trace
  int tries = 0;
};
/// `world` fails with `failure`. Takes about `time` at most.
Shrunk shrink(World world, const Failure& failure, std::chrono::seconds time);

} // namespace dicomcast::simulation
