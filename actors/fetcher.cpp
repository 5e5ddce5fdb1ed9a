// The fetcher's messages.
#include "actors/fetcher.hpp"

#include "actors/resources/search_desk.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

/// The answer to a search, as it comes from the HTTP client's thread; null: its retry is due.
struct SearchAnswer {
  std::shared_ptr<Search> search;
  std::shared_ptr<io::ServiceResult> result;
};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::SearchAnswer)

namespace dicomcast::actors {

namespace {

using Internal = FetcherActor::extend<caf::reacts_to<SearchAnswer>>;

struct FetcherState {
  static inline const char* name = "fetcher";
  Internal::stateful_pointer<FetcherState> self = nullptr;
  std::shared_ptr<io::Service> fhir;
  SequencerActor sequencer;
  std::unique_ptr<WorkingSet> set;
  std::unique_ptr<SearchDesk> desk;

  Clock::time_point now() const { return Clock::time_point(self->clock().now().time_since_epoch()); }

  void tell(std::vector<std::int64_t> resolved, bool was_asked) {
    if (!resolved.empty())
      self->send(sequencer, Resolved{std::move(resolved), was_asked});
  }

  void go(SearchDesk::Steps steps) {
    auto to = caf::actor_cast<Internal>(self);
    if (auto& failed = steps.failed)
      self->send(sequencer, FetchFailed{failed->sequence, failed->error, failed->retry});
    if (auto& retry = steps.retry)
      self->delayed_send(to, retry->delay, SearchAnswer{retry->search, nullptr});
    tell(std::move(steps.resolved), true);
    for (auto& one : steps.send)
      fhir->send("GET", one.path, "", "", [to, search = one.search](io::ServiceResult result) {
        caf::anon_send(to, SearchAnswer{search, std::make_shared<io::ServiceResult>(std::move(result))});
      });
  }
};

Internal::behavior_type fetcher(Internal::stateful_pointer<FetcherState> self, FetcherConfig config,
                                SequencerActor sequencer) {
  auto& state = self->state;
  auto root = config.fhir->root();
  state.self = self;
  state.fhir = config.fhir;
  state.sequencer = std::move(sequencer);
  state.set = std::make_unique<WorkingSet>(config.options, root, config.seed, config.limits);
  state.set->use_patch(config.use_patch);
  state.desk = std::make_unique<SearchDesk>(state.set->cache(), config.retry, config.concurrency, root);
  return {
      [&state](const Resolve& message) {
        state.tell(state.set->add_all(message.entries), false);
        state.go(state.desk->pump());
      },
      [self, &state](const Prepare& message) {
        Prepared prepared;
        prepared.group = state.set->prepare(message.request, state.now(), prepared.unresolved);
        self->send(state.sequencer, std::move(prepared));
        state.go(state.desk->pump());
      },
      [&state](const PrepareAhead& message) { state.set->prepare_ahead(message.request, state.now()); },
      [&state](const Settle& message) {
        state.set->settle(message.success, message.written, message.maybe_applied, state.now());
      },
      [&state](const Release& message) { state.set->release_all(message.entries); },
      [&state](const SearchAnswer& message) {
        state.go(message.result ? state.desk->answered(message.search, *message.result, state.now())
                                : state.desk->again(message.search));
      },
  };
}

} // namespace

FetcherActor spawn_fetcher(caf::actor_system& system, FetcherConfig config, SequencerActor sequencer) {
  return system.spawn(fetcher, std::move(config), std::move(sequencer));
}

} // namespace dicomcast::actors
