// A small generator of random numbers whose sequence is the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dicomcast::simulation {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    auto z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// From 0 to `bound` - 1; 0 where `bound` is 0.
  std::size_t below(std::size_t bound) { return bound ? next() % bound : 0; }
  int between(int first, int last) {
    return first + static_cast<int>(below(static_cast<std::size_t>(last - first + 1)));
  }
  bool chance(int percent) { return static_cast<int>(below(100)) < percent; }
  template<class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

private:
  std::uint64_t state_;
};

} // namespace dicomcast::simulation
