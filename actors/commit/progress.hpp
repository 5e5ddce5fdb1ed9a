// How far a run has come, for the progress bar and the log: written by the actors, read by any thread; and its counts
// in the end.
#pragma once

#include <atomic>
#include <cstdint>

namespace dicomcast::actors {

/// Counts of a run, as `backfill --json` prints them.
struct RunTotals {
  std::int64_t first_sequence = 0, last_sequence = 0;
  std::int64_t entries = 0, committed = 0, unchanged = 0, skipped = 0, failed = 0;
  std::int64_t invalid_tags = 0, retries = 0, transactions = 0;
  std::int64_t commit_microseconds = 0; ///< the sum of the transactions' own times
};

struct Progress {
  std::atomic<std::int64_t> entries{0};       ///< done since the start
  std::atomic<std::int64_t> last_sequence{0}; ///< of the last entry done
  std::atomic<std::int64_t> errors{0};        ///< entries recorded as failed
  std::atomic<std::int64_t> retries{0};
  std::atomic<std::int64_t> latest{-1}; ///< the feed's greatest Sequence; -1: not known yet
};

} // namespace dicomcast::actors
