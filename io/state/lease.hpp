// For how long a store that several machines share is one process's own. Decides; knows no store and no clock.
//
//   taken or renewed at t (when the request was sent)            t + duration
//   |------------- a commit may start -------------|-- no more ---|  lost
//   |------ renew, at a third ------|
//
// A row with a term and an expiry tells it to others: the term grows with each new holder, and each write of the
// checkpoint names it, so that the write of a deposed holder fails whatever its clock says.
#pragma once

#include <chrono>
#include <optional>

namespace dicomcast::io {

/// Runs on while a machine sleeps, unlike std::chrono::steady_clock: a lease does not.
struct LeaseClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LeaseClock>;
  static constexpr bool is_steady = true;
  static time_point now();
};

class Lease {
public:
  using Time = LeaseClock::time_point;
  using Duration = std::chrono::milliseconds;

  explicit Lease(Duration duration) : duration_(duration) {}

  /// `sent`: when the request that took or renewed it was sent; its effect cannot have begun before.
  void renewed(Time sent) { renewed_ = next_ = sent, next_ += duration_ / 3; }
  /// The renewal has failed: it is tried again soon.
  void failed(Time now) { next_ = now + duration_ / 12; }

  /// When the next renewal is due.
  Time next_renewal() const { return next_; }
  /// Not in the last third.
  bool may_commit(Time now) const { return now < renewed_ + duration_ - duration_ / 3; }
  bool is_over(Time now) const { return now >= renewed_ + duration_; }
  /// What a request about it may take.
  Duration patience() const { return duration_ / 3; }

private:
  const Duration duration_;
  Time renewed_{}, next_{};
};

} // namespace dicomcast::io
