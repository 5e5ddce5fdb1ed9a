#include "actors/poller.hpp"

#include "io/log.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <set>

namespace dicomcast::actors {

struct FeedAnswer {
  FeedRequest request;
  std::shared_ptr<io::ServiceResult> result;
};
/// The last one that was scheduled counts.
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

/// A PollInterval of nothing at all would ask without a break.
constexpr milliseconds shortest_interval{10};

struct PollerState {
  static inline const char* name = "poller";
  Internal::stateful_pointer<PollerState> self = nullptr;
  PollerConfig config;
  SequencerActor sequencer;
  SupervisorActor supervisor;
  std::unique_ptr<FeedCursor> cursor;
  std::optional<io::RetrySchedule> retry; ///< while the feed is out of reach
  std::set<std::string> failing;          ///< paths of the requests that failed and have not been answered since
  std::size_t under_way = 0;
  std::size_t credit = 0;
  std::int64_t done = 0;
  std::optional<std::int64_t> told_latest, caught_up_at;
  std::uint64_t poll_token = 0;
  bool ended = false, waiting = false, looked_at_end = false;

  Clock::time_point now() const { return Clock::time_point(self->clock().now().time_since_epoch()); }

  /// The first demand is the whole window: a page is to fit in beside what is under way.
  void begin(std::size_t window) {
    auto feed = config.feed;
    feed.page_size = std::clamp(static_cast<int>(std::min<std::size_t>(window / 2, INT32_MAX)), 1, feed.page_size);
    if (config.poll_interval_during_catchup.count() > 0)
      feed.parallel_pages = 1;
    cursor = config.replay.empty() ? make_feed_cursor(feed) : make_entry_list(feed, config.replay);
    poll_in(config.poll_interval);
  }

  void pump() {
    if (ended || !cursor)
      return;
    hand_on();
    if (ended || waiting)
      return;
    for (auto& request : cursor->next(credit))
      send(std::move(request));
    if (cursor->caught_up())
      at_the_end();
  }

  void hand_on() {
    Entries message;
    for (auto& entry : cursor->take_late())
      message.entries.push_back(late(std::move(entry)));
    auto more = cursor->take(credit);
    std::move(more.begin(), more.end(), std::back_inserter(message.entries));
    if (io::log::writes(io::log::Level::Debug))
      for (const auto& entry : message.entries)
        io::log::debug("read " + log_name(entry->sequence, entry->uids, entry->partition));
    credit -= std::min(credit, message.entries.size());
    for (auto& skipped : cursor->take_skipped()) {
      io::log::warning(skipped.message + "; it is skipped");
      if (skipped.sequence == 0)
        message.passed_over.push_back(0);
    }
    for (auto missing : cursor->take_missing())
      io::log::warning("the change feed has no entry of Sequence " + std::to_string(missing) + " any more");
    if (auto latest = cursor->latest(); latest && latest != told_latest) {
      told_latest = latest;
      self->send(supervisor, FeedLatest{*latest});
    }
    if (!message.entries.empty() || !message.passed_over.empty())
      self->send(sequencer, std::move(message));
    if (auto* malformed = cursor->malformed())
      end(Fatal{malformed->message, false, true});
  }

  /// What comes behind entries that are done already is processed as the feed gives it now: a removed instance that is
  /// there again stays.
  EntryPtr late(EntryPtr entry) const {
    if (entry->sequence > done || entry->effect != mapping::Effect::Delete || entry->is_deleted)
      return entry;
    auto skip = std::make_shared<mapping::MappedEntry>(*entry);
    skip->effect = mapping::Effect::Skip;
    return skip;
  }

  void at_the_end() {
    if (config.is_daemon) {
      if (caught_up_at != cursor->latest())
        poll_in(config.poll_interval_during_catchup);
      caught_up_at = cursor->latest();
    } else if (config.replay.empty() && !std::exchange(looked_at_end, true)) {
      cursor->poll();
      pump();
    } else {
      end(std::nullopt);
    }
  }

  void end(std::optional<Fatal> fatal) {
    ended = true;
    if (fatal)
      self->send(supervisor, *fatal);
    if (!fatal || fatal->at_end)
      self->send(sequencer, FeedEnd{cursor->latest()});
  }

  void poll_in(milliseconds delay) {
    self->delayed_send(caf::actor_cast<Internal>(self), delay, PollNow{++poll_token});
  }

  void poll(std::uint64_t token) {
    if (ended || token != poll_token)
      return;
    if (!retry) // what failed is asked again, and nothing beside it
      cursor->poll();
    poll_in(std::max(config.poll_interval, shortest_interval));
    pump();
  }

  void ask_again_in(milliseconds delay) {
    waiting = true;
    self->delayed_send(caf::actor_cast<Internal>(self), delay, AskAgain{});
  }

  void send(FeedRequest request) {
    auto to = caf::actor_cast<Internal>(self);
    auto path = request.path;
    ++under_way;
    config.dicom->send("GET", path, "", "", [to, request = std::move(request)](io::ServiceResult result) {
      caf::anon_send(to, FeedAnswer{request, std::make_shared<io::ServiceResult>(std::move(result))});
    });
  }

  void answer(const FeedAnswer& message) {
    if (ended)
      return;
    --under_way;
    if (auto error = take_in(message.request, *message.result))
      return failed(message.request, *error);
    // It is over when what failed is answered, and not when something else is: `latest`, another page, a gap. A request
    // that failed may not come again: then it is over when all that were sent since are answered.
    failing.erase(message.request.path);
    if (under_way == 0 && !waiting)
      failing.clear();
    if (failing.empty() && std::exchange(retry, std::nullopt))
      self->send(supervisor, Notice{"the change feed answers again"});
    auto pause = config.poll_interval_during_catchup;
    if (pause.count() > 0 && message.request.kind == FeedRequest::Kind::Page && !waiting)
      ask_again_in(pause);
    pump();
  }

  /// Gives the cursor the answer, unless there is none.
  std::optional<io::Error> take_in(const FeedRequest& request, const io::ServiceResult& result) {
    auto operation = "GET " + request.path;
    if (auto* failure = std::get_if<io::Error>(&result)) {
      auto error = *failure;
      error.operation = error.is_of_token_service ? operation + ": " + error.operation : operation;
      return error;
    }
    auto& response = std::get<io::HttpResponse>(result);
    if (response.status != 200 && response.status != 204)
      return io::error_of(response, operation);
    auto broken = [&](std::string why) {
      return io::Error{io::ErrorCode::BrokenAnswer, operation, response.status, std::move(why), {}, {}};
    };
    bool is_latest = request.kind == FeedRequest::Kind::Latest;
    auto first = response.body.find_first_not_of(" \t\r\n");
    if (!is_latest && response.status == 200 && first == std::string::npos)
      return broken("the answer is empty"); // a page without entries is an empty array
    if (first != std::string::npos && response.body[first] == '<')
      return broken("the answer is HTML or XML"); // of a proxy: no entry is malformed
    std::string malformed;
    auto page = mapping::read_feed_page(response.body, config.options, &malformed);
    if (!page && is_latest)
      return broken("the answer is not JSON: " + malformed);
    if (!page) {
      cursor->on_malformed(request.id, malformed);
    } else if (is_latest) {
      cursor->on_latest(request.id, page->empty() ? std::nullopt : std::optional(page->back().sequence));
    } else {
      std::vector<EntryPtr> entries;
      entries.reserve(page->size());
      for (auto& entry : *page)
        entries.push_back(std::make_shared<const mapping::MappedEntry>(std::move(entry)));
      cursor->on_page(request.id, std::move(entries));
    }
    return std::nullopt;
  }

  void failed(const FeedRequest& request, const io::Error& error) {
    cursor->on_failure(request.id);
    failing.insert(request.path);
    if (waiting)
      return; // another request of the same round has failed already
    bool is_first = !retry;
    if (is_first)
      retry.emplace(config.retry);
    bool is_unauthorised = error.code == io::ErrorCode::Unauthorised;
    auto delay = retry->next(now(), error.retry_after);
    if (!config.is_daemon && (!delay || is_unauthorised))
      return end(
          Fatal{(is_unauthorised ? "not authorised: " : "the change feed is out of reach: ") + to_string(error)});
    if (is_first)
      self->send(supervisor, Notice{"the change feed is out of reach, trying on: " + to_string(error)});
    ask_again_in(is_unauthorised ? config.retry.max_delay : delay.value_or(config.retry.max_delay));
  }
};

Internal::behavior_type poller(Internal::stateful_pointer<PollerState> self, PollerConfig config,
                               SequencerActor sequencer, SupervisorActor supervisor) {
  auto& state = self->state;
  state.self = self;
  state.done = config.feed.start_after;
  state.config = std::move(config);
  state.sequencer = std::move(sequencer);
  state.supervisor = std::move(supervisor);
  return {
      [self](const Demand& message) {
        if (!self->state.cursor)
          self->state.begin(message.entries);
        self->state.credit += message.entries;
        self->state.pump();
      },
      [self](const Synced& message) {
        auto& done = self->state.done;
        done = std::max(done, message.sequence);
        if (self->state.cursor)
          self->state.cursor->on_done(done);
      },
      [self](const Drain&) { self->state.ended = true; },
      [self](const FeedAnswer& message) { self->state.answer(message); },
      [self](const PollNow& message) { self->state.poll(message.token); },
      [self](const AskAgain&) {
        self->state.waiting = false;
        self->state.pump();
      },
  };
}

} // namespace

PollerActor spawn_poller(caf::actor_system& system, PollerConfig config, SequencerActor sequencer,
                         SupervisorActor supervisor) {
  return system.spawn(poller, std::move(config), std::move(sequencer), std::move(supervisor));
}

} // namespace dicomcast::actors
