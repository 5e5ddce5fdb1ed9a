// The reading of the change feed from its start to its end: what is asked of the service, what is handed on, when to
// poll, and what there is to tell. No CAF, no clock: driven by calls that return what to do, and adapted by the poller.
//
//   on_demand  -> more credit; the requests that the cursor asks for
//   on_answer  -> the cursor; entries to hand on; a failure is waited out, or ends a backfill (FeedOutage)
//   on_poll    -> what is new, and what came late: every PollInterval, also while behind; at once after a poll that
//                 found something
//   at the bound (backfill, replay): one last look, a few more where the latest entry has not been seen, then the end
//   a malformed entry that may not be skipped: the end, behind what stands before it
//
// Late entries are handed on as soon as they are read, whatever the credit, and as the feed gives them.
#pragma once

#include "actors/feed/feed_cursor.hpp"
#include "actors/feed/feed_outage.hpp"
#include "io/service.hpp"

#include <utility>

namespace dicomcast::actors {

struct FeedReaderConfig {
  FeedCursorConfig feed;            ///< its page_size becomes smaller where the window, the first demand, is small
  std::vector<std::int64_t> replay; ///< only these Sequences, if any
  std::int64_t checkpoint = 0;      ///< a feed whose latest Sequence is below it has begun anew
  mapping::Options options;
  io::RetryLimits retry;
  milliseconds poll_interval{60'000}, poll_interval_during_catchup{0};
  bool is_daemon = false;
};

/// What the caller has to do, in the order of the members.
struct FeedStep {
  std::vector<std::string> warnings;  ///< for the log
  std::vector<std::string> notices;   ///< to be said: an outage, its end, a feed that has begun anew
  std::optional<std::int64_t> latest; ///< the feed's greatest Sequence, as just learnt
  std::vector<EntryPtr> entries;      ///< to hand on
  std::size_t passed_over = 0;        ///< malformed entries of unknown Sequence that were skipped
  std::vector<FeedRequest> requests;  ///< to send, side by side
  struct Poll {
    milliseconds in{0};
    std::uint64_t token = 0; ///< for on_poll: the last one that was given counts
  };
  std::optional<Poll> poll;
  std::optional<milliseconds> ask_again_in; ///< call on_ask_again then
  struct End {
    std::string fatal;                  ///< why the run cannot go on; empty: the feed has been read to its bound
    bool is_behind_all = true;          ///< what was handed on may still be done
    std::optional<std::int64_t> latest; ///< the feed's greatest Sequence; none: an empty feed
  };
  std::optional<End> end; ///< after it every step is empty
};

/// One thread at a time.
class FeedReader {
public:
  explicit FeedReader(FeedReaderConfig config);

  /// The first demand is the whole window: a page is to fit in beside what is under way.
  FeedStep on_demand(std::size_t entries);
  FeedStep on_answer(const FeedRequest& request, const io::ServiceResult& result, Clock::time_point now);
  FeedStep on_poll(std::uint64_t token);
  FeedStep on_ask_again();
  /// Everything up to `sequence` is done.
  void on_done(std::int64_t sequence);
  void on_drain() { is_ended_ = true; }

private:
  void pump();
  void hand_on();
  void at_the_end();
  void end(FeedStep::End end);
  void poll_in(milliseconds delay);
  void ask_again_in(milliseconds delay);
  std::optional<io::Error> take_in(const FeedRequest& request, const io::ServiceResult& result);
  void tell_if_begun_anew(std::optional<std::int64_t> latest);
  FeedStep take_step() { return std::exchange(step_, {}); }

  FeedReaderConfig config_;
  FeedOutage outage_;
  std::unique_ptr<FeedCursor> cursor_; ///< from the first demand on
  FeedStep step_;
  std::size_t credit_ = 0;
  std::optional<std::int64_t> told_latest_, caught_up_at_;
  std::uint64_t poll_token_ = 0;
  int looks_at_end_ = 0;
  bool is_ended_ = false, is_anew_told_ = false;
};

} // namespace dicomcast::actors
