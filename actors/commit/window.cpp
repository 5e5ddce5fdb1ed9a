// Where entries stand in the window.
#include "actors/commit/window.hpp"

#include <algorithm>

namespace dicomcast::actors {

std::deque<Window::Item>::iterator Window::place_of(std::int64_t sequence) {
  return std::lower_bound(items_.begin(), items_.end(), sequence,
                          [](const Item& one, std::int64_t wanted) { return one.entry->sequence < wanted; });
}

void Window::add(const EntryPtr& entry, std::int64_t done) {
  Item item{entry, !writes(*entry)};
  if (entry->sequence <= (items_.empty() ? done : items_.back().entry->sequence))
    late_.push_back(std::move(item));
  else
    items_.push_back(std::move(item));
}

std::vector<Window::Item*> Window::take_in_late(std::vector<EntryPtr>& dropped) {
  std::vector<std::int64_t> taken;
  for (auto& one : std::exchange(late_, {})) {
    auto at = place_of(one.entry->sequence);
    if (at != items_.end() && at->entry->sequence == one.entry->sequence) {
      dropped.push_back(one.entry);
      continue;
    }
    taken.push_back(one.entry->sequence);
    items_.insert(at, std::move(one));
  }
  std::vector<Item*> items;
  for (auto sequence : taken)
    items.push_back(&*place_of(sequence));
  return items;
}

Window::Item* Window::find(std::int64_t sequence) {
  for (auto& one : late_)
    if (one.entry->sequence == sequence)
      return &one;
  auto at = place_of(sequence);
  return at != items_.end() && at->entry->sequence == sequence ? &*at : nullptr;
}

std::optional<std::int64_t> Window::lowest() const {
  std::optional<std::int64_t> lowest;
  if (!items_.empty())
    lowest = items_.front().entry->sequence;
  for (auto& one : late_)
    lowest = std::min(lowest.value_or(one.entry->sequence), one.entry->sequence);
  return lowest;
}

} // namespace dicomcast::actors
