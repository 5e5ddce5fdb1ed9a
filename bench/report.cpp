// The tables, the JSON and the plots of a bench.
#include "bench/report.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

namespace dicomcast::bench {

using mapping::Json;

namespace {

Json decimal(double value) {
  return Json::Number{fmt::format("{:.6g}", value)};
}

/// Of a time in seconds; a dash where it was not measured.
std::string milliseconds(double seconds) {
  return seconds > 0 ? fmt::format("{:.0f}", seconds * 1e3) : "-";
}

std::string bound_of(const MustShow& one) {
  return fmt::format("{} {:g} {}", one.at_most ? "at most" : "at least", one.wanted, one.unit);
}

const char* word_of(Extent extent) {
  switch (extent) {
  case Extent::Quick:
    return "quick";
  case Extent::Usual:
    return "usual";
  case Extent::Full:
    return "full";
  case Extent::Stores:
    return "stores";
  }
  return "";
}

Json json_of(const Figures& one, const Results& results) {
  Json json = Json::object();
  json.set("name", name_of(one.cell));
  json.set("mode", one.cell.grouped ? "Grouped" : "PerEntry");
  json.set("latency_ms", Json::integer(one.cell.latency_ms));
  json.set("study_size", Json::integer(one.cell.study_size));
  json.set("fetches", Json::integer(one.cell.fetches));
  json.set("patch", one.cell.patch);
  json.set("entries", Json::integer(one.cell.entries - one.cell.prepared));
  json.set("entries_per_second", decimal(one.per_second()));
  json.set("times_the_baseline", decimal(results.to_baseline(one)));
  json.set("times_the_floor", decimal(one.to_floor()));
  json.set("p50_seconds", decimal(one.p50));
  json.set("p99_seconds", decimal(one.p99));
  json.set("cpu_us_per_entry", decimal(one.cpu_us()));
  json.set("peak_mb", decimal(static_cast<double>(one.peak_kib) * 1024 / 1e6));
  json.set("requests_per_entry", decimal(one.requests()));
  json.set("bytes_per_entry", decimal(one.bytes()));
  json.set("transactions", Json::integer(one.fhir.transactions));
  json.set("wrong", one.wrong);
  return json;
}

/// Of each curve the points (x, y), as gnuplot's blocks.
template<class Wanted, class X, class Y>
std::string curves(const Results& results, Wanted wanted, X x, Y y) {
  std::string out;
  for (bool grouped : {true, false}) {
    std::set<std::pair<double, double>> points;
    std::set<double> seen;
    for (auto one = results.cells.rbegin(); one != results.cells.rend(); ++one)
      if (one->cell.grouped == grouped && !one->cell.patch && wanted(one->cell) && seen.insert(x(*one)).second)
        points.emplace(x(*one), y(*one));
    out += grouped ? "\"Grouped\"\n" : "\n\n\"PerEntry\"\n";
    for (auto [a, b] : points)
      out += fmt::format("{} {}\n", a, b);
  }
  return out;
}

void write_plots(const Results& results, const std::string& folder, const std::string& script) {
  auto per_second = [](const Figures& one) { return one.per_second(); };
  write_file(folder + "/latency.dat", curves(
                                          results, [](const Cell& c) { return c.study_size == 50 && c.fetches == 32; },
                                          [](const Figures& one) { return one.cell.latency_ms; }, per_second));
  write_file(folder + "/fetches.dat",
             curves(
                 results, [](const Cell& c) { return c.study_size == 1 && c.latency_ms == 20; },
                 [](const Figures& one) { return one.cell.fetches; }, per_second));
  write_file(folder + "/cpu.dat",
             curves(
                 results, [](const Cell& c) { return c.latency_ms == 0 && c.fetches == 32 && c.study_size != 100; },
                 [](const Figures& one) { return static_cast<double>(one.cell.study_size); },
                 [](const Figures& one) { return one.cpu_us(); }));
  std::string memory;
  for (const auto& point : results.memory)
    memory += fmt::format("{} {:.1f}\n", point.entries, static_cast<double>(point.memory.resident_kib) * 1024 / 1e6);
  write_file(folder + "/memory.dat", memory);
  auto command = "cd '" + folder + "' && gnuplot '" + script + "'";
  if (std::system(command.c_str()) != 0)
    std::cerr << "no plots were drawn: gnuplot failed\n";
}

} // namespace

std::string machine() {
  utsname name{};
  uname(&name);
  std::string model = "unknown processor";
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  auto memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e9;
  return fmt::format("{}, {} cores, {:.0f} GB, {} {}", model, std::thread::hardware_concurrency(), memory, name.sysname,
                     name.release);
}

std::string table_of(const Results& results) {
  auto out = machine() + "\n\n";
  if (!results.cells.empty())
    out += "the answer: " + (results.state_difference.empty()
                                 ? "PerEntry, Grouped and the sequential baseline end in the same state\n\n"
                                 : "WRONG: " + results.state_difference + "\n\n");
  out += fmt::format("{:<72}{:>26}{:>12}\n", "must show", "", "measured");
  for (const auto& one : results.must_show)
    out +=
        fmt::format("{:<72}{:>26}{:>12.4g}{}\n", one.what, bound_of(one), one.measured, one.holds() ? "" : "  SHORT");
  if (!results.baselines.empty())
    out += "\nsequential baseline, studies of 50\n";
  for (const auto& [latency, one] : results.baselines)
    out += fmt::format("  {:>2} ms  {:>8.1f} entries/s, {:.2f} requests an entry, over {} entries\n", latency,
                       1 / one.seconds_an_entry(), static_cast<double>(one.requests) / static_cast<double>(one.entries),
                       one.entries);
  if (!results.cells.empty())
    out += fmt::format("\n{:<60}{:>9}{:>10}{:>11}{:>8}{:>9}{:>9}{:>8}{:>7}{:>9}{:>9}\n", "run", "entries", "entries/s",
                       "x baseline", "x floor", "p50 ms", "p99 ms", "us CPU", "MB", "requests", "bytes");
  for (const auto& one : results.cells) {
    auto baseline = results.to_baseline(one);
    out += fmt::format("{:<60}{:>9}{:>10.0f}{:>11}{:>8.2f}{:>9}{:>9}{:>8.1f}{:>7.0f}{:>9.4f}{:>9.0f}{}\n",
                       name_of(one.cell), one.cell.entries - one.cell.prepared, one.per_second(),
                       baseline > 0 ? fmt::format("{:.1f}", baseline) : "-", one.to_floor(), milliseconds(one.p50),
                       milliseconds(one.p99), one.cpu_us(), static_cast<double>(one.peak_kib) * 1024 / 1e6,
                       one.requests(), one.bytes(), one.wrong.empty() ? "" : "  WRONG: " + one.wrong);
  }
  if (!results.stores.empty())
    out += fmt::format("\n{:<60}{:>9}{:>10}{:>10}{:>9}{:>9}{:>9}\n", "state in Azure tables, to SQLite", "entries",
                       "tables s", "SQLite s", "ratio", "rows", "requests");
  for (const auto& one : results.stores)
    out += fmt::format("{:<60}{:>9}{:>10.2f}{:>10.2f}{:>9.3f}{:>9}{:>9}{}\n", name_of(one.cell), one.entries,
                       one.table_seconds, one.sqlite_seconds, one.ratio(), one.rows, one.table_requests,
                       one.wrong.empty() ? "" : "  WRONG: " + one.wrong);
  return out + "\nCPU, requests and bytes (to the FHIR service) are an entry's; p50 and p99 from read to committed.\n";
}

std::string json_of(const Results& results, Extent extent) {
  Json json = Json::object();
  json.set("machine", machine());
  json.set("extent", word_of(extent));
  json.set("state_difference", results.state_difference);
  Json rows = Json::array(), baselines = Json::array(), cells = Json::array();
  for (const auto& one : results.must_show) {
    Json row = Json::object();
    row.set("what", one.what);
    row.set("unit", one.unit);
    row.set("wanted", decimal(one.wanted));
    row.set("at_most", one.at_most);
    row.set("measured", decimal(one.measured));
    row.set("holds", one.holds());
    rows.push_back(std::move(row));
  }
  for (const auto& [latency, one] : results.baselines) {
    Json row = Json::object();
    row.set("latency_ms", Json::integer(latency));
    row.set("entries", Json::integer(one.entries));
    row.set("entries_per_second", decimal(1 / one.seconds_an_entry()));
    baselines.push_back(std::move(row));
  }
  for (const auto& one : results.cells)
    cells.push_back(json_of(one, results));
  Json stores = Json::array();
  for (const auto& one : results.stores) {
    Json row = Json::object();
    row.set("name", name_of(one.cell));
    row.set("entries", Json::integer(one.entries));
    row.set("table_seconds", decimal(one.table_seconds));
    row.set("sqlite_seconds", decimal(one.sqlite_seconds));
    row.set("ratio", decimal(one.ratio()));
    row.set("rows", Json::integer(one.rows));
    row.set("table_requests", Json::integer(one.table_requests));
    row.set("wrong", one.wrong);
    stores.push_back(std::move(row));
  }
  json.set("must_show", std::move(rows));
  json.set("state_stores", std::move(stores));
  json.set("baselines", std::move(baselines));
  json.set("cells", std::move(cells));
  return json.to_pretty_text();
}

void write_results(const Results& results, Extent extent, const std::string& folder, const std::string& plot_script) {
  std::filesystem::create_directories(folder);
  write_file(folder + "/latest.json", json_of(results, extent) + "\n");
  if (extent == Extent::Usual || extent == Extent::Full) // the others have no curves
    write_plots(results, folder, std::filesystem::absolute(plot_script).string());
}

} // namespace dicomcast::bench
