// Which cells a bench measures, and in which order.
#include "bench/suite.hpp"

#include <algorithm>
#include <iostream>

namespace dicomcast::bench {

namespace {

constexpr int latencies[] = {0, 5, 20, 50};
constexpr std::int64_t study_sizes[] = {1, 50, 1000, 10'000};
constexpr int fetches[] = {1, 8, 32, 128};

class Suite {
public:
  Suite(const Programs& programs, Extent extent) : programs_(programs), extent_(extent) {}

  Results run() {
    if (extent_ == Extent::Stores) {
      state_stores();
      return std::move(results_);
    }
    std::cerr << "the answer, on a feed with updates, deletes and broken values\n";
    results_.state_difference = compare_states(programs_);
    for (int latency : latencies)
      if (!quick() || latency == 0 || latency == 20)
        baseline(latency);
    must_show();
    state_stores();
    if (extent_ == Extent::Usual)
      each_by_itself();
    if (extent_ == Extent::Full)
      whole_matrix();
    return std::move(results_);
  }

private:
  bool quick() const { return extent_ == Extent::Quick; }

  void baseline(int latency) {
    // Four requests an entry: some 8 s each, scaled by the entry.
    auto studies = quick() ? 1 : (latency > 20 ? 1 : (latency > 0 ? 2 : 20));
    Simulator simulator(programs_.sim, {"--studies", std::to_string(studies), "--instances-per-study", "50",
                                        "--fhir-latency", std::to_string(latency) + "ms"});
    auto figures = run_baseline(simulator.dicom_url(), simulator.fhir_url());
    std::cerr << "sequential baseline " << latency << " ms: " << 1 / figures.seconds_an_entry() << " entries/s over "
              << figures.entries << "\n";
    results_.baselines[latency] = figures;
  }

  Figures cell(const Cell& wanted) {
    std::cerr << name_of(wanted) << ": " << std::flush;
    auto figures = measure(programs_, wanted);
    std::cerr << figures.per_second() << " entries/s, " << figures.cpu_us() << " us CPU an entry"
              << (figures.wrong.empty() ? "" : "; WRONG: " + figures.wrong) << "\n";
    results_.cells.push_back(figures);
    return figures;
  }

  /// Enough entries that the start does not count, and few enough that a run takes some seconds.
  std::int64_t entries_for(bool grouped, int latency, std::int64_t size, double seconds) const {
    auto most = static_cast<double>(grouped ? 20'000 : 4000);
    auto a_second = grouped ? 4000.0 : (latency ? 900.0 / latency : (size >= 1000 ? 100.0 : 1000.0));
    auto entries = static_cast<std::int64_t>(std::min(most, seconds * a_second));
    return std::max<std::int64_t>(1, entries / size) * size;
  }

  Cell cell_of(bool grouped, int latency, std::int64_t size, int at_once, double seconds) const {
    Cell wanted{grouped, latency, size, entries_for(grouped, latency, size, seconds), at_once};
    auto measured = static_cast<std::int64_t>(seconds * (latency ? 900.0 / latency : 100.0));
    if (!grouped && size >= 1000 && wanted.entries > measured)
      wanted.prepared = wanted.entries - std::min<std::int64_t>(measured, 200);
    return wanted;
  }

  void show(std::string what, std::string unit, double wanted, bool at_most, double measured) {
    results_.must_show.push_back({std::move(what), std::move(unit), wanted, at_most, measured});
  }

  /// The run with the median of the CPU time.
  Figures median(const Cell& wanted) {
    std::vector<Figures> runs;
    for (int i = 0; i < 5; ++i)
      runs.push_back(measure(programs_, wanted));
    std::sort(runs.begin(), runs.end(), [](auto& a, auto& b) { return a.cpu_seconds < b.cpu_seconds; });
    std::cerr << name_of(wanted) << ": " << runs[2].cpu_us() << " us CPU an entry, the median of 5\n";
    results_.cells.push_back(runs[2]);
    return runs[2];
  }

  void must_show() {
    auto slow = cell({.grouped = false, .latency_ms = 20, .entries = quick() ? 300 : 1000});
    show("PerEntry, 20 ms: to the floor", "times", 1.05, true, slow.to_floor());
    show("PerEntry, 20 ms: to the sequential baseline", "times", 3.7, false, results_.to_baseline(slow));
    auto grouped = cell({.latency_ms = 20, .entries = quick() ? 10'000 : 50'000});
    show("Grouped, 20 ms, studies of 50: to the sequential baseline", "times", 100, false,
         results_.to_baseline(grouped));
    auto fast = cell({.latency_ms = 0, .entries = quick() ? 20'000 : 100'000});
    show("CPU, Grouped, 0 ms, studies of 50", "us an entry", 60, true, fast.cpu_us());
    auto single = cell({.grouped = false, .latency_ms = 0, .entries = quick() ? 3000 : 10'000});
    show("CPU, PerEntry, 0 ms, studies of 50", "us an entry", 250, true, single.cpu_us());
    show("requests to the FHIR service, Grouped, studies of 50", "an entry", 0.06, true,
         std::max(grouped.requests(), fast.requests()));
    auto thousand = median({.study_size = 1000, .entries = 1000});
    auto ten_thousand = median({.study_size = 10'000, .entries = 10'000});
    show("CPU, a study of 10,000 to one of 1,000, Grouped", "times", 13, true,
         ten_thousand.cpu_seconds / thousand.cpu_seconds);
    auto small = cell({.grouped = false, .study_size = 100, .entries = 100, .patch = true, .prepared = 50});
    auto large = cell({.grouped = false, .study_size = 10'000, .entries = 10'000, .patch = true, .prepared = 9950});
    show("bytes sent an entry, Patch, PerEntry, at 10,000 instances to at 100", "times", 1.2, true,
         large.bytes() / small.bytes());
    million();
  }

  StoreFigures stores(const StoreCell& wanted) {
    std::cerr << name_of(wanted) << ": " << std::flush;
    auto figures = measure_stores(programs_, wanted);
    std::cerr << figures.ratio() << " times SQLite" << (figures.wrong.empty() ? "" : "; WRONG: " + figures.wrong)
              << "\n";
    results_.stores.push_back(figures);
    return figures;
  }

  /// Of the runs that last some seconds, so that the start, which makes the tables, does not count.
  void state_stores() {
    auto single = stores({.grouped = false, .entries = 500});
    show("PerEntry, 20 ms: state in tables of 20 ms a request, to SQLite", "times", 1.05, true, single.ratio());
    auto grouped = stores({.entries = quick() ? 10'000 : 20'000, .pairs = quick() ? 1 : 3});
    show("Grouped, 20 ms: state in tables of 20 ms a request, to SQLite", "times", 1.05, true, grouped.ratio());
    if (quick())
      return;
    stores({.grouped = false, .fhir_latency_ms = 0, .entries = 10'000, .pairs = 3});
    stores({.fhir_latency_ms = 0, .entries = 100'000, .pairs = 3});
    stores({.grouped = false, .entries = 300, .delete_rate = 0.1});
    stores({.entries = 10'000, .delete_rate = 0.1});
  }

  void million() {
    std::int64_t entries = quick() ? 200'000 : 1'000'000;
    auto figures = cell({.entries = entries, .watch_memory = true});
    results_.memory = figures.memory;
    long early = 0;
    for (const auto& point : figures.memory)
      if (point.entries <= 100'000)
        early = point.memory.peak_kib;
    auto name = (quick() ? "200,000" : "1,000,000") + std::string(" entries, Grouped: ");
    show(name + "peak memory", "MB", 150, true, static_cast<double>(figures.peak_kib) * 1024 / 1e6);
    show(name + "peak memory to that at 100,000", "times", 1.1, true,
         static_cast<double>(figures.peak_kib) / static_cast<double>(early));
  }

  void each_by_itself() {
    for (bool grouped : {true, false}) {
      for (int latency : latencies)
        cell(cell_of(grouped, latency, 50, 32, 5));
      for (auto size : study_sizes)
        cell(cell_of(grouped, 0, size, 32, 5));
      for (int at_once : fetches)
        cell(cell_of(grouped, 20, 1, at_once, 5));
    }
  }

  void whole_matrix() {
    for (bool grouped : {true, false})
      for (int latency : latencies)
        for (auto size : study_sizes)
          for (int at_once : fetches)
            cell(cell_of(grouped, latency, size, at_once, 10));
  }

  const Programs& programs_;
  Extent extent_;
  Results results_;
};

} // namespace

double Results::to_baseline(const Figures& figures) const {
  auto found = baselines.find(figures.cell.latency_ms);
  return found == baselines.end() ? 0 : figures.per_second() * found->second.seconds_an_entry();
}

bool Results::is_right() const {
  auto is_right = [](const auto& one) { return one.wrong.empty(); };
  return state_difference.empty() && std::all_of(cells.begin(), cells.end(), is_right) &&
         std::all_of(stores.begin(), stores.end(), is_right);
}

Results run_suite(const Programs& programs, Extent extent) {
  return Suite(programs, extent).run();
}

} // namespace dicomcast::bench
