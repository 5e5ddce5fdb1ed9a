// How far a backfill has come, for people: a bar on a terminal, a plain line every 10 s elsewhere. On stderr.
#pragma once

#include "actors/commit/progress.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace dicomcast::actors {

/// One state of the display. Pure: for tests and for the thread below.
struct ProgressView {
  std::int64_t done = 0, first = 0, last_sequence = 0;
  std::int64_t latest = -1; ///< where the run ends; -1: not known
  std::int64_t total = -1;  ///< the entries to do; -1: not known, since sequences can be missing
  std::int64_t errors = 0, retries = 0;
  double seconds = 0;
};
/// `[#####.....]  50%  1,000 of 2,000 entries  500/s  errors 1  retries 2  left 0:02`; without a bar for a plain line.
std::string render(const ProgressView& view, bool bar);

/// What a run is about.
struct ProgressBounds {
  std::int64_t start_after = 0;        ///< the sequence that it goes on from
  std::optional<std::int64_t> last{};  ///< its bound, if it has one
  std::optional<std::int64_t> total{}; ///< the entries to do, where they are known, as in a replay
};

/// Shows the progress from construction to destruction, from a thread of its own.
class ProgressDisplay {
public:
  ProgressDisplay(std::shared_ptr<Progress> progress, ProgressBounds bounds);

private:
  std::jthread thread_;
};

} // namespace dicomcast::actors
