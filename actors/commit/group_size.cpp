// Runs of entries that share a transaction.
#include "actors/commit/group_size.hpp"

#include <algorithm>

namespace dicomcast::actors {

GroupSize::Run GroupSize::run_from(const Window& window, std::size_t first) const {
  Run run;
  std::size_t writers = 0;
  bool is_split = window[first].entry->sequence <= split_end_;
  std::size_t most = is_split ? std::min(size_, split_limit_) : size_;
  for (auto at = first; at < window.size(); ++at) {
    auto& item = window[at];
    bool counts = is_split || writes(*item.entry);
    run.is_full =
        (counts && writers == most) || run.entries >= most_ + most || (is_split && item.entry->sequence > split_end_);
    if (run.is_full || !item.ready)
      return run;
    ++run.entries;
    writers += counts;
  }
  run.is_full = writers == most;
  return run;
}

void GroupSize::cut(std::size_t limit, std::int64_t last) {
  split_limit_ = std::max<std::size_t>(1, limit);
  split_end_ = std::max(split_end_, last);
}

void GroupSize::too_large(std::size_t entries) {
  size_ = std::max<std::size_t>(1, std::min(size_, entries) / 2);
}

void GroupSize::taken() {
  size_ = std::min(most_, size_ + std::max<std::size_t>(1, size_ / 8));
}

} // namespace dicomcast::actors
