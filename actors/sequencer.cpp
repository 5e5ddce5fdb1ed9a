// Turns messages into events, and actions into messages.
#include "actors/sequencer.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

namespace {

using Internal = WiredSequencer::extend<caf::reacts_to<Wake>>;

struct SequencerState {
  static inline const char* name = "sequencer";
  Internal::stateful_pointer<SequencerState> self = nullptr;
  Wire to;
  SupervisorActor supervisor;
  std::unique_ptr<CommitOrder> order;

  void on(const Event& event) {
    auto now = Clock::time_point(self->clock().now().time_since_epoch());
    for (auto& action : order->on(event, now))
      std::visit([this](auto& message) { pass(std::move(message)); }, action);
  }

  void pass(Demand message) { self->send(to.poller, message); }
  void pass(Synced message) { self->send(to.poller, message); }
  void pass(Resolve message) { self->send(to.fetcher, std::move(message)); }
  void pass(Prepare message) { self->send(to.fetcher, std::move(message)); }
  void pass(PrepareAhead message) { self->send(to.fetcher, std::move(message)); }
  void pass(Settle message) { self->send(to.fetcher, std::move(message)); }
  void pass(Release message) { self->send(to.fetcher, std::move(message)); }
  void pass(Commit message) { self->send(to.committer, std::move(message)); }
  void pass(Record message) { self->send(to.recorder, std::move(message)); }
  void pass(WakeAfter message) { self->delayed_send(caf::actor_cast<Internal>(self), message.delay, message.wake); }
  void pass(Notice message) { self->send(supervisor, std::move(message)); }
  void pass(Fatal message) { self->send(supervisor, std::move(message)); }
  void pass(Finished message) { self->send(supervisor, message); }
};

Internal::behavior_type sequencer(Internal::stateful_pointer<SequencerState> self, SequencerConfig config,
                                  SupervisorActor supervisor) {
  auto& state = self->state;
  state.self = self;
  state.supervisor = std::move(supervisor);
  state.order = std::make_unique<CommitOrder>(std::move(config.commit), std::move(config.progress));
  return {
      [self](const Entries& message) { self->state.on(message); },
      [self](const FeedEnd& message) { self->state.on(message); },
      [self](const Resolved& message) { self->state.on(message); },
      [self](const FetchFailed& message) { self->state.on(message); },
      [self](const Prepared& message) { self->state.on(message); },
      [self](const CommitResult& message) { self->state.on(message); },
      [self](const Recorded& message) { self->state.on(message); },
      [self](const Drain& message) { self->state.on(message); },
      [self](const Wire& wire) {
        self->state.to = wire;
        self->state.on(Start{});
      },
      [self](const Wake& message) { self->state.on(message); },
  };
}

} // namespace

WiredSequencer spawn_sequencer(caf::actor_system& system, SequencerConfig config, SupervisorActor supervisor) {
  return system.spawn(sequencer, std::move(config), std::move(supervisor));
}

} // namespace dicomcast::actors
