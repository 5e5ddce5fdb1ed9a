// One reading of feed v2's rows from a place on: pages by row offset inside a window of time, put in order.
#pragma once

#include "actors/feed/feed_cursor_base.hpp"
#include "actors/feed/feed_timestamp.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

/// A row of the feed. Sequence 0: malformed, and unknown.
struct TimedRow {
  FeedRow row;
  std::optional<FeedTime> time;
};

/// Pages of one pass. Sends nothing itself: the cursor asks which page to send, and feeds the answers in.
class FeedPass {
public:
  /// Window of time, start inclusive, end exclusive; without start, rows are counted from the feed's first.
  FeedPass(std::optional<FeedTime> start, std::optional<FeedTime> end, std::int64_t offset);

  struct Page {
    std::int64_t offset = 0;
    int limit = 1;
    bool is_rest = false;      ///< what a page before it lacked
    bool with_metadata = true; ///< false: of a malformed row, only its Sequence is wanted
    std::string malformed;
    enum class State { Wanted, Sent, Read } state = State::Wanted;
    std::uint64_t id = 0;
    std::vector<TimedRow> rows;
  };

  const std::deque<Page>& pages() const { return pages_; }
  /// A page whose request is to be sent (again), or nullptr.
  Page* wanted();
  /// Adds the next page.
  Page& add(int limit);
  io::change_feed::PageQuery query(const Page& page) const;
  /// The page whose answer this is, or nullptr.
  Page* find(std::uint64_t id);
  void on_page(Page& page, std::vector<mapping::PageRow> rows);
  /// Replaces a page by its single rows; of a single row, asks for its Sequence alone; else makes it an unknown row.
  void on_malformed(Page& page, const std::string& error);

  /// The rows of the pages that are read up to here, in order. What a page lacks is put behind it as a page of its own;
  /// where a page is empty the rows end: the rest is dropped, and ended() is set.
  std::vector<TimedRow> take();
  /// The next page is what the one before it lacked: most often there is nothing there.
  bool is_at_rest() const { return !pages_.empty() && pages_.front().is_rest; }
  bool ended() const { return ended_; }
  void end();

  /// Whether that many rows were requested in this window of time.
  bool is_window_full(std::int64_t rows) const { return next_ - base_ >= rows; }
  /// Begins a window at the last row's time, if that is later than this one's start. Only without pages under way.
  void begin_window();

  std::int64_t requested() const { return requested_; }    ///< rows, in all windows
  std::optional<FeedTime> start() const { return start_; } ///< of the current window
  std::int64_t rows_end() const { return next_; }          ///< the offset after the last row taken or requested

private:
  std::optional<FeedTime> start_, end_, newest_;
  std::int64_t base_, next_, requested_ = 0;
  std::deque<Page> pages_;
  bool ended_ = false;
};

} // namespace dicomcast::actors
