// How many requests may be under way at once: one more after each good answer, half after a sign of overload. It
// follows the service, between 1 and what the configuration allows.
#pragma once

#include <algorithm>
#include <cstddef>

namespace dicomcast::actors {

class SearchLimit {
public:
  explicit SearchLimit(std::size_t most) : most_(most), now_(std::min<std::size_t>(most, 4)) {}

  std::size_t now() const { return now_; }
  void answered() { now_ = std::min(most_, now_ + 1); }
  void overloaded() { now_ = std::max<std::size_t>(1, now_ / 2); }

private:
  std::size_t most_, now_;
};

} // namespace dicomcast::actors
