// A wait that a signal ends.
#pragma once

#include <chrono>
#include <stop_token>

namespace dicomcast::actors {

/// Blocks for that long, but not after `stop` was requested.
void wait(std::stop_token stop, std::chrono::milliseconds delay);

} // namespace dicomcast::actors
