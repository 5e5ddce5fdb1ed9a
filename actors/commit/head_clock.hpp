// The time that the searches of the window's head may take. It counts from when all entries before it are done: an
// outage costs one entry at a time, not the window. Of a search that fails only the first entry that waits for it is
// told; the one after it may wait for the same, so its time begins with its turn, but it is given up only for a failure
// of its own. Driven by calls with the time passed in; one thread at a time.
#pragma once

#include "io/retry_schedule.hpp"

#include <cstdint>
#include <optional>

namespace dicomcast::actors {

class HeadClock {
public:
  /// A search of some entry has failed, or was answered.
  void failed() { searches_fail_ = true; }
  void answered() { searches_fail_ = false; }
  /// What the head waited for has come, or its time is not to count: it begins anew.
  void reset() { running_.reset(); }

  /// Starts the time of the head, which waits for a search, if that or another search fails: it ends at `end`.
  /// Whether it starts now.
  bool start(std::int64_t head, bool is_failing, io::Clock::time_point end) {
    if ((running_ && running_->head == head) || (!is_failing && !searches_fail_))
      return false;
    running_ = Running{head, end};
    return true;
  }
  /// The head's time is used up: its next failure is the last.
  bool is_due(std::int64_t head, io::Clock::time_point now) const {
    return running_ && running_->head == head && now >= running_->end;
  }

private:
  struct Running {
    std::int64_t head;
    io::Clock::time_point end;
  };
  std::optional<Running> running_;
  bool searches_fail_ = false; ///< of those that were told, the last one failed
};

} // namespace dicomcast::actors
