// The poller: the feed reader as an actor. It routes messages, requests and timers; what they mean is decided in feed/.
//
//   Demand, Synced, answer, timer -> reader; then as its step says:
//     log lines, FeedLatest and Notice to the supervisor, Entries to the sequencer, requests to the DICOM service,
//     timers, and at the end Fatal to the supervisor and FeedEnd to the sequencer
//
// Owned by the supervisor. Must never skip a Sequence that the feed could still deliver.
#pragma once

#include "actors/feed/feed_reader.hpp"
#include "actors/protocol.hpp"
#include "io/service.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

struct PollerConfig : FeedReaderConfig {
  std::shared_ptr<io::Service> dicom;
};

PollerActor spawn_poller(caf::actor_system& system, PollerConfig config, SequencerActor sequencer,
                         SupervisorActor supervisor);

} // namespace dicomcast::actors
