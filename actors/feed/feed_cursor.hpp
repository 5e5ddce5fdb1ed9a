// Where we are in the change feed: which requests to make next, and what their answers mean. No HTTP, no clock, no
// threads: a class driven by calls, that the feed reader drives.
//
//   loop: requests = cursor.next(credit)           -- send each, side by side
//         an answer: on_latest | on_page | on_malformed | on_failure
//         hand on take_late() at once, and take(credit) in order; on_done(s) as the sequencer gets on
//         caught_up()? wait PollInterval. Every PollInterval, caught up or not: poll()
//
// Invariants, of both versions of the feed:
// - take() is strictly ascending by Sequence and, with take_late(), gives each Sequence once.
// - Nothing that the feed showed is passed over: a Sequence is passed only when its place in the feed was read and was
//   empty. Pages are read ahead only up to the latest Sequence as known.
// - Sequences that were passed are remembered as gaps. At each poll() those above on_done() are looked at again, and in
//   v1 those passed since the last look, done or not: a transaction of the DICOM service that ended late may have
//   filled them. take_late() gives what is found there, as soon as it is read.
// - A malformed entry stops the order at its own place: nothing behind it is handed on unless it may be skipped.
// - Sequences go up to 2^63 - 1: nothing is reckoned beyond a Sequence that is known to be there.
// - Memory: at most `credit` entries, `hold_rows` (v2) held back, and a bounded number of gaps.
//
// v1 (`offset` and `limit` bound the Sequence): spans (o, o + n] of Sequences, several at once, put in order.
//
// v2 (rows in order of Timestamp, then Sequence; `offset` counts rows):
// - The start, for a checkpoint C: a binary search over row offsets for a row where Sequences pass C, then back, page
//   by page, until hold_rows rows hold nothing above C; without metadata, about 20 + 10 small requests. So an entry
//   counts as displaced by hold_rows rows at most when a run begins.
// - A pass reads pages by row offset, and begins a new time window at the last row's Timestamp every rebase_rows rows,
//   so that offsets stay small and rows that come in earlier only make rows appear twice, which is noticed. A page that
//   is shorter than asked for may be as long as the service's pages get: what it lacks is asked for. The rows end where
//   a page is empty, or where nothing is missing up to the latest Sequence.
// - What follows on the last one handed on goes at once. What stands above a gap is held until hold_rows are held, or
//   all rows are read and, unless the pass began that early anyway, the last safety_lag before the pass was read again.
// - What turns up below what was handed on is late, whatever displaced it.
#pragma once

#include "conf/config.hpp"
#include "mapping/feed/entry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

using mapping::EntryPtr;

struct FeedRequest {
  enum class Kind { Latest, Page } kind = Kind::Page;
  std::uint64_t id = 0;
  std::string path;          ///< after the DICOM service's root: `v1/changefeed?...`
  bool with_metadata = true; ///< false: no entry of its answer is to be mapped
};

struct FeedCursorConfig {
  conf::ApiVersion version = conf::ApiVersion::V1;
  /// Entries a page. The caller keeps it well below its window, so that a page fits beside what is under way.
  int page_size = 100;
  int parallel_pages = 4;
  std::int64_t start_after = 0;     ///< the checkpoint, or `--from` less 1: entries up to it, inclusive, are not given
  std::optional<std::int64_t> last; ///< entries above it are not given
  bool stop_at_latest = false;      ///< `last` becomes the latest Sequence of the first answer, if that is smaller
  bool skip_malformed = false;      ///< IgnoreJsonParsingErrors
  std::chrono::seconds safety_lag{300};
  std::size_t hold_rows = 2'000;
  std::int64_t rebase_rows = 10'000;
};

/// An entry that is no JSON, even read alone.
struct MalformedEntry {
  std::int64_t sequence = 0; ///< 0: unknown (v2, where even its row without metadata is no JSON)
  std::string message;       ///< which entry, and what is wrong with it; no patient's data
};

/// One thread. Second answers, and answers to requests that are no longer awaited, do no harm. Of the latter nothing is
/// lost that would be late.
class FeedCursor {
public:
  virtual ~FeedCursor() = default;

  /// The requests to send now. `credit`: how many entries the caller can take, those included that wait in take().
  virtual std::vector<FeedRequest> next(std::size_t credit) = 0;

  /// The newest entry's Sequence, or that there is none.
  virtual void on_latest(std::uint64_t id, std::optional<std::int64_t> sequence) = 0;
  /// The rows of a page in its order; those that wants() says no of need no entry.
  virtual void on_page(std::uint64_t id, std::vector<mapping::PageRow> rows) = 0;
  /// Whether an entry of that Sequence would be handed on. Once false, it stays so.
  virtual bool wants(std::int64_t sequence) const = 0;
  /// A page that is not JSON: it is read again one entry at a time. A `latest` that is not JSON is a failure.
  virtual void on_malformed(std::uint64_t id, const std::string& error) = 0;
  /// No answer: next() gives the request again, so the caller waits before it calls that.
  virtual void on_failure(std::uint64_t id) = 0;

  /// Everything up to `sequence`, inclusive, is done: gaps below are not looked at again.
  virtual void on_done(std::int64_t sequence) = 0;
  /// Look for what is new: the latest Sequence, and late entries in gaps.
  virtual void poll() = 0;

  /// The next entries in order, at most `max`. A malformed entry that is skipped, and whose Sequence is known, is among
  /// them, as Effect::Skip without UIDs.
  virtual std::vector<EntryPtr> take(std::size_t max) = 0;
  /// Entries below the last one of take(), ascending: to be handed on at once, whatever the credit, since nothing above
  /// them may be taken for done. One of them may be below on_done().
  virtual std::vector<EntryPtr> take_late() = 0;
  /// Malformed entries that were skipped since the last call: to be logged.
  virtual std::vector<MalformedEntry> take_skipped() = 0;
  /// Of a list: Sequences that the feed does not have, since the last call.
  virtual std::vector<std::int64_t> take_missing() { return {}; }

  /// Everything up to the latest Sequence as of the last poll, or up to `last`, was read and taken. Before the first
  /// answer of `latest`: false.
  virtual bool caught_up() const = 0;
  /// With `stop_at_latest`: caught up, but the entry that was the latest at the start has not been seen, nor anything
  /// above it. A later poll() may find it.
  virtual bool lacks_latest() const = 0;
  /// The greatest Sequence of the feed as known; nothing: not known yet, or an empty feed.
  virtual std::optional<std::int64_t> latest() const = 0;
  /// A malformed entry that may not be skipped and stands next, all before it being taken; else nullptr. There the feed
  /// ends: take() gives no more, and no entry with a greater Sequence may be committed.
  virtual const MalformedEntry* malformed() const = 0;
};

std::unique_ptr<FeedCursor> make_feed_cursor(FeedCursorConfig config);

/// Reads the entries of these Sequences alone (errors replay), in order, as the feed gives them now; `start_after`,
/// `last` and `stop_at_latest` do not count. Neighbours in the list that a page spans, or in v2 a search would cost
/// more than, are read in one go.
std::unique_ptr<FeedCursor> make_replay_cursor(FeedCursorConfig config, std::vector<std::int64_t> sequences);

} // namespace dicomcast::actors
