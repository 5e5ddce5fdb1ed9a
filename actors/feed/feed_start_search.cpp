// The start of reading in feed v2.
#include "actors/feed/feed_start_search.hpp"

#include <algorithm>

namespace dicomcast::actors {

FeedStartSearch::FeedStartSearch(std::int64_t checkpoint, std::int64_t hold_rows, int page_size)
    : checkpoint_(checkpoint), hold_rows_(hold_rows), page_size_(page_size), high_(checkpoint) {
  if (low_ >= high_)
    begin_back();
}

std::optional<FeedStartSearch::Rows> FeedStartSearch::next() const {
  if (!is_back_)
    return Rows{low_ + (high_ - low_) / 2, 1};
  if (scanned_ == 0 || clean_ >= hold_rows_)
    return std::nullopt;
  auto limit = std::min<std::int64_t>(scanned_, page_size_);
  return Rows{scanned_ - limit, static_cast<int>(limit)};
}

void FeedStartSearch::on_rows(const std::vector<std::int64_t>& sequences) {
  auto rows = next();
  if (!rows)
    return;
  auto above = std::find_if(sequences.begin(), sequences.end(), [&](auto s) { return s > checkpoint_; });
  if (!is_back_) {
    bool is_below = !sequences.empty() && above == sequences.end();
    (is_below ? low_ : high_) = rows->offset + (is_below ? 1 : 0);
    if (low_ >= high_)
      begin_back();
    return;
  }
  if (auto count = static_cast<int>(sequences.size()); count > 0 && count < rows->limit) {
    page_size_ = count; // the service gives no more at once: ask for the last so many before scanned_
    return;
  }
  scanned_ = rows->offset;
  if (above == sequences.end()) {
    clean_ += rows->limit;
  } else {
    clean_ = above - sequences.begin();
    first_ = rows->offset + clean_;
  }
}

void FeedStartSearch::on_unreadable() {
  if (auto rows = next())
    on_rows(std::vector<std::int64_t>(static_cast<std::size_t>(rows->limit), INT64_MAX));
}

void FeedStartSearch::begin_back() {
  is_back_ = true;
  scanned_ = first_ = low_;
}

} // namespace dicomcast::actors
