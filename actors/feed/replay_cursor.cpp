// The cursor of errors replay: single Sequences out of the feed, by a feed cursor for each cluster of them. What lies
// between is left out.
#include "actors/feed/feed_cursor.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace dicomcast::actors {

namespace {

class ReplayCursor final : public FeedCursor {
public:
  ReplayCursor(FeedCursorConfig config, std::vector<std::int64_t> sequences)
      : config_(std::move(config)), sequences_(std::move(sequences)) {
    std::sort(sequences_.begin(), sequences_.end());
    sequences_.erase(std::unique(sequences_.begin(), sequences_.end()), sequences_.end());
  }

  std::vector<FeedRequest> next(std::size_t credit) override {
    std::vector<FeedRequest> requests;
    while (requests.empty() && !malformed_ && begin_cluster()) {
      bool is_latest_told = false;
      for (auto& request : cursor_->next(credit - std::min(credit, ready_.size()))) {
        if (request.kind == FeedRequest::Kind::Latest && latest_) {
          cursor_->on_latest(request.id, latest_);
          is_latest_told = true;
          continue;
        }
        request.id |= cluster_ << cluster_shift;
        requests.push_back(std::move(request));
      }
      if (!advance() && !is_latest_told)
        break;
    }
    return requests;
  }

  void on_latest(std::uint64_t id, std::optional<std::int64_t> sequence) override {
    if (auto inner = inner_id(id)) {
      latest_ = sequence.value_or(0);
      cursor_->on_latest(inner, latest_);
      advance();
    }
  }
  void on_page(std::uint64_t id, std::vector<mapping::PageRow> rows) override {
    if (auto inner = inner_id(id)) {
      for (auto& row : rows)
        if (!row.entry)
          row.entry = neighbour(row.sequence);
      cursor_->on_page(inner, std::move(rows));
      advance();
    }
  }
  bool wants(std::int64_t sequence) const override {
    return std::binary_search(wanted_.begin(), wanted_.end(), sequence);
  }
  void on_malformed(std::uint64_t id, const std::string& error) override {
    if (auto inner = inner_id(id)) {
      cursor_->on_malformed(inner, error);
      advance();
    }
  }
  void on_failure(std::uint64_t id) override {
    if (auto inner = inner_id(id))
      cursor_->on_failure(inner);
  }
  void on_done(std::int64_t) override {}
  void poll() override {}

  std::vector<EntryPtr> take(std::size_t max) override {
    auto end = ready_.begin() + static_cast<std::ptrdiff_t>(std::min(max, ready_.size()));
    std::vector<EntryPtr> taken(ready_.begin(), end);
    ready_.erase(ready_.begin(), end);
    return taken;
  }
  std::vector<EntryPtr> take_late() override { return std::exchange(late_, {}); }
  std::vector<MalformedEntry> take_skipped() override { return std::exchange(skipped_, {}); }
  std::vector<std::int64_t> take_missing() override { return std::exchange(missing_, {}); }
  bool caught_up() const override {
    return !cursor_ && at_ == sequences_.size() && ready_.empty() && late_.empty() && !malformed_;
  }
  bool lacks_latest() const override { return false; }
  std::optional<std::int64_t> latest() const override { return latest_; }
  const MalformedEntry* malformed() const override {
    return malformed_ && ready_.empty() && late_.empty() ? &*malformed_ : nullptr;
  }

private:
  static constexpr int cluster_shift = 32; ///< ids of a cluster's cursor stay below

  /// The cursor's own id of an awaited request, or 0: it is of an earlier cluster.
  std::uint64_t inner_id(std::uint64_t id) const {
    return cursor_ && id >> cluster_shift == cluster_ ? id & ((std::uint64_t(1) << cluster_shift) - 1) : 0;
  }

  /// Stands for an entry that is not on the list: the cluster's cursor is to know where it is.
  static EntryPtr neighbour(std::int64_t sequence) {
    auto entry = std::make_shared<mapping::MappedEntry>();
    entry->sequence = sequence;
    return entry;
  }

  /// Makes the cursor of the next cluster where there is none. False: all are done.
  bool begin_cluster() {
    if (cursor_ || at_ == sequences_.size())
      return cursor_ != nullptr;
    auto distance = config_.version == conf::ApiVersion::V1 ? std::max(1, config_.page_size / 4)
                                                            : 4 * static_cast<std::int64_t>(config_.hold_rows);
    auto last = at_;
    while (last + 1 < sequences_.size() && sequences_[last + 1] - sequences_[last] <= distance)
      ++last;
    wanted_.assign(sequences_.begin() + static_cast<std::ptrdiff_t>(at_),
                   sequences_.begin() + static_cast<std::ptrdiff_t>(last + 1));
    at_ = last + 1;
    auto config = config_;
    config.start_after = wanted_.front() - 1;
    config.last = wanted_.back();
    config.stop_at_latest = false;
    config.skip_malformed = true; // a malformed neighbour is nobody's concern here
    cursor_ = make_feed_cursor(config);
    ++cluster_;
    return true;
  }

  /// Takes over what the cluster's cursor gives; ends the cluster with it. True: it has ended.
  bool advance() {
    for (auto& skipped : cursor_->take_skipped()) {
      if (skipped.sequence != 0 && !std::binary_search(wanted_.begin(), wanted_.end(), skipped.sequence))
        continue;
      if (config_.skip_malformed || skipped.sequence == 0)
        skipped_.push_back(std::move(skipped));
      else if (!malformed_)
        malformed_ = std::move(skipped);
    }
    take_wanted(cursor_->take(SIZE_MAX), [&](EntryPtr entry) { ready_.push_back(std::move(entry)); });
    take_wanted(cursor_->take_late(), [&](EntryPtr entry) { late_.push_back(std::move(entry)); });
    if (!cursor_->caught_up())
      return false;
    missing_.insert(missing_.end(), wanted_.begin(), wanted_.end());
    wanted_.clear();
    cursor_.reset();
    return true;
  }

  template<class Sink>
  void take_wanted(std::vector<EntryPtr> entries, Sink sink) {
    for (auto& entry : entries) {
      auto at = std::lower_bound(wanted_.begin(), wanted_.end(), entry->sequence);
      if (at == wanted_.end() || *at != entry->sequence || (malformed_ && entry->sequence >= malformed_->sequence))
        continue;
      wanted_.erase(at);
      sink(std::move(entry));
    }
  }

  FeedCursorConfig config_;
  std::vector<std::int64_t> sequences_; ///< ascending
  std::size_t at_ = 0;                  ///< the first that is in no cluster yet
  std::vector<std::int64_t> wanted_;    ///< of the cluster under way, not found yet
  std::unique_ptr<FeedCursor> cursor_;
  std::uint64_t cluster_ = 0;
  std::optional<std::int64_t> latest_;
  std::deque<EntryPtr> ready_;
  std::vector<EntryPtr> late_;
  std::vector<MalformedEntry> skipped_;
  std::vector<std::int64_t> missing_;
  std::optional<MalformedEntry> malformed_;
};

} // namespace

std::unique_ptr<FeedCursor> make_replay_cursor(FeedCursorConfig config, std::vector<std::int64_t> sequences) {
  return std::make_unique<ReplayCursor>(std::move(config), std::move(sequences));
}

} // namespace dicomcast::actors
