// The sequencer: CommitOrder as an actor. Turns messages into calls and calls into messages; decides nothing itself.
#pragma once

#include "actors/commit/commit_order.hpp"
#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>

#include <map>

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
  /// errors replay: the rows that an entry, once done, makes done, by Sequence. A `delete` among these entries whose
  /// state is not `deleted` any more is passed over.
  std::map<std::int64_t, std::vector<io::ExceptionRow>> replay;
};

WiredSequencer spawn_sequencer(caf::actor_system& system, SequencerConfig config, SupervisorActor supervisor);

} // namespace dicomcast::actors
