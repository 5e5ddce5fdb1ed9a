// The poller: FeedCursor as an actor. Reads pages of the change feed ahead, side by side, and hands entries on in
// order, as many as the window has room for.
//
//   Demand  -> more credit; send what the cursor asks for
//   answer  -> cursor; Entries to the sequencer
//   failure -> wait, ask again; too long: Fatal (backfill), or said once (daemon)
//   every PollInterval, also while behind: the cursor looks for what is new and what came late; at once after a poll
//   that
//              found something
//   at the bound (backfill, replay): one last look, then FeedEnd
//   a malformed entry that may not be skipped: FeedEnd with what stands before it, and Fatal
//
// Owned by the supervisor. Must never skip a Sequence that the feed could still deliver.
#pragma once

#include "actors/feed/feed_cursor.hpp"
#include "actors/protocol.hpp"
#include "io/retry_schedule.hpp"
#include "io/service.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

struct PollerConfig {
  FeedCursorConfig feed;            ///< its page_size becomes smaller where the window, the first Demand, is small
  std::vector<std::int64_t> replay; ///< only these Sequences, if any
  mapping::Options options;
  std::shared_ptr<io::Service> dicom;
  io::RetryLimits retry;
  milliseconds poll_interval{60'000}, poll_interval_during_catchup{0};
  bool is_daemon = false;
};

PollerActor spawn_poller(caf::actor_system& system, PollerConfig config, SequencerActor sequencer,
                         SupervisorActor supervisor);

} // namespace dicomcast::actors
