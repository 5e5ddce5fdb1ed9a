// How long to wait before the next attempt, and when to stop: apart from whether an error may be retried at all.
// A plain value; the time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace dicomcast::io {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct RetryLimits {
  milliseconds total{600'000};     ///< RetryConfiguration:TotalRetryDuration
  milliseconds first_delay{2'000}; ///< RetryConfiguration:FirstDelay
  milliseconds max_delay{60'000};  ///< RetryConfiguration:MaxDelay
};

class RetrySchedule {
public:
  explicit RetrySchedule(RetryLimits limits) : limits_(limits) {}

  /// The wait before the next attempt: FirstDelay, doubling up to MaxDelay, or as Retry-After says if that is longer;
  /// never past the total duration, counted from the first failure. Nothing: that is used up.
  std::optional<milliseconds> next(Clock::time_point now, std::optional<milliseconds> retry_after = {}) {
    if (!retries_)
      begin_ = now;
    auto left = limits_.total - std::chrono::duration_cast<milliseconds>(now - begin_);
    if (left <= milliseconds(0))
      return std::nullopt;
    ++retries_;
    auto delay = delay_.value_or(std::min(limits_.first_delay, limits_.max_delay));
    delay = std::max(delay, retry_after.value_or(delay));
    delay_ = std::min(limits_.max_delay, delay_.value_or(limits_.first_delay) * 2);
    return std::min(delay, left);
  }
  /// A retry at once, as after a first conflict: it counts, and starts the clock.
  void at_once(Clock::time_point now) {
    if (!retries_++)
      begin_ = now;
  }
  int retries() const { return retries_; }
  /// What is left of the total duration.
  milliseconds left(Clock::time_point now) const {
    auto spent = retries_ ? std::chrono::duration_cast<milliseconds>(now - begin_) : milliseconds(0);
    return std::max(milliseconds(0), limits_.total - spent);
  }
  void reset() { *this = RetrySchedule(limits_); }

private:
  RetryLimits limits_;
  Clock::time_point begin_{};
  std::optional<milliseconds> delay_;
  int retries_ = 0;
};

} // namespace dicomcast::io
