// A transaction in the making, under way, or merged ahead: the group that goes out, and what it has in its hands.
#pragma once

#include "actors/resources/prepared.hpp"
#include "actors/resources/slot.hpp"

#include <map>

namespace dicomcast::actors {

/// Its slots are held until WorkingSet has settled or dropped it. What was merged into them stands in no service yet.
struct Transaction {
  std::shared_ptr<PreparedGroup> group; ///< null: there is none
  std::vector<Slot*> written;           ///< one a write; null for an Observation
  std::vector<Slot*> touched;
  std::vector<ResourceKey> lists; ///< to be searched again: by key, as a list may be asked for in the meantime
  /// Studies as they stood, where a create of this transaction may meet another's resource and tie them to it.
  std::map<Slot*, Former> former;
  Claim* in_pieces = nullptr; ///< the one entry's, if it goes in pieces

  explicit operator bool() const { return group != nullptr; }
};

} // namespace dicomcast::actors
