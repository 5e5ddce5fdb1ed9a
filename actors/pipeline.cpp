// Spawns the actors, watches them, and ends them.
#include "actors/pipeline.hpp"

#include "actors/committer.hpp"
#include "actors/fetcher.hpp"
#include "actors/mapping_options.hpp"
#include "actors/poller.hpp"
#include "actors/recorder.hpp"
#include "actors/sequencer.hpp"
#include "io/log.hpp"

#include <caf/all.hpp>

#include <future>
#include <random>

namespace dicomcast::actors {

/// The drain has taken long enough.
struct GraceOver {};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::GraceOver)

namespace dicomcast::actors {

namespace {

using Supervisor =
    SupervisorActor::extend<caf::reacts_to<Wire>, caf::reacts_to<WiredSequencer>, caf::reacts_to<GraceOver>>;
constexpr std::chrono::seconds grace{8}; ///< for the commit under way, of the 10 s in which a stopped daemon exits

struct SupervisorState {
  static inline const char* name = "supervisor";
  Supervisor::stateful_pointer<SupervisorState> self = nullptr;
  std::shared_ptr<Progress> progress;
  std::promise<RunOutcome>* outcome = nullptr;
  std::optional<Wire> graph;
  WiredSequencer sequencer;
  std::optional<std::string> fatal;
  bool draining = false;

  void drain() {
    if (std::exchange(draining, true) || !graph)
      return;
    self->send(graph->poller, Drain{});
    self->send(sequencer, Drain{});
    self->delayed_send(caf::actor_cast<Supervisor>(self), grace, GraceOver{});
  }

  void finish(RunTotals totals) {
    if (!outcome)
      return;
    std::exchange(outcome, nullptr)->set_value({totals, fatal});
    for (auto actor : {caf::actor_cast<caf::actor>(graph->poller), caf::actor_cast<caf::actor>(graph->fetcher),
                       caf::actor_cast<caf::actor>(graph->committer), caf::actor_cast<caf::actor>(graph->recorder),
                       caf::actor_cast<caf::actor>(sequencer)})
      self->send_exit(actor, caf::exit_reason::user_shutdown);
    graph.reset();
    sequencer = nullptr;
    self->quit();
  }
};

Supervisor::behavior_type supervisor(Supervisor::stateful_pointer<SupervisorState> self,
                                     std::shared_ptr<Progress> progress, std::promise<RunOutcome>* outcome) {
  self->state.self = self;
  self->state.progress = std::move(progress);
  self->state.outcome = outcome;
  self->set_down_handler([self](const caf::down_msg& down) {
    // An actor has thrown: nothing more can be trusted, and the checkpoint says what is done.
    self->state.fatal = "internal error: an actor ended: " + caf::to_string(down.reason);
    self->state.finish({});
  });
  return {
      [self](const Fatal& message) {
        auto& state = self->state;
        if (!state.fatal)
          state.fatal = message.message;
        if (message.at_once)
          state.finish({});
        else if (!message.at_end)
          state.drain();
      },
      [](const Notice& message) { io::log::warning(message.message); },
      [self](const FeedLatest& message) { self->state.progress->latest = message.sequence; },
      [self](const Finished& message) { self->state.finish(message.totals); },
      [self](const Drain&) { self->state.drain(); },
      [self](const Wire& graph) {
        auto& state = self->state;
        state.graph = graph;
        self->monitor(graph.poller);
        self->monitor(graph.fetcher);
        self->monitor(graph.committer);
        self->monitor(graph.recorder);
        self->monitor(state.sequencer);
        self->send(state.sequencer, graph);
        if (std::exchange(state.draining, false))
          state.drain();
      },
      [self](const WiredSequencer& sequencer) { self->state.sequencer = sequencer; },
      [self](const GraceOver&) { self->state.finish({}); },
  };
}

CommitOptions commit_options(const PipelineConfig& pipeline) {
  auto& config = pipeline.config;
  CommitOptions options;
  options.grouped = pipeline.grouped;
  options.is_daemon = pipeline.is_daemon;
  options.pause_on_exhausted = config.on_exhausted == conf::OnExhausted::Pause;
  options.move_checkpoint = pipeline.move_checkpoint;
  options.look_ahead = static_cast<std::size_t>(config.look_ahead);
  options.group_max_entries = static_cast<std::size_t>(config.group_max_entries);
  options.retry = {config.total_retry_duration, config.first_delay, config.max_delay};
  return options;
}

PollerConfig poller_config(const PipelineConfig& pipeline, const Services& services) {
  auto& config = pipeline.config;
  PollerConfig poller;
  poller.feed.version = config.api_version;
  poller.feed.page_size = config.feed_page_size;
  poller.feed.start_after = pipeline.start_after;
  poller.feed.last = pipeline.last;
  poller.feed.stop_at_latest = !pipeline.is_daemon;
  poller.feed.skip_malformed = config.ignore_json_parsing_errors;
  for (auto& [sequence, rows] : pipeline.replay)
    poller.replay.push_back(sequence);
  poller.options = mapping_options(config);
  poller.dicom = services.dicom;
  poller.retry = {config.total_retry_duration, config.first_delay, config.max_delay};
  poller.poll_interval = config.poll_interval;
  poller.poll_interval_during_catchup = config.poll_interval_during_catchup;
  poller.is_daemon = pipeline.is_daemon;
  return poller;
}

} // namespace

RunOutcome run_pipeline(PipelineConfig pipeline, Services services, std::shared_ptr<io::StateStore> store,
                        std::shared_ptr<Progress> progress, const std::function<void(std::function<void()>)>& stop) {
  caf::actor_system_config system_config;
  // By the names of CAF 0.17. Idle threads sleep: see docs/architecture.md.
  system_config.set("scheduler.policy", caf::atom("sharing"));
  // In PerEntry the steps of an entry follow one another: a second thread would only be woken in vain.
  system_config.set("scheduler.max-threads", std::size_t(pipeline.grouped ? 2 : 1));
  caf::actor_system system(system_config);
  std::promise<RunOutcome> outcome;
  auto future = outcome.get_future();

  auto watch = system.spawn(supervisor, progress, &outcome);
  auto sequencer = spawn_sequencer(system, {commit_options(pipeline), progress, pipeline.replay}, watch);
  FetcherConfig fetcher;
  fetcher.options = mapping_options(pipeline.config);
  fetcher.fhir = services.fhir;
  fetcher.retry = {pipeline.config.total_retry_duration, pipeline.config.first_delay, pipeline.config.max_delay};
  fetcher.concurrency = static_cast<std::size_t>(pipeline.config.fetch_concurrency);
  fetcher.use_patch = pipeline.use_patch;
  std::random_device entropy;
  fetcher.seed = (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
  Wire graph{spawn_poller(system, poller_config(pipeline, services), sequencer, watch),
             spawn_fetcher(system, std::move(fetcher), sequencer), spawn_committer(system, services.fhir, sequencer),
             spawn_recorder(system, std::move(store), sequencer, watch)};
  caf::anon_send(watch, sequencer);
  caf::anon_send(watch, graph);
  stop([watch] { caf::anon_send(watch, Drain{}); });
  graph = {};
  sequencer = nullptr;
  auto result = future.get();
  stop([] {});
  return result;
}

} // namespace dicomcast::actors
