// The feed reader as an actor.
#include "actors/poller.hpp"

#include "io/log.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

struct FeedAnswer {
  FeedRequest request;
  std::shared_ptr<io::ServiceResult> result;
};
struct PollNow {
  std::uint64_t token = 0;
};
struct AskAgain {};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::FeedAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::PollNow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::AskAgain)

namespace dicomcast::actors {

namespace {

using Internal = PollerActor::extend<caf::reacts_to<FeedAnswer>, caf::reacts_to<PollNow>, caf::reacts_to<AskAgain>>;

struct PollerState {
  static inline const char* name = "poller";
  Internal::stateful_pointer<PollerState> self = nullptr;
  std::shared_ptr<io::Service> dicom;
  SequencerActor sequencer;
  SupervisorActor supervisor;
  std::optional<FeedReader> reader;

  Clock::time_point now() const { return Clock::time_point(self->clock().now().time_since_epoch()); }

  void follow(FeedStep step) {
    for (const auto& warning : step.warnings)
      io::log::warning(warning);
    for (auto& notice : step.notices)
      self->send(supervisor, Notice{std::move(notice)});
    if (step.latest)
      self->send(supervisor, FeedLatest{*step.latest});
    if (!step.entries.empty() || step.passed_over > 0)
      hand_on({std::move(step.entries), std::vector<std::int64_t>(step.passed_over)});
    for (auto& request : step.requests)
      send(std::move(request));
    auto me = caf::actor_cast<Internal>(self);
    if (step.poll)
      self->delayed_send(me, step.poll->in, PollNow{step.poll->token});
    if (step.ask_again_in)
      self->delayed_send(me, *step.ask_again_in, AskAgain{});
    if (step.end)
      end(std::move(*step.end));
  }

  void hand_on(Entries message) {
    if (io::log::writes(io::log::Level::Debug))
      for (const auto& entry : message.entries)
        io::log::debug("read " + log_name(entry->sequence, entry->uids, entry->partition));
    self->send(sequencer, std::move(message));
  }

  void send(FeedRequest request) {
    auto to = caf::actor_cast<Internal>(self);
    auto path = request.path;
    dicom->send("GET", std::move(path), "", "", [to, request = std::move(request)](io::ServiceResult result) {
      caf::anon_send(to, FeedAnswer{request, std::make_shared<io::ServiceResult>(std::move(result))});
    });
  }

  void end(FeedStep::End end) {
    if (!end.fatal.empty())
      self->send(supervisor, Fatal{std::move(end.fatal), false, end.is_behind_all});
    if (end.is_behind_all)
      self->send(sequencer, FeedEnd{end.latest});
  }
};

Internal::behavior_type poller(Internal::stateful_pointer<PollerState> self, PollerConfig config,
                               SequencerActor sequencer, SupervisorActor supervisor) {
  auto& state = self->state;
  state.self = self;
  state.dicom = std::move(config.dicom);
  state.reader.emplace(std::move(config));
  state.sequencer = std::move(sequencer);
  state.supervisor = std::move(supervisor);
  return {
      [self](const Demand& message) { self->state.follow(self->state.reader->on_demand(message.entries)); },
      [self](const Synced& message) { self->state.reader->on_done(message.sequence); },
      [self](const Drain&) { self->state.reader->on_drain(); },
      [self](const FeedAnswer& message) {
        self->state.follow(self->state.reader->on_answer(message.request, *message.result, self->state.now()));
      },
      [self](const PollNow& message) { self->state.follow(self->state.reader->on_poll(message.token)); },
      [self](const AskAgain&) { self->state.follow(self->state.reader->on_ask_again()); },
  };
}

} // namespace

PollerActor spawn_poller(caf::actor_system& system, PollerConfig config, SequencerActor sequencer,
                         SupervisorActor supervisor) {
  return system.spawn(poller, std::move(config), std::move(sequencer), std::move(supervisor));
}

} // namespace dicomcast::actors
