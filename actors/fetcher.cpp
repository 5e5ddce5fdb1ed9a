#include "actors/fetcher.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dicomcast::actors {

/// An answer, as it comes from the HTTP client's thread.
struct SearchAnswer {
  std::shared_ptr<Search> search;
  std::shared_ptr<io::ServiceResult> result;
};
struct SearchAgain {
  std::shared_ptr<Search> search;
};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::SearchAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::SearchAgain)

namespace dicomcast::actors {

namespace {

using Internal = FetcherActor::extend<caf::reacts_to<SearchAnswer>, caf::reacts_to<SearchAgain>>;
constexpr std::size_t max_pages = 1000;

struct FetcherState {
  static inline const char* name = "fetcher";
  Internal::stateful_pointer<FetcherState> self = nullptr;
  FetcherConfig config;
  SequencerActor sequencer;
  std::unique_ptr<WorkingSet> set;
  std::size_t under_way = 0;
  double limit = 1;

  Clock::time_point now() const { return Clock::time_point(self->clock().now().time_since_epoch()); }

  void tell(std::vector<std::int64_t> resolved, bool was_asked = true) {
    if (!resolved.empty())
      self->send(sequencer, Resolved{std::move(resolved), was_asked});
  }

  void pump() {
    while (under_way < static_cast<std::size_t>(limit)) {
      auto search = set->next_search();
      if (!search)
        return;
      send(std::make_shared<Search>(std::move(*search)));
    }
  }

  void send(std::shared_ptr<Search> search) {
    ++under_way;
    auto path = search->next.empty() ? search->path : search->next;
    auto to = caf::actor_cast<Internal>(self);
    config.fhir->send("GET", path, "", "", [to, search](io::ServiceResult result) {
      caf::anon_send(to, SearchAnswer{search, std::make_shared<io::ServiceResult>(std::move(result))});
    });
  }

  io::fhir::Outcome<io::fhir::SearchPage> read(const Search& search, const io::ServiceResult& result) {
    auto type = type_of(search.keys.front().kind);
    if (search.by != Search::By::Id)
      return io::fhir::read_search(result, type, search.operation);
    auto resource = io::fhir::read_resource(result, type, search.operation);
    if (auto* error = std::get_if<io::Error>(&resource))
      return *error;
    return io::fhir::SearchPage{{std::get<mapping::Json>(std::move(resource))}, {}};
  }

  void answer(const SearchAnswer& message) {
    --under_way;
    auto& search = message.search;
    auto outcome = read(*search, *message.result);
    if (auto* error = std::get_if<io::Error>(&outcome)) {
      failed(search, *error);
    } else {
      auto& page = std::get<io::fhir::SearchPage>(outcome);
      limit = std::min<double>(static_cast<double>(config.concurrency), limit + 1);
      std::move(page.resources.begin(), page.resources.end(), std::back_inserter(search->found));
      if (!page.next.empty() && search->found.size() < max_pages * 100) {
        search->next = in_root(*search, page.next);
        search->attempt = 0;
        search->retry.reset();
        send(search);
      } else {
        tell(set->found(*search));
      }
    }
    pump();
  }

  /// The next page's link as a path in the FHIR service. Credentials go to that service alone: of a link to another
  /// address (its own, behind a proxy) the path is taken.
  std::string in_root(const Search& search, const std::string& link) {
    auto is_absolute = [](const std::string& url) { return url.find("://") < url.find_first_of("/?"); };
    auto path_of = [&](const std::string& url) {
      auto path = url.find('/', is_absolute(url) ? url.find("://") + 3 : 0);
      return path == url.npos ? std::string() : url.substr(path);
    };
    auto& root = config.fhir->root();
    if (link.starts_with(root) && (link.size() == root.size() || link[root.size()] == '/' || link[root.size()] == '?'))
      return link;
    if (link.starts_with('?'))
      return search.path.substr(0, search.path.find('?')) + link;
    if (!link.starts_with('/') && !is_absolute(link))
      return link;
    auto path = path_of(link), root_path = path_of(root);
    return !root_path.empty() && path.starts_with(root_path) ? path.substr(root_path.size()) : path;
  }

  void failed(const std::shared_ptr<Search>& search, const io::Error& error) {
    bool too_often = error.code == io::ErrorCode::ServerError && search->attempt >= 3;
    bool locked_out = error.code == io::ErrorCode::Unauthorised || error.code == io::ErrorCode::Certificate;
    bool again = locked_out || error.code == io::ErrorCode::Conflict || io::is_transient(error.code);
    search->found.clear();
    search->next.clear();
    if (!again || too_often) {
      tell(set->refused(*search, error));
      return;
    }
    if (error.code == io::ErrorCode::Unavailable || error.code == io::ErrorCode::Timeout)
      limit = std::max(1.0, limit / 2);
    ++search->attempt;
    if (auto first = set->first_waiting(*search))
      self->send(sequencer, FetchFailed{*first, error, search->attempt});
    if (!search->retry) { // the last attempt comes before the entry that waits for it is given up
      auto limits = config.retry;
      limits.total -= limits.total / 10;
      search->retry.emplace(limits);
    }
    auto delay = config.retry.max_delay;
    if (!locked_out)
      delay = search->retry->next(now(), error.retry_after).value_or(delay);
    ++under_way; // one that waits counts: a service in trouble is not asked more
    self->delayed_send(caf::actor_cast<Internal>(self), delay, SearchAgain{search});
  }

  void again(const std::shared_ptr<Search>& search) {
    --under_way;
    if (set->first_waiting(*search))
      send(search);
    else
      set->drop(*search);
    pump();
  }
};

Internal::behavior_type fetcher(Internal::stateful_pointer<FetcherState> self, FetcherConfig config,
                                SequencerActor sequencer) {
  auto& state = self->state;
  state.self = self;
  state.set = std::make_unique<WorkingSet>(config.options, config.fhir->root(), config.seed);
  state.set->use_patch(config.use_patch);
  state.limit = static_cast<double>(std::min<std::size_t>(config.concurrency, 4));
  state.config = std::move(config);
  state.sequencer = std::move(sequencer);
  return {
      [self](const Resolve& message) {
        std::vector<std::int64_t> here;
        for (auto& entry : message.entries)
          if (self->state.set->add(entry))
            here.push_back(entry->sequence);
        self->state.tell(std::move(here), false);
        self->state.pump();
      },
      [self](const Prepare& message) {
        Prepared prepared;
        prepared.group = self->state.set->prepare(message.request, prepared.unresolved);
        self->send(self->state.sequencer, std::move(prepared));
        self->state.pump();
      },
      [self](const PrepareAhead& message) { self->state.set->prepare_ahead(message.request); },
      [self](const Settle& message) {
        self->state.set->settle(message.success, message.written, message.maybe_applied);
      },
      [self](const Release& message) {
        for (auto& entry : message.entries)
          self->state.set->release(entry);
      },
      [self](const SearchAnswer& message) { self->state.answer(message); },
      [self](const SearchAgain& message) { self->state.again(message.search); },
  };
}

} // namespace

FetcherActor spawn_fetcher(caf::actor_system& system, FetcherConfig config, SequencerActor sequencer) {
  return system.spawn(fetcher, std::move(config), std::move(sequencer));
}

} // namespace dicomcast::actors
