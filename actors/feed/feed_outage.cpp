// Retries of the feed.
#include "actors/feed/feed_outage.hpp"

#include <utility>

namespace dicomcast::actors {

FeedOutage::Step FeedOutage::failed(const std::string& path, const io::Error& error, Clock::time_point now) {
  --under_way_;
  failing_.insert(path);
  if (is_waiting_)
    return {}; // another request of the same round has failed already
  bool is_first = !retry_;
  if (is_first)
    retry_.emplace(limits_);
  bool is_unauthorised = error.code == io::ErrorCode::Unauthorised;
  auto delay = retry_->next(now, error.retry_after);
  Step step;
  if (!is_daemon_ && (!delay || is_unauthorised)) {
    step.fatal = (is_unauthorised ? "not authorised: " : "the change feed is out of reach: ") + to_string(error);
    return step;
  }
  if (is_first)
    step.notice = "the change feed is out of reach, trying on: " + to_string(error);
  step.wait = is_unauthorised ? limits_.max_delay : delay.value_or(limits_.max_delay);
  wait();
  return step;
}

std::string FeedOutage::answered(const std::string& path) {
  --under_way_;
  failing_.erase(path);
  if (under_way_ == 0 && !is_waiting_)
    failing_.clear();
  bool is_over = failing_.empty() && std::exchange(retry_, std::nullopt);
  return is_over ? "the change feed answers again" : "";
}

} // namespace dicomcast::actors
