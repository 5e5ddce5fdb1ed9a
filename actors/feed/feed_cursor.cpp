// What both versions of the feed cursor have in common.
#include "actors/feed/feed_cursor_base.hpp"

#include <algorithm>
#include <utility>

namespace dicomcast::actors {

namespace {

/// Enough for any window; in v2 a late entry further back than so many gaps is no longer told from a known one.
constexpr std::size_t kept_gaps = 4096;

} // namespace

std::unique_ptr<FeedCursor> make_feed_cursor(FeedCursorConfig config) {
  switch (config.version) {
  case conf::ApiVersion::V1:
    return make_feed_cursor_v1(std::move(config));
  case conf::ApiVersion::V2:
    return make_feed_cursor_v2(std::move(config));
  }
  return nullptr;
}

FeedCursorBase::FeedCursorBase(FeedCursorConfig config)
    : config_(std::move(config)), mark_(config_.start_after), done_(config_.start_after),
      greatest_row_(config_.start_after) {
  config_.page_size = std::max(config_.page_size, 1);
  config_.parallel_pages = std::max(config_.parallel_pages, 1);
}

std::vector<FeedRequest> FeedCursorBase::next(std::size_t credit) {
  std::vector<FeedRequest> requests;
  if (malformed_)
    return requests;
  if (latest_state_ == Latest::Wanted) {
    latest_id_ = ++last_id_;
    latest_state_ = Latest::Sent;
    requests.push_back({FeedRequest::Kind::Latest, latest_id_, io::change_feed::latest_path(config_.version), false});
  }
  if (latest_)
    plan(credit - std::min(credit, ready_.size()), requests);
  return requests;
}

void FeedCursorBase::on_latest(std::uint64_t id, std::optional<std::int64_t> sequence) {
  if (id != latest_id_ || latest_state_ != Latest::Sent)
    return;
  latest_state_ = Latest::Known;
  if (sequence)
    saw_sequence(*sequence);
  if (config_.stop_at_latest && !std::exchange(is_bounded_, true)) {
    auto latest = sequence.value_or(config_.start_after), last = config_.last.value_or(INT64_MAX);
    if (latest <= last || config_.version == conf::ApiVersion::V2) // v1 reads nothing above `last`
      awaited_ = last > config_.start_after ? latest : 0;
    config_.last = std::min(last, latest);
  }
  if (!malformed_)
    latest_known();
}

void FeedCursorBase::on_failure(std::uint64_t id) {
  if (id != latest_id_)
    page_failed(id);
  else if (latest_state_ == Latest::Sent)
    latest_state_ = Latest::Wanted;
}

void FeedCursorBase::on_done(std::int64_t sequence) {
  done_ = std::max(done_, sequence);
}

std::vector<EntryPtr> FeedCursorBase::take(std::size_t max) {
  auto end = ready_.begin() + static_cast<std::ptrdiff_t>(std::min(max, ready_.size()));
  std::vector<EntryPtr> taken(std::make_move_iterator(ready_.begin()), std::make_move_iterator(end));
  ready_.erase(ready_.begin(), end);
  if (!taken.empty())
    taken_ = taken.back()->sequence;
  return taken;
}

std::vector<EntryPtr> FeedCursorBase::take_late() {
  std::sort(late_.begin(), late_.end(), [](auto& a, auto& b) { return a->sequence < b->sequence; });
  return std::exchange(late_, {});
}

bool FeedCursorBase::caught_up() const {
  return latest_state_ == Latest::Known && ready_.empty() && late_.empty() && !malformed_ && idle();
}

bool FeedCursorBase::wants(std::int64_t sequence) const {
  return sequence > config_.start_after && sequence <= config_.last.value_or(INT64_MAX) &&
         (sequence > mark_ || gaps_.contains(sequence));
}

FeedRequest FeedCursorBase::page_request(const io::change_feed::PageQuery& query) {
  return {FeedRequest::Kind::Page, ++last_id_, io::change_feed::page_path(config_.version, query), query.with_metadata};
}

std::int64_t FeedCursorBase::bound() const {
  return std::min(latest_.value_or(0), config_.last.value_or(INT64_MAX));
}

EntryPtr FeedCursorBase::resolve(const FeedRow& row) {
  if (row.entry)
    return row.entry;
  MalformedEntry malformed{row.sequence, "the change feed's entry of Sequence " + std::to_string(row.sequence) +
                                             " is malformed: " + row.malformed.value_or("")};
  if (!config_.skip_malformed) {
    malformed_ = std::move(malformed);
    return nullptr;
  }
  auto skip = std::make_shared<mapping::MappedEntry>();
  skip->sequence = row.sequence;
  skipped_.push_back(std::move(malformed));
  return skip;
}

bool FeedCursorBase::emit(const FeedRow& row, std::int64_t time) {
  if (malformed_)
    return false;
  auto entry = resolve(row);
  if (!entry)
    return false;
  pass(row.sequence - 1, time);
  mark_ = row.sequence;
  ready_.push_back(std::move(entry));
  return true;
}

void FeedCursorBase::pass(std::int64_t sequence, std::int64_t time) {
  if (sequence <= mark_)
    return;
  gaps_.add(mark_ + 1, sequence, time);
  gaps_.keep(kept_gaps);
  mark_ = sequence;
}

void FeedCursorBase::emit_late(const FeedRow& row) {
  if (malformed_ || !gaps_.contains(row.sequence))
    return;
  auto entry = resolve(row);
  if (!entry) {
    std::erase_if(ready_, [&](auto& ready) { return ready->sequence > row.sequence; });
    return;
  }
  gaps_.erase(row.sequence);
  if (row.sequence < taken_) {
    late_.push_back(std::move(entry));
    return;
  }
  auto place = std::find_if(ready_.begin(), ready_.end(), [&](auto& ready) { return ready->sequence > row.sequence; });
  ready_.insert(place, std::move(entry));
}

bool FeedCursorBase::pass_unknown(std::string message) {
  MalformedEntry malformed{0, std::move(message)};
  await_no_more();
  if (config_.skip_malformed)
    skipped_.push_back(std::move(malformed));
  else
    malformed_ = std::move(malformed);
  return config_.skip_malformed;
}

} // namespace dicomcast::actors
