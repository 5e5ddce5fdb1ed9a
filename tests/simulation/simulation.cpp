// The scheduler: picks what happens next, by the world's seed.
#include "tests/simulation/simulation.hpp"

#include "tests/simulation/engine.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/simulation/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dicomcast::simulation {

using namespace std::chrono_literals;

namespace {

constexpr int most_runs = 12;
constexpr int steps_of_a_rest = 20;        ///< so many does a wait count, so that what is due by steps comes near
constexpr int most_steps_at_once = 20'000; ///< without the time going on
constexpr int most_steps_a_run = 100'000;
constexpr VirtualTime longest_run = 6h, quiet_time = 130s, longest_drain = 10s;

class Simulation {
public:
  Simulation(const World& world, bool with_trace)
      : world_(world), random_(world.schedule_seed), watch_(world, trace_), network_(world, random_, trace_, watch_),
        store_(std::make_shared<MemoryStore>(world, trace_)) {
    trace_.is_on = with_trace;
    watch_.attach(network_, *store_);
    shown_.resize(world.entries.size());
    show_entries();
  }

  Report run() {
    auto kind = world_.is_daemon ? RunKind::Daemon : RunKind::Backfill;
    bool is_done = false;
    while (!is_done && !trace_.failure && runs_ < most_runs) {
      is_done = run_engine(kind, false) && !next_event();
      if (!is_done && !trace_.failure && !stopped_)
        wait_for_event();
    }
    end_faults();
    if (!trace_.failure)
      run_engine(RunKind::Backfill, true);
    if (!trace_.failure)
      check_end();
    if (world_.replay && !trace_.failure)
      replay();
    report_.failure = trace_.failure;
    report_.steps = trace_.step;
    report_.runs = runs_;
    report_.time = trace_.now;
    report_.trace = trace_.lines();
    return std::move(report_);
  }

private:
  /// True: it ended by itself, and well. `must_be_well`: anything else is wrong.
  bool run_engine(RunKind kind, bool must_be_well) {
    ++runs_;
    trace_.add([&] { return fmt::format("--- {} from {}", name_of(kind), store_->checkpoint().synced_sequence); });
    stopped_ = false;
    store_->connect();
    engine_ = std::make_unique<Engine>(world_, kind, network_, store_, trace_);
    begin_ = trace_.now;
    drained_.reset();
    steps_at_once_ = steps_of_run_ = 0;
    quiet_since_ = trace_.now;
    while (engine_ && !engine_->outcome() && !trace_.failure)
      step(kind);
    bool well = engine_ && engine_->outcome() && !engine_->outcome()->fatal && !stopped_;
    if (engine_ && engine_->outcome()) {
      const auto& fatal = engine_->outcome()->fatal;
      trace_.add([&] { return "--- it ends: " + fatal.value_or("well"); });
      if (fatal && (must_be_well || fatal->starts_with("internal error")))
        trace_.fail("a run could not go on", *fatal);
    }
    end_engine();
    return well;
  }

  void end_engine() {
    store_->cut_off();
    network_.cut_off();
    engine_.reset();
    watch_.engine_gone();
  }

  void step(RunKind kind) {
    ++trace_.step;
    happen();
    if (!engine_ || trace_.failure)
      return;
    if (auto timer = engine_->next_timer(); timer && *timer <= trace_.now)
      engine_->advance(trace_.now);
    bool with_recorder = !world_.recorder_lags || random_.chance(10);
    auto jobs = engine_->jobs(with_recorder), due = network_.due();
    if (jobs + due == 0 && !with_recorder)
      jobs = engine_->jobs(with_recorder = true);
    if (jobs + due == 0)
      return wait(kind);
    if (++steps_of_run_ > most_steps_a_run)
      return trace_.fail("a run never ends", fmt::format("after {} steps", steps_of_run_));
    if (++steps_at_once_ > most_steps_at_once)
      return trace_.fail("the engine spins", fmt::format("{} steps at one time", steps_at_once_));
    auto pick = random_.below(jobs + due);
    if (pick < jobs)
      engine_->run(pick, with_recorder);
    else
      network_.run(pick - jobs);
  }

  /// Nothing can happen now: the time goes on.
  void wait(RunKind kind) {
    auto next = engine_->next_timer(), answer = network_.next();
    if (!next || (answer && *answer < *next))
      next = answer;
    if (!next)
      return trace_.fail("the engine is stuck", "it has not ended, and waits for nothing");
    trace_.now = std::max(trace_.now, *next);
    trace_.step += steps_of_a_rest;
    steps_at_once_ = 0;
    if (trace_.now - begin_ > longest_run)
      return trace_.fail("a run never ends", fmt::format("after {}", to_text(trace_.now - begin_)));
    if (drained_ && trace_.now - *drained_ > longest_drain)
      return trace_.fail("a drain takes too long", to_text(trace_.now - *drained_));
    if (kind == RunKind::Daemon && !drained_ && is_quiet())
      drain("it is quiet");
    engine_->advance(trace_.now);
  }

  /// A daemon has nothing more to do, and nothing more will come.
  bool is_quiet() {
    bool busy = next_event() || network_.under_way(FaultTarget::Transaction) > 0 ||
                store_->checkpoint().synced_sequence < network_.dicom().latest_sequence() ||
                network_.count(FaultTarget::Transaction) != last_transactions_;
    last_transactions_ = network_.count(FaultTarget::Transaction);
    if (busy)
      quiet_since_ = trace_.now;
    return trace_.now - quiet_since_ > quiet_time;
  }

  void drain(const char* why) {
    trace_.add([&] { return std::string("drain: ") + why; });
    drained_ = trace_.now;
    engine_->drain();
  }

  // what the world holds in store, by step

  std::optional<int> next_event() const {
    std::optional<int> next;
    auto take = [&](int step) {
      if (step > trace_.step && (!next || step < *next))
        next = step;
    };
    for (const auto& entry : world_.entries)
      take(entry.appears);
    for (const auto& write : world_.outside)
      take(write.step);
    return next;
  }

  void wait_for_event() {
    if (auto next = next_event())
      trace_.step = *next - 1;
  }

  void happen() {
    show_entries();
    for (std::size_t i = 0; i < world_.outside.size(); ++i)
      if (world_.outside[i].step > 0 && world_.outside[i].step <= trace_.step)
        watch_.write_from_outside(i);
    if (stops_ < world_.stops.size() && world_.stops[stops_].step <= trace_.step && !faults_ended_) {
      bool is_crash = world_.stops[stops_++].is_crash;
      if (!stopped_ && !is_crash)
        drain("somebody stops it");
      stopped_ = true;
      if (is_crash) {
        trace_.add([] { return std::string("--- crash"); });
        end_engine();
      }
    }
  }

  void show_entries() {
    for (std::size_t i = 0; i < world_.entries.size(); ++i)
      if (!shown_[i] && (world_.entries[i].appears <= trace_.step || faults_ended_)) {
        shown_[i] = true;
        show(world_.entries[i]);
      }
  }

  void show(const WorldEntry& entry) {
    static constexpr const char* actions[] = {"create", "update", "delete"};
    const auto& instance = world_.instances[static_cast<std::size_t>(entry.instance)];
    sim::FeedItem item;
    item.sequence = entry.sequence;
    item.timestamp = *sim::parse_timestamp("2025-01-01T00:00:00Z") + entry.sequence * 10'000'000;
    item.action = entry.flaw == Flaw::UnknownAction ? "purge" : actions[static_cast<std::size_t>(entry.action)];
    item.study = study_uid(instance.study);
    item.series = series_uid(instance);
    item.instance = instance_uid(world_, entry.instance);
    item.metadata = dataset_of(world_, entry);
    network_.dicom().append(std::move(item));
    trace_.add([&] { return fmt::format("the feed shows sequence {}", entry.sequence); });
  }

  void end_faults() {
    faults_ended_ = true;
    network_.end_faults();
    store_->end_faults();
    watch_.end_writes();
    show_entries();
  }

  void check_end() {
    auto latest = network_.dicom().latest_sequence(), checkpoint = store_->checkpoint().synced_sequence;
    if (checkpoint != latest)
      return trace_.fail("the checkpoint is not at the feed's end", fmt::format("{} of {}", checkpoint, latest));
    watch_.check_at_rest();
    if (trace_.failure)
      return;
    hear(judge(world_, watch_, store_->rows(), network_.fhir().normalised_state()),
         "the end is not that of a sequential run");
  }

  void hear(const Verdict& verdict, const char* rule) {
    report_.tried_ends += verdict.tried;
    report_.is_undecided |= verdict.kind == Verdict::Kind::Undecided;
    if (verdict.kind == Verdict::Kind::Wrong)
      trace_.fail(rule, verdict.details);
  }

  std::set<std::int64_t> failed_entries() const {
    io::RowFilter filter;
    filter.tables = {io::ExceptionTable::DicomFailToStore, io::ExceptionTable::FhirFailToStore,
                     io::ExceptionTable::TransientFailure};
    std::set<std::int64_t> sequences;
    store_->list(filter, [&](const io::ExceptionRow& row) { sequences.insert(row.sequence); });
    return sequences;
  }

  void replay() {
    Replayed replayed{failed_entries(), {}};
    if (replayed.sequences.empty())
      return;
    auto rows = store_->rows();
    network_.mend_poisons();
    run_engine(RunKind::Replay, true);
    if (trace_.failure)
      return;
    replayed.open = failed_entries();
    watch_.check_at_rest();
    if (!trace_.failure)
      hear(judge(world_, watch_, rows, network_.fhir().normalised_state(), replayed),
           "after a replay the end is not that of a sequential run");
  }

  const World& world_;
  Trace trace_;
  Random random_;
  Watch watch_;
  Network network_;
  std::shared_ptr<MemoryStore> store_;
  std::unique_ptr<Engine> engine_;
  std::vector<bool> shown_;
  std::size_t stops_ = 0;
  VirtualTime begin_{}, quiet_since_{};
  std::optional<VirtualTime> drained_;
  bool stopped_ = false, faults_ended_ = false;
  int runs_ = 0, steps_at_once_ = 0, steps_of_run_ = 0, last_transactions_ = -1;
  Report report_;
};

} // namespace

Report simulate(const World& world, bool with_trace) {
  return Simulation(world, with_trace).run();
}

} // namespace dicomcast::simulation
