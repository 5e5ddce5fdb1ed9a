// The fetcher: finds what the entries in flight need, with many searches at once, and merges the head of the window.
//
//   Resolve  -> working set takes the entries in; joined searches are sent while fewer than the limit are under way
//   answer   -> search desk: the next page, a retry (FetchFailed), or Resolved for the entries that have all they need
//   Prepare  -> Prepared;  Settle, Release -> working set
//
// Owned by the supervisor. Routes: what is searched and what follows an answer is decided by resources/search_desk,
// what is merged by resources/working_set. Must never hand out a resource older than the last commit.
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
  CacheLimits limits;
  bool use_patch = false; ///< Engine:UpdateMethod Patch, and the service offers it
  std::uint64_t seed = 0;
};

FetcherActor spawn_fetcher(caf::actor_system& system, FetcherConfig config, SequencerActor sequencer);

} // namespace dicomcast::actors
