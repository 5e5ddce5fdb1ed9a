// The recorder: the state store, in a thread of its own.
//
//   Record -> write it -> Recorded;  the store cannot be written -> Fatal, and nothing more is written
//
// Owned by the supervisor. Must never move the checkpoint ahead of what is done.
#pragma once

#include "actors/protocol.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

/// The store is the recorder's alone from here on. A StateStoreError ends the run (Fatal).
/// `has_thread`: one of its own, since the store blocks.
RecorderActor spawn_recorder(caf::actor_system& system, std::shared_ptr<io::StateStore> store, SequencerActor sequencer,
                             SupervisorActor supervisor, bool has_thread = true);

} // namespace dicomcast::actors
