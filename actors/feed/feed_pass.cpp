// One reading of feed v2's rows.
#include "actors/feed/feed_pass.hpp"

#include <algorithm>

namespace dicomcast::actors {

namespace {

/// The smallest time that .NET services, such as the DICOM service, can read.
constexpr FeedTime smallest_time = -621'355'968'000'000'000;

} // namespace

FeedPass::FeedPass(std::optional<FeedTime> start, std::optional<FeedTime> end, std::int64_t offset)
    : start_(start), end_(end), base_(offset), next_(offset) {}

FeedPass::Page* FeedPass::wanted() {
  auto at = std::find_if(pages_.begin(), pages_.end(), [](auto& page) { return page.state == Page::State::Wanted; });
  return at == pages_.end() ? nullptr : &*at;
}

FeedPass::Page& FeedPass::add(int limit) {
  Page page;
  page.offset = next_;
  page.limit = limit;
  next_ += limit;
  requested_ += limit;
  return pages_.emplace_back(std::move(page));
}

io::change_feed::PageQuery FeedPass::query(const Page& page) const {
  io::change_feed::PageQuery query{page.offset, page.limit, {}, {}, page.with_metadata};
  if (start_)
    query.start = format_feed_time(std::max(*start_, smallest_time));
  if (end_)
    query.end = format_feed_time(*end_);
  return query;
}

FeedPass::Page* FeedPass::find(std::uint64_t id) {
  auto at = std::find_if(pages_.begin(), pages_.end(),
                         [&](auto& page) { return page.state == Page::State::Sent && page.id == id; });
  return at == pages_.end() ? nullptr : &*at;
}

void FeedPass::on_page(Page& page, std::vector<mapping::PageRow> rows) {
  page.state = Page::State::Read;
  for (auto& row : rows) {
    TimedRow timed{{row.sequence}, parse_feed_time(row.timestamp)};
    if (page.with_metadata)
      timed.row.entry = std::move(row.entry);
    else
      timed.row.malformed = page.malformed;
    page.rows.push_back(std::move(timed));
  }
}

void FeedPass::on_malformed(Page& page, const std::string& error) {
  if (page.limit > 1) {
    auto at = std::find_if(pages_.begin(), pages_.end(), [&](auto& one) { return &one == &page; });
    std::vector<Page> singles(static_cast<std::size_t>(page.limit));
    for (std::size_t i = 0; i < singles.size(); ++i)
      singles[i].offset = page.offset + static_cast<std::int64_t>(i);
    pages_.insert(pages_.erase(at), singles.begin(), singles.end());
  } else if (page.with_metadata) {
    page.with_metadata = false;
    page.malformed = error;
    page.state = Page::State::Wanted;
  } else {
    page.state = Page::State::Read;
    page.rows.push_back({{0, nullptr, page.malformed}, std::nullopt});
  }
}

std::vector<TimedRow> FeedPass::take() {
  std::vector<TimedRow> rows;
  while (!pages_.empty() && pages_.front().state == Page::State::Read && !ended_) {
    auto page = std::move(pages_.front());
    pages_.pop_front();
    for (auto& row : page.rows)
      if (row.time)
        newest_ = std::max(newest_.value_or(*row.time), *row.time);
    auto count = static_cast<int>(page.rows.size());
    if (count < page.limit) {
      Page rest;
      rest.offset = page.offset + count;
      rest.limit = page.limit - count;
      rest.is_rest = true;
      pages_.push_front(std::move(rest));
    }
    if (count == 0)
      end();
    rows.insert(rows.end(), std::make_move_iterator(page.rows.begin()), std::make_move_iterator(page.rows.end()));
  }
  return rows;
}

void FeedPass::end() {
  if (!pages_.empty())
    next_ = pages_.front().offset;
  // Pages behind the end are dropped: rows that they hold came in after the page before them was read, so others may be
  // missing there. The next pass reads them.
  pages_.clear();
  ended_ = true;
}

void FeedPass::begin_window() {
  if (!newest_ || (start_ && *newest_ <= *start_))
    return;
  start_ = newest_;
  base_ = next_ = 0;
}

} // namespace dicomcast::actors
