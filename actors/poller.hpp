// The poller: FeedCursor as an actor. Reads pages of the change feed ahead, side by side, and hands entries on in order,
// as many as the window has room for.
//
//   Demand  -> more credit; send what the cursor asks for
//   answer  -> cursor; Entries to the sequencer; FeedEnd at the bound
//   failure -> wait, ask again; too long: Fatal (backfill), or said once (daemon)
//   caught up (daemon): every PollInterval the cursor looks again
//
// Owned by the supervisor. Must never skip a Sequence that the feed could still deliver.
#pragma once

#include "actors/feed_cursor.hpp"
#include "actors/protocol.hpp"
#include "actors/retry_schedule.hpp"
#include "io/service.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

struct PollerConfig {
  FeedCursorConfig feed;
  std::vector<std::int64_t> replay; ///< only these Sequences, if any
  mapping::Options options;
  std::shared_ptr<io::Service> dicom;
  RetryLimits retry;
  milliseconds poll_interval{60'000}, poll_interval_during_catchup{0};
  bool is_daemon = false;
};

PollerActor spawn_poller(caf::actor_system& system, PollerConfig config, SequencerActor sequencer, SupervisorActor supervisor);

} // namespace dicomcast::actors
