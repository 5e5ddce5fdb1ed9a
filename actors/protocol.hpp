// Every typed interface of the actor graph, in one place. The messages are the steps of the order of commits
// (commit/steps.hpp); they are immutable and never leave the process. The way of an entry:
//
//   poller --Entries--> sequencer --Resolve--> fetcher --Resolved--> sequencer      many entries at once
//          sequencer --Prepare--> fetcher --Prepared--> sequencer                    the head of the window only
//          sequencer --Commit--> committer --CommitResult--> sequencer               one at a time
//          sequencer --PrepareAhead--> fetcher                                       while that is under way
//          sequencer --Settle--> fetcher, --Record--> recorder                       after the answer
#pragma once

#include "actors/commit/steps.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

/// The feed's latest sequence, as just learnt: for progress and lag.
struct FeedLatest {
  std::int64_t sequence = 0;
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
/// Sent by: sequencer, one at a time. Answers with a Recorded when it is written.
using RecorderActor = caf::typed_actor<caf::reacts_to<Record>>;
/// Sent by: any actor (Fatal, Notice), poller (FeedLatest), sequencer (Finished), main (Drain).
using SupervisorActor = caf::typed_actor<caf::reacts_to<Fatal>, caf::reacts_to<Notice>, caf::reacts_to<FeedLatest>,
                                         caf::reacts_to<Finished>, caf::reacts_to<Drain>>;

} // namespace dicomcast::actors

#define DICOMCAST_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::type)
DICOMCAST_MESSAGE(Start)
DICOMCAST_MESSAGE(Wake)
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
