// Every message and every typed interface of the actor graph, in one place. Messages are immutable and never leave the
// process. The way of an entry:
//
//   poller --Entries--> sequencer --Resolve--> fetcher --Resolved--> sequencer      many entries at once
//          sequencer --Prepare--> fetcher --Prepared--> sequencer                    the head of the window only
//          sequencer --Commit--> committer --CommitResult--> sequencer               one at a time
//          sequencer --PrepareAhead--> fetcher                                       while that is under way
//          sequencer --Settle--> fetcher, --Record--> recorder                       after the answer
#pragma once

#include "actors/resources/prepared.hpp"
#include "io/error.hpp"
#include "io/state/state_store.hpp"
#include "mapping/feed/entry.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

/// The window can take that many more entries.
struct Demand {
  std::size_t entries = 0;
};
/// Entries in ascending order of Sequence, after all that were sent before.
struct Entries {
  std::vector<EntryPtr> entries;
  std::vector<std::int64_t> passed_over; ///< malformed ones that IgnoreJsonParsingErrors skips, sequences where known
};
/// The feed has been read to its bound: nothing more comes (backfill, replay).
struct FeedEnd {
  std::optional<std::int64_t> latest; ///< the feed's greatest Sequence as of the start; none: an empty feed
};
/// Everything up to this sequence is done.
struct Synced {
  std::int64_t sequence = 0;
};
/// The feed's latest sequence, as just learnt: for progress and lag.
struct FeedLatest {
  std::int64_t sequence = 0;
};

/// Find the resources that these entries need.
struct Resolve {
  std::vector<EntryPtr> entries;
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
/// Merge these entries onto the resources, as far as they fit into one transaction. See PrepareRequest.
struct Prepare {
  PrepareRequest request;
};
/// Merge these entries, the next ones, while the prepared group before them is under way. No answer: the Prepare that
/// asks for them is answered the sooner. What became of the group under way, and what cannot be merged yet, is looked
/// after.
struct PrepareAhead {
  PrepareRequest request;
};
struct Prepared {
  std::shared_ptr<const PreparedGroup> group; ///< null: `unresolved` must be resolved anew first
  std::vector<std::int64_t> unresolved;
};
/// Send it once.
struct Commit {
  std::shared_ptr<const PreparedGroup> group;
};
struct CommitResult {
  std::vector<io::fhir::Written> written; ///< one a write; empty with an error
  std::optional<io::Error> error;
  std::int64_t microseconds = 0; ///< from sending to the answer
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
/// Rows, and a checkpoint to move to (never back): of one or of several records of the commit order.
struct Record {
  std::optional<std::int64_t> synced_sequence;
  std::vector<io::ExceptionRow> rows;
  std::vector<io::ExceptionRow> replayed; ///< rows that these rows' entries make done
  std::uint64_t records = 0;
};
/// The checkpoint as it stands in the store now.
struct Recorded {
  std::uint64_t records = 0; ///< how many have been written since the start
};

/// The run cannot go on: exit code 4.
struct Fatal {
  std::string message;
  bool at_once = false; ///< nothing more can be recorded: do not wait for the drain
  bool at_end = false;  ///< what is in the window may still be done: a FeedEnd is on its way to the sequencer
};
/// Something to say once, or the end of it: an outage, a refused token.
struct Notice {
  std::string message;
};
/// Start no new commit, let the one under way end, persist, report.
struct Drain {};
/// The run is over.
struct Finished {
  RunTotals totals;
};

/// Sent by: sequencer (Demand, Synced), supervisor (Drain).
using PollerActor = caf::typed_actor<caf::reacts_to<Demand>, caf::reacts_to<Synced>, caf::reacts_to<Drain>>;
/// Sent by: poller (Entries, FeedEnd), fetcher (Resolved, FetchFailed, Prepared), committer (CommitResult), recorder
/// (Recorded), supervisor (Drain).
using SequencerActor = caf::typed_actor<caf::reacts_to<Entries>, caf::reacts_to<FeedEnd>, caf::reacts_to<Resolved>,
                                        caf::reacts_to<FetchFailed>, caf::reacts_to<Prepared>,
                                        caf::reacts_to<CommitResult>, caf::reacts_to<Recorded>, caf::reacts_to<Drain>>;
/// Sent by: sequencer. Answers Resolve with any number of Resolved, Prepare with one Prepared.
using FetcherActor = caf::typed_actor<caf::reacts_to<Resolve>, caf::reacts_to<Prepare>, caf::reacts_to<PrepareAhead>,
                                      caf::reacts_to<Settle>, caf::reacts_to<Release>>;
/// Sent by: sequencer, one at a time. Answers with one CommitResult.
using CommitterActor = caf::typed_actor<caf::reacts_to<Commit>>;
/// Sent by: sequencer. Answers with a Recorded when it is written; several Records may be written in one.
using RecorderActor = caf::typed_actor<caf::reacts_to<Record>>;
/// Sent by: any actor (Fatal, Notice), poller (FeedLatest), sequencer (Finished), main (Drain).
using SupervisorActor = caf::typed_actor<caf::reacts_to<Fatal>, caf::reacts_to<Notice>, caf::reacts_to<FeedLatest>,
                                         caf::reacts_to<Finished>, caf::reacts_to<Drain>>;

} // namespace dicomcast::actors

#define DICOMCAST_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::type)
DICOMCAST_MESSAGE(Demand)
DICOMCAST_MESSAGE(Entries)
DICOMCAST_MESSAGE(FeedEnd)
DICOMCAST_MESSAGE(Synced)
DICOMCAST_MESSAGE(FeedLatest)
DICOMCAST_MESSAGE(Resolve)
DICOMCAST_MESSAGE(Resolved)
DICOMCAST_MESSAGE(FetchFailed)
DICOMCAST_MESSAGE(Prepare)
DICOMCAST_MESSAGE(PrepareAhead)
DICOMCAST_MESSAGE(Prepared)
DICOMCAST_MESSAGE(Commit)
DICOMCAST_MESSAGE(CommitResult)
DICOMCAST_MESSAGE(Settle)
DICOMCAST_MESSAGE(Release)
DICOMCAST_MESSAGE(Record)
DICOMCAST_MESSAGE(Recorded)
DICOMCAST_MESSAGE(Fatal)
DICOMCAST_MESSAGE(Notice)
DICOMCAST_MESSAGE(Drain)
DICOMCAST_MESSAGE(Finished)
#undef DICOMCAST_MESSAGE
