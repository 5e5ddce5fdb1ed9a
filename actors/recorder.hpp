// The recorder: the state store, in a thread of its own. Whatever has queued up while it wrote goes into its next
// write.
#pragma once

#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

/// The store is the recorder's alone from here on. A StateStoreError ends the run (Fatal).
RecorderActor spawn_recorder(caf::actor_system& system, std::shared_ptr<io::StateStore> store, SequencerActor sequencer,
                             SupervisorActor supervisor);

} // namespace dicomcast::actors
