// The order of commits, as a plain class: the window of entries in flight, groups, retries, splitting, what is
// recorded. Driven by calls with the time passed in; what it wants done goes to an Outbox. No CAF, one thread at a
// time.
//
//   loop: head of the window resolved? -> prepare the head's run -> commit it, alone -> record, let go, ask for more
//   while it is under way: have the next run merged ahead
//   transient: wait, send the same again        conflict: prepare anew       refused: halve the group, down to one
//   entry
//
// Never: a transaction while another is under way; an entry before one with a smaller Sequence; a checkpoint ahead of
// them.
#pragma once

#include "actors/commit/progress.hpp"
#include "actors/commit/window.hpp"
#include "actors/resources/prepared.hpp"
#include "io/error.hpp"
#include "io/retry_schedule.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

/// What the commit order wants done. Each call returns at once; answers come back as calls of CommitOrder's `on_...`.
class Outbox {
public:
  virtual ~Outbox() = default;
  virtual void demand(std::size_t entries) = 0;
  virtual void resolve(std::vector<EntryPtr> entries) = 0;
  virtual void prepare(PrepareRequest request) = 0;
  virtual void prepare_ahead(PrepareRequest request) = 0; ///< the next ones, while a commit is under way; no answer
  virtual void commit(std::shared_ptr<const PreparedGroup> group) = 0;
  virtual void settle(bool success, std::vector<io::fhir::Written> written, bool maybe_applied) = 0;
  virtual void release(std::vector<EntryPtr> entries) = 0;
  virtual void record(std::optional<std::int64_t> synced_sequence, std::vector<io::ExceptionRow> rows,
                      std::vector<EntryPtr> done) = 0;
  virtual void wake(milliseconds delay, std::uint64_t token) = 0; ///< call on_wake(token) after the delay
  virtual void notice(std::string message) = 0;
  virtual void fatal(std::string message) = 0;
  virtual void finished(RunTotals totals) = 0;
};

struct CommitOptions {
  bool grouped = false;
  bool is_daemon = false;
  bool pause_on_exhausted = false;
  bool move_checkpoint = true;
  std::size_t look_ahead = 1000, group_max_entries = 100;
  io::RetryLimits retry;
};

class CommitOrder {
public:
  CommitOrder(CommitOptions options, Outbox& out, std::shared_ptr<Progress> progress);

  void start();
  /// Ascending and above all before, but for late ones, which go to their place as soon as can be.
  void on_entries(const std::vector<EntryPtr>& entries);
  void on_passed_over(std::size_t entries); ///< malformed ones that are skipped
  void on_feed_end();
  /// `was_asked`: the FHIR service has answered for them.
  void on_resolved(const std::vector<std::int64_t>& sequences, bool was_asked = true);
  void on_fetch_failed(std::int64_t sequence, const io::Error& error, int retry);
  void on_prepared(std::shared_ptr<const PreparedGroup> group, const std::vector<std::int64_t>& unresolved);
  void on_commit_result(const std::vector<io::fhir::Written>& written, const std::optional<io::Error>& error,
                        std::int64_t microseconds, Clock::time_point now);
  void on_recorded(std::uint64_t records);
  void on_wake(std::uint64_t token);
  /// Start no new commit; finish once the one under way is done and recorded.
  void on_drain();

private:
  enum class State { Idle, Preparing, AwaitingRecord, Committing, AwaitingRetry, Finished };
  void try_next();
  void look_ahead();
  PrepareRequest run_from(std::size_t first, bool& is_full) const;
  void send();
  void done();
  void fail(Clock::time_point now, const io::Error& error);
  void conflict(Clock::time_point now, const io::Error& error, bool maybe_applied);
  void refused(const io::Error& error);
  void exhausted(const io::Error& error);
  void retry_after(milliseconds delay, bool prepare_anew);
  void give_up(io::ExceptionTable table, const io::Error& error);
  void split(std::size_t limit);
  void pop(std::size_t entries, std::vector<io::ExceptionRow> rows, const std::vector<EntryResult>& results);
  void record(std::optional<std::int64_t> synced_sequence, std::vector<io::ExceptionRow> rows,
              std::vector<EntryPtr> done);
  void retry_row(const mapping::MappedEntry& entry, const io::Error& error, int retry);
  void watch_head();
  void stop(std::string message);
  bool unauthorised(const io::Error& error);
  void end_outage();
  std::size_t limit(std::int64_t sequence) const;
  std::uint64_t record_to_await() const;

  CommitOptions options_;
  Outbox& out_;
  std::shared_ptr<Progress> progress_;
  RunTotals totals_;
  Window window_;
  State state_ = State::Idle;
  bool feed_ended_ = false, draining_ = false, paused_ = false, refused_token_ = false;
  std::shared_ptr<const PreparedGroup> group_;
  bool looked_ahead_ = false;        ///< the group after group_ has been asked for
  std::optional<std::size_t> piece_; ///< the entry goes in pieces: PrepareRequest::piece
  bool put_only_ = false;            ///< the service has refused a patch
  io::RetrySchedule retry_;
  int conflicts_ = 0, server_errors_ = 0;
  bool maybe_applied_ = false; ///< an attempt of this group was lost on its way back
  std::size_t group_size_;     ///< adapts between 1 and group_max_entries
  std::size_t split_limit_ = 0;
  std::int64_t split_end_ = 0; ///< up to this sequence groups are at most split_limit_
  std::uint64_t token_ = 0;    ///< of the last wake that counts
  bool prepare_anew_ = false;
  std::uint64_t head_token_ = 0;
  std::int64_t head_sequence_ = -1; ///< whose TotalRetryDuration runs, for its searches
  bool head_due_ = false;           ///< it is used up: the next failure is the last
  bool searches_fail_ = false;      ///< of those that were told, the last one failed
  std::uint64_t tokens_ = 0, records_ = 0, recorded_ = 0;
  std::map<std::string, std::uint64_t> deletes_; ///< by study: the record, not yet made, of its last delete
};

} // namespace dicomcast::actors
