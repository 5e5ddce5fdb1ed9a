// The sequencer: CommitOrder as an actor.
//
//   a message -> an event of the order of commits; its actions -> a message each, to the actor that does it
//   WakeAfter -> a Wake to itself when the delay is over
//
// Owned by the supervisor. Must never decide anything itself.
#pragma once

#include "actors/commit/commit_order.hpp"
#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

/// The other actors, which need the sequencer to be spawned. Sent once, before anything else.
struct Wire {
  PollerActor poller;
  FetcherActor fetcher;
  CommitterActor committer;
  RecorderActor recorder;
};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::Wire)

namespace dicomcast::actors {

using WiredSequencer = SequencerActor::extend<caf::reacts_to<Wire>>;

struct SequencerConfig {
  CommitOptions commit;
  std::shared_ptr<Progress> progress;
};

WiredSequencer spawn_sequencer(caf::actor_system& system, SequencerConfig config, SupervisorActor supervisor);

} // namespace dicomcast::actors
