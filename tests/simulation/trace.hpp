// What happened, line by line with the virtual time; and what was wrong.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::simulation {

/// Since the world's beginning.
using VirtualTime = std::chrono::nanoseconds;

/// `h:mm:ss.mmm`.
std::string to_text(VirtualTime time);

struct Failure {
  std::string rule;    ///< which invariant or comparison: a few words, the same for all failures of a kind
  std::string details; ///< what was seen
};

class Trace {
public:
  bool is_on = false;
  VirtualTime now{};
  int step = 0;
  std::optional<Failure> failure; ///< the first

  /// `make` gives the line; it is called only if someone reads.
  template<class Make>
  void add(Make make) {
    if (is_on)
      lines_.push_back(to_text(now) + " [" + std::to_string(step) + "] " + make());
  }
  void fail(std::string rule, std::string details);
  const std::vector<std::string>& lines() const { return lines_; }

private:
  std::vector<std::string> lines_;
};

} // namespace dicomcast::simulation
