// The cursor of feed v1: spans of Sequences, read side by side, handed on in order.
#include "actors/feed/feed_cursor_base.hpp"

#include <algorithm>

namespace dicomcast::actors {

namespace {

/// Spans read again at a poll: those highest up, where late entries are.
constexpr std::size_t looks_at_a_poll = 64;

/// The Sequences from + 1 .. to.
struct Span {
  Span(std::int64_t a_from, std::int64_t a_to) : from(a_from), to(a_to) {}
  std::int64_t from, to;
  enum class State { Wanted, Sent, Read } state = State::Wanted;
  std::uint64_t id = 0;
  std::vector<FeedRow> rows; ///< ascending

  std::size_t width() const { return static_cast<std::size_t>(to - from); }
};
using Spans = std::deque<Span>;

class FeedCursorV1 final : public FeedCursorBase {
public:
  using FeedCursorBase::FeedCursorBase;

  void on_page(std::uint64_t id, std::vector<mapping::PageRow> rows) override {
    auto found = find(id);
    auto* spans = found.first;
    auto at = found.second;
    if (!spans)
      return;
    std::erase_if(rows, [&](auto& row) { return row.sequence <= at->from || row.sequence > at->to; });
    auto by_sequence = [](auto& a, auto& b) { return a.sequence < b.sequence; };
    std::stable_sort(rows.begin(), rows.end(), by_sequence);
    for (auto& row : rows)
      if (at->rows.empty() || at->rows.back().sequence != row.sequence)
        at->rows.push_back({row.sequence, std::move(row.entry)});
    read(*spans, at);
  }

  void on_malformed(std::uint64_t id, const std::string& error) override {
    auto [spans, at] = find(id);
    if (!spans)
      return;
    if (at->width() == 1) {
      at->rows.push_back({at->to, nullptr, error});
      read(*spans, at);
      return;
    }
    Spans singles;
    for (auto before = at->from; before < at->to; ++before)
      if (spans == &spans_ || gaps().contains(before + 1))
        singles.emplace_back(before, before + 1);
    spans->insert(spans->erase(at), singles.begin(), singles.end());
  }

private:
  void plan(std::size_t credit, std::vector<FeedRequest>& out) override {
    std::size_t reserved = 0, sent = 0;
    for (auto* spans : {&spans_, &looks_})
      for (auto& span : *spans) {
        reserved += span.state == Span::State::Read ? span.rows.size() : span.width();
        sent += span.state == Span::State::Sent;
      }
    auto parallel = static_cast<std::size_t>(config().parallel_pages);
    auto send = [&](Span& span) {
      auto request = page_request({.offset = span.from, .limit = span.to - span.from});
      span.state = Span::State::Sent;
      span.id = request.id;
      out.push_back(std::move(request));
      ++sent;
    };
    for (auto* spans : {&spans_, &looks_})
      for (auto& span : *spans)
        if (sent < parallel && span.state == Span::State::Wanted)
          send(span);
    while (sent < parallel) {
      auto from = spans_.empty() ? mark() : spans_.back().to;
      auto width = std::min<std::int64_t>(config().page_size, bound() - from);
      if (width <= 0 || reserved + static_cast<std::size_t>(width) > credit)
        break;
      reserved += static_cast<std::size_t>(width);
      send(spans_.emplace_back(from, from + width));
    }
  }

  void latest_known() override {
    if (!looks_.empty() || !spans_.empty())
      look_due_at_ = spans_.empty() ? mark() : spans_.back().to;
    if (looks_.empty())
      begin_looks();
  }

  /// Of the gaps above what is done, and of those that were passed since the last look.
  void begin_looks() {
    auto above = std::min(done(), std::exchange(looked_to_, std::max(looked_to_, mark())));
    for (auto to = gaps().at_most(mark()); to && *to > above && looks_.size() < looks_at_a_poll;) {
      auto lowest = std::max(above, *to - config().page_size);
      auto from = *gaps().at_least(lowest + 1) - 1;
      looks_.emplace_back(from, *to);
      to = gaps().at_most(from);
    }
  }

  void page_failed(std::uint64_t id) override {
    if (auto [spans, at] = find(id); spans)
      at->state = Span::State::Wanted;
  }

  bool idle() const override { return spans_.empty() && looks_.empty() && mark() >= bound(); }

  /// The span whose answer this is; none: it is no longer awaited.
  std::pair<Spans*, Spans::iterator> find(std::uint64_t id) {
    for (auto* spans : {&spans_, &looks_})
      for (auto at = spans->begin(); at != spans->end(); ++at)
        if (at->state == Span::State::Sent && at->id == id)
          return {spans, at};
    return {nullptr, {}};
  }

  void read(Spans& spans, Spans::iterator at) {
    at->state = Span::State::Read;
    if (!at->rows.empty())
      saw_row(at->rows.back().sequence);
    if (&spans == &looks_) {
      for (auto& row : at->rows)
        emit_late(row);
      looks_.erase(at);
    } else if (!release()) {
      return;
    }
    if (look_due_at_ && looks_.empty() && mark() >= *look_due_at_) {
      look_due_at_.reset();
      begin_looks();
    }
  }

  /// Hands on the spans that stand next and are read. False: a malformed entry stands next.
  bool release() {
    while (!spans_.empty() && spans_.front().state == Span::State::Read) {
      for (auto& row : spans_.front().rows)
        if (!emit(row))
          return false;
      pass(spans_.front().to);
      spans_.pop_front();
    }
    return true;
  }

  Spans spans_; ///< adjoining, ascending, from mark() on
  Spans looks_; ///< spans around gaps, read again
  std::int64_t looked_to_ = config().start_after;
  /// Where mark() has to be for another look: at the last poll these Sequences were being read.
  std::optional<std::int64_t> look_due_at_;
};

} // namespace

std::unique_ptr<FeedCursor> make_feed_cursor_v1(FeedCursorConfig config) {
  return std::make_unique<FeedCursorV1>(std::move(config));
}

} // namespace dicomcast::actors
