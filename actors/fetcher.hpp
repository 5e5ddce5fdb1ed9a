// The fetcher: finds what the entries in flight need, with many searches at once, and merges the head of the window.
//
//   Resolve  -> working set takes the entries in; send joined searches while fewer than the limit are under way
//   answer   -> working set; Resolved for the entries that have all they need now
//   failure  -> FetchFailed to the sequencer, wait, send again; a refused joined search is split
//   Prepare  -> Prepared;  Settle, Release -> working set
//
// Owned by the supervisor. Must never hand out a resource older than the last commit. The searches under way at once
// follow the service: one more after each round of answers, half after a 429, a 503 or a time-out, at most
// FetchConcurrency.
#pragma once

#include "actors/protocol.hpp"
#include "actors/resources/working_set.hpp"
#include "io/retry_schedule.hpp"
#include "io/service.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

struct FetcherConfig {
  mapping::Options options;
  std::shared_ptr<io::Service> fhir;
  io::RetryLimits retry;
  std::size_t concurrency = 32; ///< Engine:FetchConcurrency
  bool use_patch = false;       ///< Engine:UpdateMethod Patch, and the service offers it
  std::uint64_t seed = 0;
};

FetcherActor spawn_fetcher(caf::actor_system& system, FetcherConfig config, SequencerActor sequencer);

} // namespace dicomcast::actors
