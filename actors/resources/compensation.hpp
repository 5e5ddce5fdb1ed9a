// Taking back what a transaction of ours tied to another's resource (contract section 4).
//
// A loose service answers our create of a Patient or an Endpoint with another's, whose identifier differs in case, if
// that came in after our search; what the transaction wrote refers to it then. The entry is searched anew, only others
// are found, and it is to be recorded as failed. Before that its study, if this instance is in it, and its report's
// Observations are looked at: what refers to one of those others is taken back.
//
// Invariant: what stands decides, so that it holds across a kill. What this run remembers (Slot::former) only tells how
// the study stood before, so that it can be put back to the letter instead of being reckoned.
#pragma once

#include "actors/resources/resource_cache.hpp"
#include "actors/resources/transaction.hpp"

namespace dicomcast::actors {

/// Whether the entry, for which the service finds only others, has something to take back.
bool needs_compensation(const Claim& claim);

/// The transaction that takes it back, and no entry in it. `beside`: the claims that were asked for with it, whose
/// reports' Observations of the same study go as well, as the study may go.
Transaction make_compensation(Claim& claim, const std::vector<Claim*>& beside, ResourceCache& cache);

} // namespace dicomcast::actors
