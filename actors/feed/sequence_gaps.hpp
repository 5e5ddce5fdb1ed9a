// Which Sequences were passed without an entry: numbers that the feed never gave out, or whose entry is not there yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace dicomcast::actors {

/// A set of whole numbers kept as intervals, each with the time of the entry above it. One thread.
class SequenceGaps {
public:
  /// Adds first..last, both inclusive; nothing if first > last. `time`: of the entry after the gap, in the caller's
  /// unit. The numbers must be above all that are there.
  void add(std::int64_t first, std::int64_t last, std::int64_t time = 0);
  bool contains(std::int64_t sequence) const;
  /// Takes one number out. False: it was not there.
  bool erase(std::int64_t sequence);
  /// The greatest number that is at most `sequence`.
  std::optional<std::int64_t> at_most(std::int64_t sequence) const;
  /// The smallest number that is at least `sequence`.
  std::optional<std::int64_t> at_least(std::int64_t sequence) const;
  /// The smallest time of an interval that reaches above `sequence`.
  std::optional<std::int64_t> earliest_time_above(std::int64_t sequence) const;
  /// Forgets the lowest intervals beyond `count`, so that memory is bounded.
  void keep(std::size_t count);
  std::size_t intervals() const { return intervals_.size(); }

private:
  struct End {
    std::int64_t last, time;
  };
  std::map<std::int64_t, End> intervals_; ///< by first number; disjoint
};

} // namespace dicomcast::actors
