#include "actors/commit/window.hpp"

#include <algorithm>

namespace dicomcast::actors {

std::deque<Window::Item>::iterator Window::place_of(std::int64_t sequence) {
  return std::lower_bound(items_.begin(), items_.end(), sequence,
                          [](const Item& one, std::int64_t wanted) { return one.entry->sequence < wanted; });
}

void Window::add(const EntryPtr& entry) {
  Item item{entry, !writes(*entry)};
  if (!items_.empty() && entry->sequence <= items_.back().entry->sequence)
    late_.push_back(std::move(item));
  else
    items_.push_back(std::move(item));
}

void Window::take_in_late() {
  for (auto& one : late_) {
    auto at = place_of(one.entry->sequence);
    if (at == items_.end() || at->entry->sequence != one.entry->sequence)
      items_.insert(at, std::move(one));
  }
  late_.clear();
}

Window::Item* Window::find(std::int64_t sequence) {
  for (auto& one : late_)
    if (one.entry->sequence == sequence)
      return &one;
  auto at = place_of(sequence);
  return at != items_.end() && at->entry->sequence == sequence ? &*at : nullptr;
}

} // namespace dicomcast::actors
