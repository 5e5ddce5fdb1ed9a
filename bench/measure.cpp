// One measurement: the program against the simulators, with time, memory and a check of the answer.
#include "bench/measure.hpp"

#include "bench/baseline.hpp"

#include <algorithm>
#include <stdexcept>

namespace dicomcast::bench {

using mapping::Json;

namespace {

constexpr std::int64_t studies_per_patient = 2;

std::vector<std::string> feed_arguments(const Cell& cell) {
  auto latency = std::to_string(cell.latency_ms) + "ms";
  std::vector<std::string> arguments{"--studies",
                                     std::to_string(cell.entries / cell.study_size),
                                     "--instances-per-study",
                                     std::to_string(cell.study_size),
                                     "--studies-per-patient",
                                     std::to_string(studies_per_patient),
                                     "--fhir-latency",
                                     latency};
  if (cell.patch)
    arguments.emplace_back("--patch");
  return arguments;
}

Usage run(const std::vector<std::string>& command, const TemporaryFolder& folder,
          const std::function<void(const Memory&)>& meanwhile = {}) {
  auto usage = Child(command, folder.path("run")).wait(meanwhile);
  if (usage.code != 0 && usage.code != 3)
    throw std::runtime_error("dicomcast ended with " + std::to_string(usage.code) + ": " + usage.err);
  return usage;
}

/// From an entry's page to its transaction. Entries are committed in order; where transactions are fewer, they are
/// taken to hold equally many entries, which they do but for the first and the last.
void measure_latencies(Simulator& simulator, Figures& figures) {
  std::vector<double> ends;
  for (const auto& seen : simulator.fhir_journal())
    if (seen.kind == "transaction")
      ends.push_back(seen.end);
  std::sort(ends.begin(), ends.end());
  auto entries = static_cast<std::size_t>(figures.cell.entries);
  std::vector<double> took;
  for (const auto& seen : simulator.feed_journal()) {
    auto at = seen.target.find("offset="), count = seen.target.find("limit=");
    if (seen.kind != "feed" || at == std::string::npos || count == std::string::npos)
      continue;
    auto offset = std::stoul(seen.target.substr(at + 7)), limit = std::stoul(seen.target.substr(count + 6));
    for (auto i = offset; i < std::min(entries, offset + limit) && !ends.empty(); ++i)
      took.push_back(ends[i * ends.size() / entries] - seen.end);
  }
  if (took.empty())
    return;
  std::sort(took.begin(), took.end());
  figures.p50 = took[took.size() / 2];
  figures.p99 = took[took.size() * 99 / 100];
}

std::string check(const Figures& figures, const Usage& usage, const Contents& there) {
  const auto& cell = figures.cell;
  auto studies = cell.entries / cell.study_size;
  Contents wanted{(studies + studies_per_patient - 1) / studies_per_patient, studies, cell.entries};
  if (usage.code != 0)
    return "entries could not be stored: " + usage.out;
  auto totals = Json::parse(usage.out).value_or(Json());
  if (whole(totals, "committed") != cell.entries - cell.prepared)
    return "not all entries were committed: " + usage.out;
  if (there != wanted)
    return std::to_string(there.patients) + " Patients, " + std::to_string(there.studies) + " studies, " +
           std::to_string(there.instances) + " instances are there, " + std::to_string(wanted.patients) + ", " +
           std::to_string(wanted.studies) + ", " + std::to_string(wanted.instances) + " should be";
  return figures.fhir.violations;
}

} // namespace

std::string name_of(const Cell& cell) {
  std::string name = cell.grouped ? "Grouped" : "PerEntry";
  name += " " + std::to_string(cell.latency_ms) + " ms, studies of " + std::to_string(cell.study_size) + ", " +
          std::to_string(cell.fetches) + " fetches";
  if (cell.patch)
    name += ", Patch";
  if (cell.prepared)
    name += ", the last " + std::to_string(cell.entries - cell.prepared);
  return name;
}

std::vector<std::string> backfill_command(const Programs& programs, const std::string& state,
                                          const std::string& dicom_url, const std::string& fhir_url, bool grouped,
                                          const std::vector<std::string>& more) {
  write_file(state + ".json", "{}");
  std::vector<std::string> command{programs.dicomcast,
                                   "backfill",
                                   "--json",
                                   "--config",
                                   state + ".json",
                                   "--commit-mode",
                                   grouped ? "grouped" : "per-entry"};
  std::vector<std::string> settings{"DicomWeb:Endpoint=" + dicom_url, "Fhir:Endpoint=" + fhir_url,
                                    "StateStore:Path=" + state};
  settings.insert(settings.end(), more.begin(), more.end());
  for (const auto& setting : settings)
    command.insert(command.end(), {"--set", setting});
  return command;
}

Figures measure(const Programs& programs, const Cell& cell) {
  Figures figures;
  figures.cell = cell;
  Simulator simulator(programs.sim, feed_arguments(cell));
  TemporaryFolder folder;
  std::vector<std::string> settings{"Engine:FetchConcurrency=" + std::to_string(cell.fetches)};
  if (cell.patch)
    settings.emplace_back("Engine:UpdateMethod=Patch");
  auto command = [&](bool grouped) {
    return backfill_command(programs, folder.path("state.db"), simulator.dicom_url(), simulator.fhir_url(), grouped,
                            settings);
  };
  if (cell.prepared) {
    auto before = command(true);
    before.insert(before.end(), {"--to", std::to_string(cell.prepared)});
    run(before, folder);
    simulator.forget();
  }
  double next = 0;
  std::function<void(const Memory&)> watch = [&](const Memory& memory) {
    if (monotonic_seconds() < next)
      return;
    next = monotonic_seconds() + 0.1;
    figures.memory.push_back({std::min(cell.entries, simulator.feed_pages() * 100), memory});
  };
  auto usage = run(command(cell.grouped), folder, cell.watch_memory ? watch : nullptr);
  figures.seconds = usage.seconds;
  figures.cpu_seconds = usage.cpu_seconds;
  figures.peak_kib = usage.peak_kib;
  figures.fhir = simulator.counts();
  if (!cell.prepared && cell.entries <= 100'000)
    measure_latencies(simulator, figures);
  figures.wrong = check(figures, usage, simulator.contents());
  return figures;
}

std::string compare_states(const Programs& programs) {
  std::vector<std::string> feed{"--studies",     "40",  "--instances-per-study", "12",  "--update-rate", "0.2",
                                "--delete-rate", "0.3", "--recreate-rate",       "0.3", "--odd-rate",    "0.2",
                                "--broken-rate", "0.1", "--interleave",          "4",   "--seed",        "4"};
  // Ports differ from run to run; what is written must not.
  const std::string dicom_name = "http://dicom.example.org";
  std::string states[3];
  for (int way = 0; way < 3; ++way) {
    Simulator simulator(programs.sim, feed);
    if (way == 2) {
      run_baseline(simulator.dicom_url(), simulator.fhir_url());
    } else {
      TemporaryFolder folder;
      run(backfill_command(programs, folder.path("state.db"), simulator.dicom_url(), simulator.fhir_url(), way == 1,
                           {}),
          folder);
    }
    auto state = simulator.normalised_state();
    for (std::size_t at; (at = state.find(simulator.dicom_url())) != std::string::npos;)
      state.replace(at, simulator.dicom_url().size(), dicom_name);
    states[way] = std::move(state);
  }
  if (states[0].size() < 10'000)
    return "next to nothing was stored";
  if (states[0] != states[2])
    return "PerEntry ends in another state than the sequential baseline";
  return states[1] == states[2] ? "" : "Grouped ends in another state than the sequential baseline";
}

} // namespace dicomcast::bench
