// The feed that the simulated DICOM service shows.
#include "tests/sim/feed.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace dicomcast::sim {

namespace {

std::string key_of(const FeedItem& item) {
  if (item.instance.empty()) // nothing says that two of these are one instance
    return std::to_string(item.sequence);
  return item.partition + '|' + item.study + '|' + item.series + '|' + item.instance;
}

bool is_delete(const FeedItem& item) {
  return item.action == "Delete" || item.action == "delete";
}

} // namespace

std::int64_t Feed::append(FeedItem item) {
  auto newest = latest(false);
  for (const auto& hidden : hidden_)
    if (!newest || hidden.sequence > newest->sequence)
      newest = hidden;
  if (item.sequence == 0)
    item.sequence = newest ? newest->sequence + 1 : 1;
  if (item.timestamp == 0)
    item.timestamp = newest ? newest->timestamp + 10'000'000 : *parse_timestamp("2025-01-01T00:00:00Z");
  auto sequence = item.sequence;
  if (!by_sequence(sequence - 1, 1, false).empty())
    throw std::invalid_argument("sequence " + std::to_string(sequence) + " is taken");
  if (item.hidden_requests > 0)
    hidden_.push_back(std::move(item));
  else
    show(std::move(item));
  return sequence;
}

void Feed::show(FeedItem item) {
  auto& newest = newest_[key_of(item)];
  if (item.sequence > newest.sequence) {
    newest.sequence = item.sequence;
    newest.deleted = is_delete(item);
    newest.metadata = item.metadata;
  }
  auto place = std::upper_bound(by_sequence_.begin(), by_sequence_.end(), item,
                                [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  auto index = static_cast<std::size_t>(place - by_sequence_.begin());
  if (place != by_sequence_.end())
    for (auto& other : by_time_)
      other += other >= index ? 1 : 0;
  by_sequence_.insert(place, std::move(item));
  auto earlier = [&](std::size_t a, std::size_t b) {
    const auto &left = by_sequence_[a], &right = by_sequence_[b];
    return std::pair(left.timestamp, left.sequence) < std::pair(right.timestamp, right.sequence);
  };
  by_time_.insert(std::upper_bound(by_time_.begin(), by_time_.end(), index, earlier), index);
}

void Feed::count_request() {
  for (auto& item : hidden_)
    --item.hidden_requests;
  auto due =
      std::stable_partition(hidden_.begin(), hidden_.end(), [](const auto& one) { return one.hidden_requests > 0; });
  std::vector<FeedItem> shown(std::make_move_iterator(due), std::make_move_iterator(hidden_.end()));
  hidden_.erase(due, hidden_.end());
  for (auto& item : shown)
    show(std::move(item));
}

void Feed::apply_newest(FeedItem& item) const {
  auto found = newest_.find(key_of(item));
  if (found == newest_.end())
    return;
  const auto& newest = found->second;
  if (newest.sequence > item.sequence) {
    item.state = newest.deleted ? "Deleted" : "Replaced";
    item.metadata = newest.deleted ? std::string() : newest.metadata;
  } else if (item.state.empty()) {
    item.state = is_delete(item) ? "Deleted" : "Current";
  }
}

FeedItem Feed::stored(const FeedItem& item, bool with_metadata) const {
  FeedItem copy;
  if (with_metadata) {
    copy = item;
  } else {
    copy.sequence = item.sequence;
    copy.timestamp = item.timestamp;
    copy.action = item.action;
    copy.state = item.state;
    copy.study = item.study;
    copy.series = item.series;
    copy.instance = item.instance;
    copy.partition = item.partition;
    copy.file_name = item.file_name;
  }
  apply_newest(copy);
  return copy;
}

FeedItem Feed::generated(std::int64_t index, bool with_metadata) const {
  auto item = generated_->item(index, with_metadata);
  if (!newest_.empty())
    apply_newest(item);
  return item;
}

std::vector<FeedItem> Feed::by_sequence(std::int64_t after, std::int64_t limit, bool with_metadata) const {
  auto last = limit > std::numeric_limits<std::int64_t>::max() - std::max<std::int64_t>(after, 0)
                  ? std::numeric_limits<std::int64_t>::max()
                  : after + limit;
  auto index = generated_ ? generated_->first_after(after) : 0;
  auto end = generated_ ? generated_->first_after(last) : 0;
  auto is_past = [](std::int64_t sequence, const FeedItem& item) { return sequence < item.sequence; };
  auto next = std::upper_bound(by_sequence_.begin(), by_sequence_.end(), after, is_past);
  std::vector<FeedItem> out;
  while (index < end || (next != by_sequence_.end() && next->sequence <= last)) {
    bool has_stored = next != by_sequence_.end() && next->sequence <= last;
    if (index < end && (!has_stored || generated_->sequence(index) < next->sequence))
      out.push_back(generated(index++, with_metadata));
    else
      out.push_back(stored(*next++, with_metadata));
  }
  return out;
}

std::vector<FeedItem> Feed::by_time(Ticks since, Ticks until, std::int64_t offset, std::int64_t limit,
                                    bool with_metadata) const {
  auto index = generated_ ? generated_->first_since(since) : 0;
  auto end = generated_ ? generated_->first_since(until) : 0;
  auto starts_before = [&](std::size_t place, Ticks time) { return by_sequence_[place].timestamp < time; };
  auto next = std::lower_bound(by_time_.begin(), by_time_.end(), since, starts_before);
  auto stored_end = std::lower_bound(by_time_.begin(), by_time_.end(), until, starts_before);
  auto generated_first = [&] {
    if (index >= end || next >= stored_end)
      return index < end;
    const auto& item = by_sequence_[*next];
    return std::pair(generated_->timestamp(index), generated_->sequence(index)) <
           std::pair(item.timestamp, item.sequence);
  };
  if (next >= stored_end) { // no need to walk
    index += std::min(offset, std::max<std::int64_t>(end - index, 0));
    offset = 0;
  }
  std::vector<FeedItem> out;
  for (; index < end || next < stored_end; --offset) {
    bool from_generated = generated_first();
    if (offset <= 0 && static_cast<std::int64_t>(out.size()) >= limit)
      break;
    if (offset <= 0)
      out.push_back(from_generated ? generated(index, with_metadata) : stored(by_sequence_[*next], with_metadata));
    from_generated ? void(++index) : void(++next);
  }
  return out;
}

std::optional<FeedItem> Feed::latest(bool with_metadata) const {
  auto size = generated_size();
  bool has_stored = !by_sequence_.empty();
  if (size && (!has_stored || generated_->sequence(size - 1) > by_sequence_.back().sequence))
    return generated(size - 1, with_metadata);
  if (has_stored)
    return stored(by_sequence_.back(), with_metadata);
  return std::nullopt;
}

} // namespace dicomcast::sim
