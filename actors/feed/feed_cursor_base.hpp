// What both versions of the feed cursor have in common: latest, what waits to be taken, gaps, malformed entries.
#pragma once

#include "actors/feed/feed_cursor.hpp"
#include "actors/feed/sequence_gaps.hpp"
#include "io/change_feed.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace dicomcast::actors {

/// An entry as read, or what is known of a malformed one; neither: it was not wanted when it was read.
struct FeedRow {
  std::int64_t sequence = 0;
  EntryPtr entry{};
  std::optional<std::string> malformed{}; ///< why
};

class FeedCursorBase : public FeedCursor {
public:
  explicit FeedCursorBase(FeedCursorConfig config);

  std::vector<FeedRequest> next(std::size_t credit) final;
  void on_latest(std::uint64_t id, std::optional<std::int64_t> sequence) final;
  void on_failure(std::uint64_t id) final;
  bool wants(std::int64_t sequence) const override;
  void on_done(std::int64_t sequence) final;
  void poll() final {
    if (latest_state_ == Latest::Known)
      latest_state_ = Latest::Wanted;
  }
  std::vector<EntryPtr> take(std::size_t max) final;
  std::vector<EntryPtr> take_late() final;
  std::vector<MalformedEntry> take_skipped() final { return std::exchange(skipped_, {}); }
  bool caught_up() const final;
  bool lacks_latest() const final { return caught_up() && greatest_row_ < awaited_; }
  std::optional<std::int64_t> latest() const final { return latest_; }
  const MalformedEntry* malformed() const final {
    return malformed_ && ready_.empty() && late_.empty() ? &*malformed_ : nullptr;
  }

protected:
  /// Adds the page requests to send. New entries only as far as `credit` allows; gaps are looked at whatever it is.
  virtual void plan(std::size_t credit, std::vector<FeedRequest>& out) = 0;
  /// A new answer of `latest` is there.
  virtual void latest_known() = 0;
  virtual void page_failed(std::uint64_t id) = 0;
  /// No page is under way or due.
  virtual bool idle() const = 0;

  FeedRequest page_request(const io::change_feed::PageQuery& query);
  /// Entries up to this are wanted as of now.
  std::int64_t bound() const;
  void saw_sequence(std::int64_t sequence) { latest_ = std::max(latest_.value_or(sequence), sequence); }
  /// A row of that Sequence was read, wanted or not.
  void saw_row(std::int64_t sequence) { greatest_row_ = std::max(greatest_row_, sequence); }
  /// The latest entry is not looked for any more: the reading has ended at its bound, or a row that may be it cannot be
  /// told.
  void await_no_more() { awaited_ = 0; }
  /// Hands on the next row in order, and notes the gap before it. False: it may not be handed on, nor anything behind
  /// it.
  bool emit(const FeedRow& row, std::int64_t time = 0);
  /// Passes Sequences up to `sequence` that have no entry.
  void pass(std::int64_t sequence, std::int64_t time = 0);
  /// A row at or below mark(), new if it stands in a gap: late, unless what is above it still waits in take().
  void emit_late(const FeedRow& row);
  /// A malformed entry of unknown Sequence. False: nothing that could come after it may be handed on.
  bool pass_unknown(std::string message);
  /// Everything up to it was handed on or passed.
  std::int64_t mark() const { return mark_; }
  std::int64_t done() const { return done_; }
  const SequenceGaps& gaps() const { return gaps_; }
  const FeedCursorConfig& config() const { return config_; }

private:
  enum class Latest { Wanted, Sent, Known };
  /// The row as an entry to hand on. Null: it may not be skipped, and malformed() is set.
  EntryPtr resolve(const FeedRow& row);

  FeedCursorConfig config_;
  std::uint64_t last_id_ = 0, latest_id_ = 0;
  Latest latest_state_ = Latest::Wanted;
  std::optional<std::int64_t> latest_;
  bool is_bounded_ = false; ///< stop_at_latest has set the bound
  std::int64_t mark_, done_;
  std::int64_t awaited_ = 0;  ///< the latest Sequence as of the start, where it is to be read
  std::int64_t greatest_row_; ///< the greatest Sequence that was read; at first the checkpoint
  std::int64_t taken_ = 0;    ///< the last Sequence of take()
  std::deque<EntryPtr> ready_;
  std::vector<EntryPtr> late_;
  std::vector<MalformedEntry> skipped_;
  SequenceGaps gaps_;
  std::optional<MalformedEntry> malformed_;
};

std::unique_ptr<FeedCursor> make_feed_cursor_v1(FeedCursorConfig config);
std::unique_ptr<FeedCursor> make_feed_cursor_v2(FeedCursorConfig config);

} // namespace dicomcast::actors
