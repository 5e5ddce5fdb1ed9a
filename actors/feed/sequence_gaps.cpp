#include "actors/feed/sequence_gaps.hpp"

#include <algorithm>

namespace dicomcast::actors {

void SequenceGaps::add(std::int64_t first, std::int64_t last, std::int64_t time) {
  if (first <= last)
    intervals_.insert_or_assign(intervals_.end(), first, End{last, time});
}

bool SequenceGaps::contains(std::int64_t sequence) const {
  return at_most(sequence) == sequence;
}

bool SequenceGaps::erase(std::int64_t sequence) {
  auto at = intervals_.upper_bound(sequence);
  if (at == intervals_.begin())
    return false;
  --at;
  auto [last, time] = at->second;
  if (last < sequence)
    return false;
  if (at->first == sequence)
    intervals_.erase(at);
  else
    at->second.last = sequence - 1;
  if (sequence < last)
    intervals_.emplace(sequence + 1, End{last, time});
  return true;
}

std::optional<std::int64_t> SequenceGaps::at_most(std::int64_t sequence) const {
  auto at = intervals_.upper_bound(sequence);
  if (at == intervals_.begin())
    return std::nullopt;
  return std::min(sequence, std::prev(at)->second.last);
}

std::optional<std::int64_t> SequenceGaps::at_least(std::int64_t sequence) const {
  if (contains(sequence))
    return sequence;
  auto at = intervals_.upper_bound(sequence);
  return at == intervals_.end() ? std::nullopt : std::optional(at->first);
}

std::optional<std::int64_t> SequenceGaps::earliest_time_above(std::int64_t sequence) const {
  std::optional<std::int64_t> earliest;
  for (auto at = intervals_.rbegin(); at != intervals_.rend() && at->second.last > sequence; ++at)
    earliest = std::min(earliest.value_or(at->second.time), at->second.time);
  return earliest;
}

void SequenceGaps::keep(std::size_t count) {
  while (intervals_.size() > count)
    intervals_.erase(intervals_.begin());
}

} // namespace dicomcast::actors
