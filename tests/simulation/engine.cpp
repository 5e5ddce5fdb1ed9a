// Spawning, stepping and killing the engine.
#include "tests/simulation/engine.hpp"

#include "actors/supervisor.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <set>

namespace dicomcast::simulation {

namespace {

struct SystemConfig : caf::actor_system_config {
  SystemConfig() { set("scheduler.policy", caf::atom("testing")); }
};

conf::Config config_of(const World& world) {
  conf::Config config;
  config.dicom.endpoint = Network::dicom_root;
  config.dicom_source = "http://dicom/";
  config.fhir.endpoint = Network::fhir_root;
  config.api_version = world.v2 ? conf::ApiVersion::V2 : conf::ApiVersion::V1;
  config.generate_observations = world.reports;
  config.total_retry_duration = world.total_retry;
  config.on_exhausted = world.pause ? conf::OnExhausted::Pause : conf::OnExhausted::Record;
  config.update_method = world.patch ? conf::UpdateMethod::Patch : conf::UpdateMethod::Put;
  config.look_ahead = world.look_ahead;
  config.fetch_concurrency = world.concurrency;
  config.feed_page_size = world.page;
  config.group_max_entries = world.group_max;
  return config;
}

actors::PipelineConfig pipeline_of(const World& world, RunKind kind, io::StateStore& store) {
  actors::PipelineConfig pipeline;
  pipeline.config = config_of(world);
  pipeline.is_daemon = kind == RunKind::Daemon;
  pipeline.grouped = world.grouped && kind != RunKind::Replay;
  pipeline.use_patch = world.patch;
  if (kind == RunKind::Replay) {
    pipeline.move_checkpoint = false;
    io::RowFilter filter;
    filter.tables = {io::ExceptionTable::DicomFailToStore, io::ExceptionTable::FhirFailToStore,
                     io::ExceptionTable::TransientFailure};
    store.list(filter, [&](const io::ExceptionRow& row) { pipeline.replay[row.sequence].push_back(row); });
  } else {
    pipeline.start_after = store.checkpoint().synced_sequence;
  }
  return pipeline;
}

} // namespace

const char* name_of(RunKind kind) {
  switch (kind) {
  case RunKind::Daemon:
    return "daemon";
  case RunKind::Backfill:
    return "backfill";
  case RunKind::Replay:
    return "replay";
  }
  return "";
}

struct Engine::System {
  SystemConfig config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& scheduler;
  actors::SupervisorActor supervisor;
  std::map<caf::resumable*, caf::strong_actor_ptr> alive; ///< all that were ever seen
  bool has_ended = false;                                 ///< the engine must not tell any more

  System() : scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {
    system.await_actors_before_shutdown(false);
  }

  caf::scheduled_actor* actor_of(caf::resumable* job) { return dynamic_cast<caf::scheduled_actor*>(job); }

  void note() {
    for (auto* job : scheduler.jobs)
      if (auto* actor = actor_of(job); actor && !alive.contains(job))
        alive.emplace(job, caf::actor_cast<caf::strong_actor_ptr>(actor));
  }

  bool is_recorder(caf::resumable* job) {
    auto* actor = actor_of(job);
    return actor && std::string_view(actor->name()) == "recorder";
  }

  ~System() {
    has_ended = true;
    supervisor = nullptr;
    scheduler.clock().cancel_all();
    note();
    for (auto& [job, actor] : alive)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    while (scheduler.has_job())
      scheduler.run_once();
    alive.clear();
    scheduler.clock().cancel_all();
  }
};

Engine::Engine(const World& world, RunKind kind, Network& network, std::shared_ptr<MemoryStore> store, Trace& trace)
    : system_(std::make_unique<System>()) {
  system_->scheduler.clock().current_time = caf::actor_clock::time_point(trace.now);
  auto pipeline = pipeline_of(world, kind, *store);
  auto client = network.client();
  actors::Services services{std::make_shared<io::Service>(pipeline.config.dicom, client),
                            std::make_shared<io::Service>(pipeline.config.fhir, client)};
  auto graph = actors::graph_config(pipeline, services, store, std::make_shared<actors::Progress>(), world.seed);
  graph.recorder_has_thread = false;
  system_->supervisor = actors::spawn_supervisor(system_->system, std::move(graph), [this](actors::RunOutcome outcome) {
    if (!system_->has_ended)
      outcome_ = std::move(outcome);
  });
}

Engine::~Engine() = default;

void Engine::drain() {
  caf::anon_send(system_->supervisor, actors::Drain{});
}

std::size_t Engine::jobs(bool with_recorder) const {
  const auto& jobs = system_->scheduler.jobs;
  if (with_recorder)
    return jobs.size();
  return static_cast<std::size_t>(
      std::count_if(jobs.begin(), jobs.end(), [&](auto* job) { return !system_->is_recorder(job); }));
}

void Engine::run(std::size_t job, bool with_recorder) {
  auto& jobs = system_->scheduler.jobs;
  system_->note();
  auto at = jobs.begin();
  for (;; ++at)
    if ((with_recorder || !system_->is_recorder(*at)) && job-- == 0)
      break;
  std::rotate(jobs.begin(), at, at + 1);
  system_->scheduler.run_once();
}

std::optional<VirtualTime> Engine::next_timer() const {
  const auto& schedule = system_->scheduler.clock().schedule();
  if (schedule.empty())
    return std::nullopt;
  return schedule.begin()->first.time_since_epoch();
}

void Engine::advance(VirtualTime to) {
  auto& clock = system_->scheduler.clock();
  auto by = to - clock.current_time.time_since_epoch();
  clock.advance_time(std::max(by, by.zero())); // what is due already goes off, too
}

} // namespace dicomcast::simulation
