// The cursor of feed v2: rows in order of time, handed on in order of Sequence.
#include "actors/feed/feed_pass.hpp"
#include "actors/feed/feed_start_search.hpp"

#include <algorithm>
#include <map>

namespace dicomcast::actors {

namespace {

/// The lag grows so far while the latest Sequence stays out of sight: 300 s to 1.8 days.
constexpr std::int64_t greatest_lag_factor = 512;

class FeedCursorV2 final : public FeedCursorBase {
public:
  using FeedCursorBase::FeedCursorBase;

  void on_page(std::uint64_t id, std::vector<mapping::PageRow> rows) override {
    if (is_search(id)) {
      std::vector<std::int64_t> sequences;
      for (auto& row : rows)
        sequences.push_back(row.sequence);
      searched([&] { search_->on_rows(sequences); });
      return;
    }
    if (auto [pass, page] = find(id); page) {
      pass->on_page(*page, std::move(rows));
      for (auto& row : page->rows)
        see(row, false);
      advance();
    } else { // of a pass that has ended: what the feed has shown is not passed over all the same
      for (auto& row : rows)
        see({{row.sequence, std::move(row.entry)}, parse_feed_time(row.timestamp)}, false);
    }
  }

  void on_malformed(std::uint64_t id, const std::string& error) override {
    if (is_search(id)) {
      searched([&] { search_->on_unreadable(); });
    } else if (auto [pass, page] = find(id); page) {
      pass->on_malformed(*page, error);
      advance();
    }
  }

  bool wants(std::int64_t sequence) const override {
    return FeedCursorBase::wants(sequence) && !held_.contains(sequence);
  }

private:
  struct Held {
    FeedRow row;
    std::optional<FeedTime> time;
    bool in_order = false; ///< all rows before it in its pass were read too
  };

  void plan(std::size_t credit, std::vector<FeedRequest>& out) override {
    if (search_ && search_id_ == 0) {
      auto rows = *search_->next();
      out.push_back(page_request({.offset = rows.offset, .limit = rows.limit, .with_metadata = false}));
      search_id_ = out.back().id;
    }
    if (look_) {
      if (look_->pages().empty() && !look_->ended())
        look_->add(config().page_size);
      send_wanted(*look_, 1, out); // beside the others, which can be waiting for credit
    }
    if (main_)
      plan_main(credit, out);
  }

  void plan_main(std::size_t credit, std::vector<FeedRequest>& out) {
    send_wanted(*main_, 0, out);
    std::size_t reserved = 0;
    auto is_to_come = [&](auto& row) { return row.row.sequence > mark(); };
    for (auto& page : main_->pages())
      reserved += static_cast<std::size_t>(page.state == FeedPass::Page::State::Read
                                               ? std::count_if(page.rows.begin(), page.rows.end(), is_to_come)
                                               : page.limit);
    auto size = config().page_size;
    while (under_way() < static_cast<std::size_t>(config().parallel_pages) &&
           reserved + static_cast<std::size_t>(size) <= credit) {
      bool is_full = main_->is_window_full(config().rebase_rows);
      if (!main_->pages().empty() && (is_full || main_->requested() >= bound() - main_began_at_))
        break; // those on their way tell where the next window begins, or whether there are more rows at all
      if (is_full)
        main_->begin_window();
      main_->add(size);
      reserved += static_cast<std::size_t>(size);
      send_wanted(*main_, 0, out);
    }
  }

  void send_wanted(FeedPass& pass, std::size_t extra, std::vector<FeedRequest>& out) {
    while (under_way() < static_cast<std::size_t>(config().parallel_pages) + extra) {
      auto* page = pass.wanted();
      if (!page)
        return;
      out.push_back(page_request(pass.query(*page)));
      page->state = FeedPass::Page::State::Sent;
      page->id = out.back().id;
    }
  }

  std::size_t under_way() const {
    std::size_t count = 0;
    for (auto* pass : {&main_, &look_})
      if (*pass)
        for (auto& page : (*pass)->pages())
          count += page.state == FeedPass::Page::State::Sent;
    return count;
  }

  void latest_known() override {
    if (!is_start_known_) {
      if (bound() > config().start_after && !search_)
        begin_search();
      return;
    }
    if (main_ && !main_needs_look_) { // what comes late behind it, it does not see
      main_needs_look_ = newest_.has_value();
      main_start_ = newest_;
    }
    is_look_due_ = look_.has_value(); // what comes late behind that one
    if (look_)
      return;
    if (!main_ && mark() < bound())
      begin_main();
    auto gap_time = gaps().earliest_time_above(done());
    if (gap_time && newest_)
      begin_look(*gap_time);
  }

  void page_failed(std::uint64_t id) override {
    if (is_search(id))
      search_id_ = 0;
    else if (auto [pass, page] = find(id); page)
      page->state = FeedPass::Page::State::Wanted;
  }

  bool idle() const override {
    return !search_ && !main_ && !look_ && held_in_order_ == 0 && (is_start_known_ || bound() <= config().start_after);
  }

  void begin_search() {
    search_.emplace(config().start_after, static_cast<std::int64_t>(config().hold_rows), config().page_size);
    searched([] {});
  }

  /// Lets the search go on by `step`, and begins the first pass where it ends.
  template<class Step>
  void searched(Step step) {
    search_id_ = 0;
    step();
    if (search_->next())
      return;
    is_start_known_ = true;
    main_began_at_ = mark();
    main_.emplace(std::nullopt, std::nullopt, search_->found());
    main_needs_look_ = false;
    search_.reset();
  }

  bool is_search(std::uint64_t id) const { return search_ && search_id_ == id; }

  void begin_main() {
    main_began_at_ = mark();
    main_start_ = newest_;
    main_needs_look_ = newest_.has_value();
    for (auto& [sequence, held] : held_) // of pages of an earlier pass: what stands before them is read by this one
      held_in_order_ += !std::exchange(held.in_order, true);
    // A feed without times has no windows: its rows are counted from the first.
    auto offset = newest_ ? 0 : std::max<std::int64_t>(0, rows_end_ - static_cast<std::int64_t>(config().hold_rows));
    main_.emplace(newest_, std::nullopt, offset);
  }

  /// Reads again what stands between the lag before `time` and the newest row.
  void begin_look(FeedTime time) {
    auto lag = config().safety_lag.count() * ticks_per_second * lag_factor_;
    look_.emplace(time - lag, *newest_ + 1, 0);
  }

  std::pair<FeedPass*, FeedPass::Page*> find(std::uint64_t id) {
    for (auto* pass : {&main_, &look_})
      if (*pass)
        if (auto* page = (*pass)->find(id))
          return {&**pass, page};
    return {nullptr, nullptr};
  }

  void advance() {
    if (main_) {
      for (auto& row : main_->take()) {
        if (row.time)
          newest_ = std::max(newest_.value_or(*row.time), *row.time);
        if (row.row.sequence == 0 && !pass_unknown(describe_unknown(row.row.malformed.value_or(""))))
          return;
        see(row, true);
      }
      if (is_past_last() || (main_->is_at_rest() && is_complete()))
        main_->end();
    }
    if (look_)
      for (auto& row : look_->take())
        see(row, true);
    if (main_ && main_->ended())
      end_main();
    if (look_ && look_->ended())
      end_look();
  }

  /// A row is seen as soon as it is read, since it may be late, or the next one; and again in its place in the pass.
  void see(const TimedRow& row, bool in_order) {
    auto sequence = row.row.sequence;
    bool is_above_last = sequence > config().last.value_or(INT64_MAX);
    if (in_order) {
      rows_past_last_ = is_above_last ? rows_past_last_ + 1 : 0;
      last_seen_ = sequence == 0 ? last_seen_ : sequence;
    }
    saw_row(sequence);
    if (is_above_last || sequence <= config().start_after)
      return;
    saw_sequence(sequence);
    bool is_known = !row.row.entry && !row.row.malformed; // when it was read, it was not wanted
    if (is_known && !held_.contains(sequence))
      return;
    if (sequence <= mark())
      emit_late(row.row);
    else
      hold(row, in_order);
    release(config().hold_rows);
  }

  void hold(const TimedRow& row, bool in_order) {
    auto& held = held_.try_emplace(row.row.sequence, Held{row.row, row.time}).first->second;
    if (in_order && !std::exchange(held.in_order, true))
      ++held_in_order_;
  }

  /// Hands on what follows on what was handed on, and the lowest of the rest until only `most` are held of those that
  /// came in order.
  void release(std::size_t most) {
    while (!held_.empty() && (held_.begin()->first == mark() + 1 || held_in_order_ > most)) {
      auto& [row, time, in_order] = held_.begin()->second;
      if (!emit(row, time.value_or(newest_.value_or(0))))
        return;
      held_in_order_ -= in_order;
      held_.erase(held_.begin());
    }
  }

  bool is_complete() const { return held_.empty() && mark() >= bound() && !gaps().earliest_time_above(done()); }

  /// Whether no row that is wanted is to be expected any more.
  bool is_past_last() const {
    auto last = config().last;
    return last && ((mark() >= *last && gaps().intervals() == 0) || rows_past_last_ >= config().hold_rows);
  }

  void end_main() {
    if (is_past_last())
      await_no_more();
    rows_end_ = main_->rows_end();
    main_.reset();
    bool is_all = held_.empty() && mark() >= bound();
    if (is_all)
      lag_factor_ = 1;
    if (is_all || !main_needs_look_)
      return release(0);
    look_releases_ = true;
    if (!look_)
      begin_look(*main_start_);
  }

  void end_look() {
    look_.reset();
    if (std::exchange(look_releases_, false)) {
      release(0);
      lag_factor_ = mark() < bound() ? std::min(lag_factor_ * 8, greatest_lag_factor) : 1;
    }
    if (is_look_due_)
      latest_known();
  }

  std::string describe_unknown(const std::string& why) const {
    return "an entry of the change feed, in a row after Sequence " + std::to_string(last_seen_) +
           ", is malformed: " + why;
  }

  std::optional<FeedStartSearch> search_;
  std::uint64_t search_id_ = 0; ///< 0: its next request is not under way
  bool is_start_known_ = false;

  std::optional<FeedPass> main_; ///< reads what is new
  std::int64_t main_began_at_ = 0;
  std::optional<FeedTime> main_start_;
  bool main_needs_look_ = false; ///< it begins at the newest row, without a lag
  std::optional<FeedPass> look_; ///< reads again around gaps
  bool look_releases_ = false;   ///< when it ends, nothing is held back any more
  bool is_look_due_ = false;     ///< when it ends, another begins
  std::int64_t lag_factor_ = 1;

  std::map<std::int64_t, Held> held_; ///< above mark()
  std::size_t held_in_order_ = 0;
  std::optional<FeedTime> newest_; ///< of all rows
  std::int64_t rows_end_ = 0, last_seen_ = 0;
  std::size_t rows_past_last_ = 0;
};

} // namespace

std::unique_ptr<FeedCursor> make_feed_cursor_v2(FeedCursorConfig config) {
  config.page_size = std::min(config.page_size, 200);
  return std::make_unique<FeedCursorV2>(std::move(config));
}

} // namespace dicomcast::actors
