// How far a run has come, for the progress bar and the log: written by the actors, read by any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace dicomcast::actors {

struct Progress {
  std::atomic<std::int64_t> entries{0};       ///< done since the start
  std::atomic<std::int64_t> last_sequence{0}; ///< of the last entry done
  std::atomic<std::int64_t> errors{0};        ///< entries recorded as failed
  std::atomic<std::int64_t> retries{0};
  std::atomic<std::int64_t> latest{-1}; ///< the feed's greatest Sequence; -1: not known yet
};

} // namespace dicomcast::actors
