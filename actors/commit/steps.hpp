// What goes into the order of commits and what comes out of it: events and actions. They are the messages between the
// sequencer and the other actors too. Small, immutable, and never leaving the process.
#pragma once

#include "actors/commit/progress.hpp"
#include "actors/resources/prepared.hpp"
#include "io/error.hpp"
#include "io/retry_schedule.hpp"
#include "io/state/state_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;
using GroupPtr = std::shared_ptr<const PreparedGroup>;

// Events.

/// The run begins: the other actors can be reached.
struct Start {};
/// Entries in ascending order of Sequence, after all that were sent before; late ones may stand below those.
struct Entries {
  std::vector<EntryPtr> entries;
  std::vector<std::int64_t> passed_over; ///< malformed ones that IgnoreJsonParsingErrors skips, sequences where known
};
/// The feed has been read to its bound: nothing more comes (backfill, replay).
struct FeedEnd {
  std::optional<std::int64_t> latest; ///< the feed's greatest Sequence as of the start; none: an empty feed
};
/// All that these entries need has been found, or found out to be wrong (which Prepare will tell).
struct Resolved {
  std::vector<std::int64_t> sequences;
  bool was_asked = false; ///< the FHIR service has answered; false: all was here already
};
/// A search for what this entry needs has failed, and is tried again.
struct FetchFailed {
  std::int64_t sequence = 0; ///< the first entry that waits for it
  io::Error error;
  int retry = 0; ///< which retry comes next, from 1
};
/// The answer to Prepare.
struct Prepared {
  GroupPtr group;                       ///< null: `unresolved` must be resolved anew first
  std::vector<std::int64_t> unresolved; ///< they will be Resolved
};
/// The answer to Commit.
struct CommitResult {
  std::vector<io::fhir::Written> written; ///< one a write; empty with an error
  std::optional<io::Error> error;
  std::int64_t microseconds = 0; ///< from sending to the answer
};
/// The answer to Record.
struct Recorded {
  std::uint64_t records = 0; ///< how many have been written since the start
};
enum class Timer { Retry, Head, Record };
/// The answer to WakeAfter.
struct Wake {
  Timer timer = Timer::Retry;
  std::uint64_t number = 0; ///< which WakeAfter it answers
};
/// Start no new commit, let the one under way end, persist, report.
struct Drain {};

using Event =
    std::variant<Start, Entries, FeedEnd, Resolved, FetchFailed, Prepared, CommitResult, Recorded, Wake, Drain>;

// Actions.

/// The window can take that many more entries.
struct Demand {
  std::size_t entries = 0;
};
/// Find the resources that these entries need.
struct Resolve {
  std::vector<EntryPtr> entries;
};
/// Merge these entries onto the resources, as far as they fit into one transaction.
struct Prepare {
  PrepareRequest request;
};
/// Merge these entries, the next ones, while the prepared group before them is under way. No answer: the Prepare that
/// asks for them is answered the sooner. What became of the group under way, and what cannot be merged yet, is looked
/// after.
struct PrepareAhead {
  PrepareRequest request;
};
/// Send it once.
struct Commit {
  GroupPtr group;
};
/// What became of the last prepared group: its resources are taken over, or thrown out and searched anew when needed.
struct Settle {
  std::vector<io::fhir::Written> written; ///< of a success
  bool success = false;
  bool maybe_applied = false; ///< of a failure: something of it may stand in the FHIR service
};
/// These entries are done: what they needed may be let go.
struct Release {
  std::vector<EntryPtr> entries;
};
/// Rows, and a checkpoint to move to (never back): of one or of several records. One at a time is under way.
struct Record {
  std::optional<std::int64_t> synced_sequence;
  std::vector<io::ExceptionRow> rows;
  std::vector<io::ExceptionRow> replayed; ///< rows that these rows' entries make done
  std::uint64_t records = 0;
};
/// Everything up to this sequence is done.
struct Synced {
  std::int64_t sequence = 0;
};
/// Send that Wake when the delay is over.
struct WakeAfter {
  milliseconds delay{0};
  Wake wake;
};
/// Something to say once, or the end of it: an outage, a refused token.
struct Notice {
  std::string message;
};
/// The run cannot go on: exit code 4.
struct Fatal {
  std::string message;
  bool at_once = false; ///< nothing more can be recorded: do not wait for the drain
  bool at_end = false;  ///< what is in the window may still be done: a FeedEnd is on its way to the sequencer
};
/// The run is over.
struct Finished {
  RunTotals totals;
};

using Action = std::variant<Demand, Resolve, Prepare, PrepareAhead, Commit, Settle, Release, Record, Synced, WakeAfter,
                            Notice, Fatal, Finished>;

} // namespace dicomcast::actors
