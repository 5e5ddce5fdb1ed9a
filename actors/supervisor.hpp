// The supervisor: spawns the actors of a run, watches them, drains them, and tells how the run ended.
//
//   start   -> spawn the graph, give the sequencer its addresses
//   Drain   -> on to the poller and the sequencer; what has not ended when the grace is over is left
//   Fatal   -> keep the first reason; drain, unless the end is on its way or nothing more can be recorded
//   Finished, or an actor that threw -> the outcome, once; every actor ends
//
// Owned by run_pipeline. Must never hold rules of the business.
#pragma once

#include "actors/fetcher.hpp"
#include "actors/pipeline.hpp"
#include "actors/poller.hpp"
#include "actors/sequencer.hpp"

#include <caf/actor_system.hpp>

namespace dicomcast::actors {

/// All that a run's actors are made of.
struct GraphConfig {
  SequencerConfig sequencer;
  PollerConfig poller;
  FetcherConfig fetcher;
  std::shared_ptr<io::Service> fhir; ///< the committer's
  std::shared_ptr<io::StateStore> store;
  std::shared_ptr<Progress> progress;
  bool recorder_has_thread = true; ///< the store blocks; a test in virtual time says false
};

/// `seed`: of the urn:uuid of new resources.
GraphConfig graph_config(const PipelineConfig& pipeline, Services services, std::shared_ptr<io::StateStore> store,
                         std::shared_ptr<Progress> progress, std::uint64_t seed);

/// Runs until the feed's bound or a Drain. `on_end` is called once, on the supervisor's thread.
SupervisorActor spawn_supervisor(caf::actor_system& system, GraphConfig config, std::function<void(RunOutcome)> on_end);

} // namespace dicomcast::actors
