// Whether the feed is out of reach, when to ask again, and when that is over. No clock: the time is an argument.
#pragma once

#include "io/error.hpp"
#include "io/retry_schedule.hpp"

#include <optional>
#include <set>
#include <string>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

/// One outage is told once, however many requests fail in it, and its end once. It is over when what failed is
/// answered, and not when something else is: `latest`, another page, a gap. A request that failed may not come again:
/// then it is over when all that were sent since are answered.
class FeedOutage {
public:
  FeedOutage(io::RetryLimits limits, bool is_daemon) : limits_(limits), is_daemon_(is_daemon) {}

  struct Step {
    std::optional<milliseconds> wait{}; ///< before anything is asked again
    std::string notice{};               ///< to be said; empty: nothing
    std::string fatal{};                ///< why the run ends; empty: it goes on
  };
  /// A backfill ends after TotalRetryDuration, and at once where it is not authorised; a daemon tries on.
  Step failed(const std::string& path, const io::Error& error, Clock::time_point now);
  /// What is to be said: that the outage is over; or nothing.
  std::string answered(const std::string& path);

  void sent() { ++under_way_; }
  /// Waits, for a retry or for another reason: nothing is to be sent until waited().
  void wait() { is_waiting_ = true; }
  void waited() { is_waiting_ = false; }
  bool is_waiting() const { return is_waiting_; }
  bool is_on() const { return retry_.has_value(); }

private:
  io::RetryLimits limits_;
  bool is_daemon_;
  std::optional<io::RetrySchedule> retry_; ///< while it lasts
  std::set<std::string> failing_;          ///< paths of the requests that failed and have not been answered since
  std::size_t under_way_ = 0;
  bool is_waiting_ = false;
};

} // namespace dicomcast::actors
