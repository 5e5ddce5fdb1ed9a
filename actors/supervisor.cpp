// Spawns the actors, watches them, and ends them.
#include "actors/supervisor.hpp"

#include "actors/committer.hpp"
#include "actors/recorder.hpp"
#include "io/log.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

/// The drain has taken long enough.
struct GraceOver {};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::GraceOver)

namespace dicomcast::actors {

namespace {

using Internal = SupervisorActor::extend<caf::reacts_to<GraceOver>>;
constexpr std::chrono::seconds grace{8}; ///< for the commit under way, of the 10 s in which a stopped daemon exits

struct SupervisorState {
  static inline const char* name = "supervisor";
  Internal::stateful_pointer<SupervisorState> self = nullptr;
  std::shared_ptr<Progress> progress;
  std::function<void(RunOutcome)> on_end;
  WiredSequencer sequencer;
  Wire graph;
  std::optional<std::string> fatal;
  bool draining = false;

  void start(GraphConfig config) {
    auto& system = self->home_system();
    auto me = caf::actor_cast<SupervisorActor>(self);
    sequencer = spawn_sequencer(system, std::move(config.sequencer), me);
    graph.poller = spawn_poller(system, std::move(config.poller), sequencer, me);
    graph.fetcher = spawn_fetcher(system, std::move(config.fetcher), sequencer);
    graph.committer = spawn_committer(system, std::move(config.fhir), config.store, sequencer);
    graph.recorder = spawn_recorder(system, std::move(config.store), sequencer, me, config.recorder_has_thread);
    for (auto& actor : actors())
      self->monitor(actor);
    self->send(sequencer, graph);
  }

  std::vector<caf::actor> actors() const {
    return {caf::actor_cast<caf::actor>(graph.poller), caf::actor_cast<caf::actor>(graph.fetcher),
            caf::actor_cast<caf::actor>(graph.committer), caf::actor_cast<caf::actor>(graph.recorder),
            caf::actor_cast<caf::actor>(sequencer)};
  }

  void drain() {
    if (std::exchange(draining, true))
      return;
    self->send(graph.poller, Drain{});
    self->send(sequencer, Drain{});
    self->delayed_send(caf::actor_cast<Internal>(self), grace, GraceOver{});
  }

  void finish(RunTotals totals) {
    if (!on_end)
      return;
    for (auto& actor : actors())
      self->send_exit(actor, caf::exit_reason::user_shutdown);
    graph = {};
    sequencer = nullptr;
    std::exchange(on_end, nullptr)({totals, fatal});
    self->quit();
  }
};

Internal::behavior_type supervisor(Internal::stateful_pointer<SupervisorState> self, GraphConfig config,
                                   std::function<void(RunOutcome)> on_end) {
  auto& state = self->state;
  state.self = self;
  state.progress = config.progress;
  state.on_end = std::move(on_end);
  self->set_down_handler([self](const caf::down_msg& down) {
    // An actor has thrown: nothing more can be trusted, and the checkpoint says what is done.
    self->state.fatal = "internal error: an actor ended: " + caf::to_string(down.reason);
    self->state.finish({});
  });
  state.start(std::move(config));
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
      [self](const GraceOver&) { self->state.finish({}); },
  };
}

} // namespace

SupervisorActor spawn_supervisor(caf::actor_system& system, GraphConfig config,
                                 std::function<void(RunOutcome)> on_end) {
  return system.spawn(supervisor, std::move(config), std::move(on_end));
}

} // namespace dicomcast::actors
