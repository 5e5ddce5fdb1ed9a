#include "actors/sequencer.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

struct Wake {
  std::uint64_t token = 0;
};
struct RecordNow {};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::Wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::RecordNow)

namespace dicomcast::actors {

namespace {

using Internal = WiredSequencer::extend<caf::reacts_to<Wake>, caf::reacts_to<RecordNow>>;

/// Between two records, so that a service that answers at once does not make each commit a write of the store.
constexpr auto record_interval = milliseconds(5);

struct SequencerState : Outbox {
  static inline const char* name = "sequencer";
  Internal::stateful_pointer<SequencerState> self = nullptr;
  Wire to;
  SupervisorActor supervisor;
  SequencerConfig config;
  std::unique_ptr<CommitOrder> order;
  Record unsent;
  Clock::time_point next_record{}; ///< not before
  bool record_is_due = false;

  Clock::time_point now() const { return Clock::time_point(self->clock().now().time_since_epoch()); }

  void demand(std::size_t entries) override { self->send(to.poller, Demand{entries}); }
  void resolve(std::vector<EntryPtr> entries) override { self->send(to.fetcher, Resolve{std::move(entries)}); }
  void prepare(PrepareRequest request) override { self->send(to.fetcher, Prepare{std::move(request)}); }
  void prepare_ahead(PrepareRequest request) override { self->send(to.fetcher, PrepareAhead{std::move(request)}); }
  void commit(std::shared_ptr<const PreparedGroup> group) override {
    self->send(to.committer, Commit{std::move(group)});
  }
  void settle(bool success, std::vector<io::fhir::Written> written, bool maybe_applied) override {
    self->send(to.fetcher, Settle{std::move(written), success, maybe_applied});
  }
  void release(std::vector<EntryPtr> entries) override { self->send(to.fetcher, Release{std::move(entries)}); }
  void record(std::optional<std::int64_t> synced_sequence, std::vector<io::ExceptionRow> rows,
              std::vector<EntryPtr> done) override {
    ++unsent.records;
    if (synced_sequence)
      unsent.synced_sequence = std::max(*synced_sequence, unsent.synced_sequence.value_or(0));
    std::move(rows.begin(), rows.end(), std::back_inserter(unsent.rows));
    bool at_once = false;
    for (auto& entry : done) {
      at_once |= entry->effect == mapping::Effect::Delete; // a transaction may wait for it
      if (auto at = config.replay.find(entry->sequence); at != config.replay.end())
        unsent.replayed.insert(unsent.replayed.end(), at->second.begin(), at->second.end());
    }
    if (auto wait = next_record - now(); at_once || wait <= wait.zero())
      send_record();
    else if (!std::exchange(record_is_due, true))
      self->delayed_send(caf::actor_cast<Internal>(self), wait, RecordNow{});
    if (!done.empty())
      self->send(to.poller, Synced{done.back()->sequence});
  }
  void send_record() {
    if (unsent.records == 0)
      return;
    next_record = now() + record_interval;
    self->send(to.recorder, std::exchange(unsent, {}));
  }
  void wake(milliseconds delay, std::uint64_t token) override {
    self->delayed_send(caf::actor_cast<Internal>(self), delay, Wake{token});
  }
  void notice(std::string message) override { self->send(supervisor, Notice{std::move(message)}); }
  void fatal(std::string message) override { self->send(supervisor, Fatal{std::move(message)}); }
  void finished(RunTotals totals) override { self->send(supervisor, Finished{totals}); }

  std::vector<EntryPtr> to_replay(std::vector<EntryPtr> entries) const {
    for (auto& entry : entries)
      if (!config.replay.empty() && entry->effect == mapping::Effect::Delete && !entry->is_deleted) {
        auto passed_over = std::make_shared<mapping::MappedEntry>(*entry);
        passed_over->effect = mapping::Effect::Skip;
        entry = std::move(passed_over);
      }
    return entries;
  }
};

Internal::behavior_type sequencer(Internal::stateful_pointer<SequencerState> self, SequencerConfig config,
                                  SupervisorActor supervisor) {
  auto& state = self->state;
  state.self = self;
  state.supervisor = std::move(supervisor);
  state.order = std::make_unique<CommitOrder>(config.commit, state, config.progress);
  state.config = std::move(config);
  return {
      [self](const Entries& message) {
        if (!message.passed_over.empty())
          self->state.order->on_passed_over(message.passed_over.size());
        self->state.order->on_entries(self->state.to_replay(message.entries));
      },
      [self](const FeedEnd&) { self->state.order->on_feed_end(); },
      [self](const Resolved& message) { self->state.order->on_resolved(message.sequences, message.was_asked); },
      [self](const FetchFailed& message) {
        self->state.order->on_fetch_failed(message.sequence, message.error, message.retry);
      },
      [self](const Prepared& message) { self->state.order->on_prepared(message.group, message.unresolved); },
      [self](const CommitResult& message) {
        self->state.order->on_commit_result(message.written, message.error, message.microseconds, self->state.now());
      },
      [self](const Recorded& message) { self->state.order->on_recorded(message.records); },
      [self](const Drain&) { self->state.order->on_drain(); },
      [self](const Wire& wire) {
        self->state.to = wire;
        self->state.order->start();
      },
      [self](const Wake& message) { self->state.order->on_wake(message.token); },
      [self](const RecordNow&) {
        self->state.record_is_due = false;
        self->state.send_record();
      },
  };
}

} // namespace

WiredSequencer spawn_sequencer(caf::actor_system& system, SequencerConfig config, SupervisorActor supervisor) {
  return system.spawn(sequencer, std::move(config), std::move(supervisor));
}

} // namespace dicomcast::actors
