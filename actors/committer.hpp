// The committer: the one narrow door. Sends one transaction, once, and says what came of it.
// Must never start a second one while the first is under way, nor one while the state store is in doubt: then it waits
// until the store is surely ours again, or the run ends.
#pragma once

#include "actors/protocol.hpp"
#include "io/service.hpp"
#include "io/state/state_store.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

CommitterActor spawn_committer(caf::actor_system& system, std::shared_ptr<io::Service> fhir,
                               std::shared_ptr<const io::StateStore> store, SequencerActor sequencer);

} // namespace dicomcast::actors
