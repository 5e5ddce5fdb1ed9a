// The commands that run the pipeline: daemon, backfill, errors replay.
#include "actors/commands/commands.hpp"
#include "actors/commands/progress_display.hpp"
#include "actors/commands/services.hpp"
#include "actors/commands/stop_signal.hpp"
#include "actors/commands/take_store.hpp"
#include "actors/pipeline.hpp"
#include "conf/text.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <chrono>

namespace dicomcast::actors {

namespace {

struct Run {
  RunOutcome outcome;
  double seconds = 0;
  bool stopped = false;
};

/// From the services' first answer to the last row. Throws io::StateStoreError.
Run run(PipelineConfig pipeline, std::shared_ptr<io::StateStore> store, StopSignal& signal, bool show_progress) {
  auto begin = std::chrono::steady_clock::now();
  auto services = make_services(pipeline.config);
  auto progress = std::make_shared<Progress>();
  Run result;
  auto fhir = await_fhir(services, pipeline.config, pipeline.is_daemon, signal.token());
  result.outcome.fatal = fhir.wrong;
  pipeline.use_patch = fhir.offers_json_patch && pipeline.config.update_method == conf::UpdateMethod::Patch;
  if (!fhir.wrong && !pipeline.use_patch && pipeline.config.update_method == conf::UpdateMethod::Patch)
    io::log::warning("the FHIR service offers no JSON Patch: whole updates are sent");
  if (!result.outcome.fatal) {
    std::optional<ProgressDisplay> display;
    if (show_progress) {
      ProgressBounds bounds{pipeline.start_after, pipeline.last, {}};
      if (!pipeline.replay.empty())
        bounds.total = static_cast<std::int64_t>(pipeline.replay.size());
      display.emplace(progress, bounds);
    }
    result.outcome = run_pipeline(std::move(pipeline), services, std::move(store), progress,
                                  [&](std::function<void()> drain) { signal.call(std::move(drain)); });
  }
  result.stopped = signal.came();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

std::string json_of(const Run& run) {
  auto& t = run.outcome.totals;
  auto sequence = [&](std::int64_t value) { return t.entries > 0 ? std::to_string(value) : "null"; };
  return fmt::format(
      "{{\"first_sequence\":{},\"last_sequence\":{},\"entries\":{},\"committed\":{},\"unchanged\":{},\"skipped\":{},"
      "\"failed\":{},\"invalid_tags\":{},\"retries\":{},\"transactions\":{},\"seconds\":{:.3f},"
      "\"entries_per_second\":{:.1f}}}\n",
      sequence(t.first_sequence), sequence(t.last_sequence), t.entries, t.committed, t.unchanged, t.skipped, t.failed,
      t.invalid_tags, t.retries, t.transactions, run.seconds,
      run.seconds > 0 ? static_cast<double>(t.entries) / run.seconds : 0.0);
}

std::string counted(std::int64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string sentence_of(const Run& run) {
  auto& t = run.outcome.totals;
  if (t.entries == 0)
    return "nothing to do: the checkpoint is at the feed's end\n";
  auto sequences = t.first_sequence == t.last_sequence
                       ? fmt::format("sequence {}", t.first_sequence)
                       : fmt::format("sequences {} to {}", t.first_sequence, t.last_sequence);
  return fmt::format("{} ({}) in {:.1f} s, {:.0f} entries/s\n"
                     "  committed {}, unchanged {}, skipped {}, failed {}\n"
                     "  {} taking {:.1f} s, {}, {} left out\n{}",
                     counted(t.entries, "entry", "entries"), sequences, run.seconds,
                     run.seconds > 0 ? static_cast<double>(t.entries) / run.seconds : 0.0, t.committed, t.unchanged,
                     t.skipped, t.failed, counted(t.transactions, "transaction", "transactions"),
                     static_cast<double>(t.commit_microseconds) / 1e6, counted(t.retries, "retry", "retries"),
                     counted(t.invalid_tags, "invalid tag", "invalid tags"),
                     t.failed > 0 ? "  see `dicomcast errors`, and `dicomcast errors replay` once the cause is mended\n"
                                  : "");
}

int report(const Run& run, bool json, Console console) {
  (json ? console.out << json_of(run) : console.out << sentence_of(run)).flush();
  if (run.outcome.fatal) {
    console.err << "dicomcast: could not go on: " << text::one_line(*run.outcome.fatal) << "\n";
    return exit_cannot_go_on;
  }
  if (run.stopped) {
    console.err << "dicomcast: stopped by a signal; the checkpoint is right, run again to go on\n";
    return exit_cannot_go_on;
  }
  return run.outcome.totals.failed > 0 ? exit_entries_failed : exit_done;
}

} // namespace

int run(const conf::Daemon&, const conf::Config& config, Console console) {
  StopSignal signal(exit_done);
  auto store = take_store(config, "daemon", true, signal.token());
  if (!store)
    return exit_done;
  PipelineConfig pipeline;
  pipeline.config = config;
  pipeline.is_daemon = true;
  pipeline.grouped = config.commit_mode.value_or(conf::CommitMode::PerEntry) == conf::CommitMode::Grouped;
  pipeline.start_after = pipeline.checkpoint = store->checkpoint().synced_sequence;
  io::log::info(fmt::format("dicomcast goes on from sequence {}", pipeline.start_after));
  auto result = run(std::move(pipeline), std::move(store), signal, false);
  if (result.stopped) {
    io::log::info(fmt::format("stopped after {} entries", result.outcome.totals.entries));
    return exit_done;
  }
  console.err << "dicomcast: could not go on: " << text::one_line(result.outcome.fatal.value_or("the feed ended"))
              << "\n";
  return exit_cannot_go_on;
}

int run(const conf::Backfill& command, const conf::Config& config, Console console) {
  StopSignal signal(exit_cannot_go_on);
  auto store = take_store(config, "backfill", false, {});
  auto checkpoint = store->checkpoint().synced_sequence;
  PipelineConfig pipeline;
  pipeline.config = config;
  pipeline.checkpoint = checkpoint;
  pipeline.config.rewrite_observations = command.rewrite_observations;
  auto mode = command.commit_mode ? command.commit_mode : config.commit_mode;
  pipeline.grouped = mode.value_or(conf::CommitMode::Grouped) == conf::CommitMode::Grouped;
  pipeline.start_after = command.from ? std::max<std::int64_t>(0, *command.from - 1) : checkpoint;
  pipeline.last = command.to;
  pipeline.move_checkpoint = pipeline.start_after <= checkpoint; // never over entries that no run has done
  return report(run(std::move(pipeline), std::move(store), signal, true), command.json, console);
}

int run(const conf::ErrorsReplay& command, const conf::Config& config, Console console) {
  auto filter = row_filter(command.filter, console.err);
  if (!filter)
    return exit_wrong_usage;
  StopSignal signal(exit_cannot_go_on);
  auto store = take_store(config, "errors replay", false, {});
  if (filter->tables.empty())
    filter->tables = {io::ExceptionTable::DicomFailToStore, io::ExceptionTable::FhirFailToStore,
                      io::ExceptionTable::TransientFailure};
  PipelineConfig pipeline;
  pipeline.config = config;
  pipeline.move_checkpoint = false;
  store->list(*filter, [&](const io::ExceptionRow& row) { pipeline.replay[row.sequence].push_back(row); });
  if (pipeline.replay.empty()) {
    if (command.json)
      console.out << json_of(Run{});
    else
      console.out << "no failed entries to replay\n";
    return exit_done;
  }
  auto wanted = static_cast<std::int64_t>(pipeline.replay.size());
  auto result = run(std::move(pipeline), std::move(store), signal, true);
  int code = report(result, command.json, console);
  auto missing = wanted - result.outcome.totals.entries;
  if (code == exit_done && missing > 0) {
    console.err << "dicomcast: the feed no longer gives " << missing << " of the entries; their rows stay\n";
    code = exit_entries_failed;
  }
  return code;
}

} // namespace dicomcast::actors
