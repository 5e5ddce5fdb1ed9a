// The cursor of feed v1: windows of Sequences, read side by side, handed on in order.
#include "actors/feed/feed_cursor_base.hpp"

#include <algorithm>

namespace dicomcast::actors {

namespace {

/// Windows read again at a poll: those highest up, where late entries are.
constexpr std::size_t looks_at_a_poll = 64;

/// The Sequences from + 1 .. to.
struct Window {
  Window(std::int64_t a_from, std::int64_t a_to) : from(a_from), to(a_to) {}
  std::int64_t from, to;
  enum class State { Wanted, Sent, Read } state = State::Wanted;
  std::uint64_t id = 0;
  std::vector<FeedRow> rows; ///< ascending

  std::size_t width() const { return static_cast<std::size_t>(to - from); }
};
using Windows = std::deque<Window>;

class FeedCursorV1 final : public FeedCursorBase {
public:
  using FeedCursorBase::FeedCursorBase;

  void on_page(std::uint64_t id, std::vector<EntryPtr> entries) override {
    auto found = find(id);
    auto* windows = found.first;
    auto at = found.second;
    if (!windows)
      return;
    std::erase_if(entries, [&](auto& e) { return e->sequence <= at->from || e->sequence > at->to; });
    auto by_sequence = [](auto& a, auto& b) { return a->sequence < b->sequence; };
    std::stable_sort(entries.begin(), entries.end(), by_sequence);
    for (auto& entry : entries)
      if (at->rows.empty() || at->rows.back().sequence != entry->sequence)
        at->rows.push_back({entry->sequence, std::move(entry), {}});
    read(*windows, at);
  }

  void on_malformed(std::uint64_t id, const std::string& error) override {
    auto [windows, at] = find(id);
    if (!windows)
      return;
    if (at->width() == 1) {
      at->rows.push_back({at->to, nullptr, error});
      read(*windows, at);
      return;
    }
    Windows singles;
    for (auto sequence = at->from + 1; sequence <= at->to; ++sequence)
      if (windows == &windows_ || gaps().contains(sequence))
        singles.emplace_back(sequence - 1, sequence);
    windows->insert(windows->erase(at), singles.begin(), singles.end());
  }

private:
  void plan(std::size_t credit, std::vector<FeedRequest>& out) override {
    std::size_t reserved = 0, sent = 0;
    for (auto* windows : {&windows_, &looks_})
      for (auto& window : *windows) {
        reserved += window.state == Window::State::Read ? window.rows.size() : window.width();
        sent += window.state == Window::State::Sent;
      }
    auto parallel = static_cast<std::size_t>(config().parallel_pages);
    auto send = [&](Window& window) {
      auto request = page_request("offset=" + std::to_string(window.from) + "&limit=" + std::to_string(window.width()));
      window.state = Window::State::Sent;
      window.id = request.id;
      out.push_back(std::move(request));
      ++sent;
    };
    for (auto* windows : {&windows_, &looks_})
      for (auto& window : *windows)
        if (sent < parallel && window.state == Window::State::Wanted)
          send(window);
    while (sent < parallel) {
      auto from = windows_.empty() ? mark() : windows_.back().to;
      Window window(from, std::min(from + config().page_size, bound()));
      if (window.to <= from || reserved + window.width() > credit)
        break;
      reserved += window.width();
      send(windows_.emplace_back(std::move(window)));
    }
  }

  void latest_known() override {
    if (!looks_.empty() || !windows_.empty())
      look_due_at_ = windows_.empty() ? mark() : windows_.back().to;
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
    if (auto [windows, at] = find(id); windows)
      at->state = Window::State::Wanted;
  }

  bool idle() const override { return windows_.empty() && looks_.empty() && mark() >= bound(); }

  /// The window whose answer this is; none: it is no longer awaited.
  std::pair<Windows*, Windows::iterator> find(std::uint64_t id) {
    for (auto* windows : {&windows_, &looks_})
      for (auto at = windows->begin(); at != windows->end(); ++at)
        if (at->state == Window::State::Sent && at->id == id)
          return {windows, at};
    return {nullptr, {}};
  }

  void read(Windows& windows, Windows::iterator at) {
    at->state = Window::State::Read;
    if (&windows == &looks_) {
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

  /// Hands on the windows that stand next and are read. False: a malformed entry stands next.
  bool release() {
    while (!windows_.empty() && windows_.front().state == Window::State::Read) {
      for (auto& row : windows_.front().rows)
        if (!emit(row))
          return false;
      pass(windows_.front().to);
      windows_.pop_front();
    }
    return true;
  }

  Windows windows_; ///< adjoining, ascending, from mark() on
  Windows looks_;   ///< windows around gaps, read again
  std::int64_t looked_to_ = config().start_after;
  /// Where mark() has to be for another look: at the last poll these Sequences were being read.
  std::optional<std::int64_t> look_due_at_;
};

} // namespace

std::unique_ptr<FeedCursor> make_feed_cursor_v1(FeedCursorConfig config) {
  return std::make_unique<FeedCursorV1>(std::move(config));
}

} // namespace dicomcast::actors
