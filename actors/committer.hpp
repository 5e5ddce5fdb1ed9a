// The committer: the one narrow door. Sends one transaction, once, and says what came of it.
// Must never start a second one while the first is under way.
#pragma once

#include "actors/protocol.hpp"
#include "io/service.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

CommitterActor spawn_committer(caf::actor_system& system, std::shared_ptr<io::Service> fhir, SequencerActor sequencer);

} // namespace dicomcast::actors
