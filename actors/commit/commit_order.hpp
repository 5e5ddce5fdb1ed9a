// The order of commits, as a machine that can be seen: an event goes in, actions come out. The window of entries in
// flight, groups, retries, splitting, what is recorded. No CAF, no clock: the time is an argument. One thread at a
// time.
//
//   Idle ──Prepare──▶ Preparing ──Prepared──▶ AwaitingRecord ──Recorded──▶ Committing ──CommitResult──▶ Idle
//     ▲                  │ unresolved, or nothing to send    (a delete of its studies)      │
//     │◀─────────────────┘                                                                 │ failed
//     │◀── a conflict: merge anew, at once the first time ◀── AwaitingMerge ◀──────────────┤
//     │◀── refused: halve the group, down to one entry, which is recorded ◀────────────────┤
//     │                             transient: the same bytes again ◀── AwaitingResend ◀───┘
//
// Invariants:
// - At most one transaction is under way, and it starts when every entry before its first one is done.
// - An entry is done once: committed, found unchanged, skipped, or recorded in a table of failed entries.
// - The checkpoint stays below every entry that is known and not done, late ones too, and never goes back.
// - Every attempt makes progress: it ends an entry, makes the group smaller, or uses up a bounded number of retries.
// - What an entry's attempts may have tied to another's resource is taken back before the entry is recorded, and before
//   a drain ends.
#pragma once

#include "actors/commit/attempt.hpp"
#include "actors/commit/done_instances.hpp"
#include "actors/commit/group_size.hpp"
#include "actors/commit/head_clock.hpp"
#include "actors/commit/outage.hpp"
#include "actors/commit/record_queue.hpp"
#include "actors/commit/steps.hpp"
#include "actors/commit/window.hpp"

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace dicomcast::actors {

struct CommitOptions {
  bool grouped = false;
  bool is_daemon = false;
  bool pause_on_exhausted = false;
  bool move_checkpoint = true;
  std::size_t look_ahead = 1000, group_max_entries = 100;
  milliseconds patient_max_age{10'000}; ///< Engine:PatientMaxAge
  io::RetryLimits retry;
  /// errors replay: the rows that an entry, once done, makes done, by Sequence. A `delete` among these entries whose
  /// state is not `deleted` any more is passed over.
  std::map<std::int64_t, std::vector<io::ExceptionRow>> replay;
};

class CommitOrder {
public:
  CommitOrder(CommitOptions options, std::shared_ptr<Progress> progress);

  /// What is to be done now that this has happened.
  std::vector<Action> on(const Event& event, Clock::time_point now);

private:
  struct Idle {};
  struct Preparing {};
  struct AwaitingRecord {
    GroupPtr group;
  };
  struct Committing {
    GroupPtr group;
    bool looked_ahead = false; ///< the group after it has been asked for
  };
  struct AwaitingResend { ///< the same bytes go again
    GroupPtr group;
    std::uint64_t wake = 0;
  };
  struct AwaitingMerge { ///< the head is merged anew
    std::uint64_t wake = 0;
  };
  struct Ended {};
  using State = std::variant<Idle, Preparing, AwaitingRecord, Committing, AwaitingResend, AwaitingMerge, Ended>;
  enum class Phase { Feeding, FeedEnded, Draining };

  void handle(const Start&);
  void handle(const Entries& message);
  void handle(const FeedEnd&);
  void handle(const Resolved& message);
  void handle(const FetchFailed& message);
  void handle(const Prepared& message);
  void handle(const CommitResult& message);
  void handle(const Recorded& message);
  void handle(const Wake& message);
  void handle(const Drain&);

  // What comes next: commit_order.cpp.
  bool step();
  void take_in_late();
  void pass_idle_entries();
  bool comes_too_late(const mapping::MappedEntry& entry) const;
  void prepare_head();
  void look_ahead();
  void send(GroupPtr group);
  void send_if_fresh(const GroupPtr& group);
  void done(const GroupPtr& group);
  void pop(std::size_t entries, std::vector<io::ExceptionRow> rows, const std::vector<EntryResult>& results);
  void count(const mapping::MappedEntry& entry, EntryResult result);
  std::int64_t low_water() const;
  void end();
  void record();

  // What follows a failure: commit_failures.cpp.
  bool watch_head();
  void failed(const GroupPtr& group, const io::Error& error);
  void transient(const GroupPtr& group, const io::Error& error);
  void conflict(const GroupPtr& group, const io::Error& error, bool was_applied);
  void refused(const GroupPtr& group, const io::Error& error);
  bool try_smaller(const GroupPtr& group, const io::Error& error);
  void exhausted(const GroupPtr& group, const io::Error& error);
  void search_exhausted(const io::Error& error);
  void locked_out(Outage::Of what, const io::Error& error);
  void give_up(const GroupPtr& group, io::ExceptionTable table, const io::Error& error);
  void give_up_head(io::ExceptionTable table, const io::Error& error);
  void settle_failure();
  void retry_row(const mapping::MappedEntry& entry, const io::Error& error, int retry);
  void resend_after(const GroupPtr& group, milliseconds delay);
  void merge_after(milliseconds delay);
  void stop(std::string message);
  void say(std::optional<std::string> message);
  void answered(Outage::Of what);
  std::uint64_t wake_after(milliseconds delay, Timer timer);
  bool is_draining() const { return phase_ == Phase::Draining; }

  CommitOptions options_;
  std::shared_ptr<Progress> progress_;
  Clock::time_point now_{};     ///< of the event that is handled
  std::vector<Action> actions_; ///< so far, of that event
  RunTotals totals_;
  Window window_;
  State state_;
  Phase phase_ = Phase::Feeding;
  Attempt attempt_; ///< of the head of the window
  GroupSize size_;
  RecordQueue records_;
  HeadClock head_clock_;
  Outage outage_;
  DoneInstances done_instances_;
  bool put_only_ = false; ///< the service has refused a patch
  std::uint64_t wakes_ = 0;
};

} // namespace dicomcast::actors
