// What a state store costs: SQLite against Azure tables.
#include "bench/state_stores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace dicomcast::bench {

using mapping::Json;

namespace {

constexpr std::int64_t study_size = 50;

/// What a run leaves behind, apart from times.
struct End {
  std::int64_t checkpoint = 0, latest = 0;
  std::multiset<std::string> rows;
  std::string fhir_state;
};

struct Run {
  double seconds = 0;
  std::int64_t entries = 0, table_requests = 0;
  End end;
};

std::vector<std::string> services_of(const StoreCell& cell) {
  auto milliseconds = [](int latency) { return std::to_string(latency) + "ms"; };
  return {"--studies",
          std::to_string(cell.entries / study_size),
          "--delete-rate",
          fmt::format("{}", cell.delete_rate),
          "--broken-rate",
          "0.02",
          "--fhir-latency",
          milliseconds(cell.fhir_latency_ms),
          "--table-latency",
          milliseconds(cell.table_latency_ms),
          "--tables",
          "--broken-required-rate",
          "0.01",
          "--instances-per-study",
          std::to_string(study_size)};
}

/// A row as `errors --json` gives it, without its time and what names this run's ports.
std::string comparable(const std::string& line, const Simulator& simulator) {
  auto row = Json::parse(line).value_or(Json());
  row.erase("timestamp");
  auto text = row.to_text();
  for (const auto& url : {simulator.dicom_url(), simulator.fhir_url()})
    for (std::size_t at; (at = text.find(url)) != std::string::npos;)
      text.erase(at, url.size());
  return text;
}

Run run(const Programs& programs, const StoreCell& cell, bool in_tables) {
  Simulator simulator(programs.sim, services_of(cell));
  TemporaryFolder folder;
  std::vector<std::string> settings;
  if (in_tables)
    settings.push_back("TableStore:ConnectionString=" + simulator.table_connection_string());
  auto backfill = backfill_command(programs, folder.path("state.db"), simulator.dicom_url(), simulator.fhir_url(),
                                   cell.grouped, settings);
  auto ask = [&](const std::string& command) {
    std::vector<std::string> words{programs.dicomcast, command, "--json"};
    words.insert(words.end(), {"--config", folder.path("state.db.json")});
    auto first = std::find(backfill.begin(), backfill.end(), "--set");
    words.insert(words.end(), first, backfill.end());
    auto usage = Child(words, folder.path(command)).wait();
    if (usage.code != 0)
      throw std::runtime_error(command + " ended with " + std::to_string(usage.code) + ": " + usage.err);
    return usage.out;
  };

  Run result;
  auto usage = Child(backfill, folder.path("run")).wait();
  if (usage.code != 3) // some entries lack a required tag
    throw std::runtime_error("dicomcast ended with " + std::to_string(usage.code) + ": " + usage.err);
  result.seconds = usage.seconds;
  result.entries = whole(Json::parse(usage.out).value_or(Json()), "entries");
  if (in_tables)
    result.table_requests = simulator.table_requests();
  auto status = Json::parse(ask("status")).value_or(Json());
  result.end.checkpoint = whole(status, "synced_sequence");
  result.end.latest = whole(status, "latest_sequence");
  auto rows = ask("errors");
  for (std::size_t at = 0, end; (end = rows.find('\n', at)) != std::string::npos; at = end + 1)
    result.end.rows.insert(comparable(rows.substr(at, end - at), simulator));
  result.end.fhir_state = simulator.normalised_state();
  for (std::size_t at; (at = result.end.fhir_state.find(simulator.dicom_url())) != std::string::npos;)
    result.end.fhir_state.erase(at, simulator.dicom_url().size());
  return result;
}

std::string difference(const End& sqlite, const End& tables) {
  if (tables.checkpoint != tables.latest || sqlite.checkpoint != sqlite.latest)
    return fmt::format("the checkpoints are {} and {} of {}", sqlite.checkpoint, tables.checkpoint, tables.latest);
  if (sqlite.rows.empty() || sqlite.rows != tables.rows)
    return fmt::format("{} rows in SQLite, {} in tables, and they differ", sqlite.rows.size(), tables.rows.size());
  if (sqlite.fhir_state.size() < 10'000 || sqlite.fhir_state != tables.fhir_state)
    return "the FHIR services end in different states";
  return {};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

} // namespace

std::string name_of(const StoreCell& cell) {
  auto name = fmt::format("{}, FHIR {} ms, tables {} ms", cell.grouped ? "Grouped" : "PerEntry", cell.fhir_latency_ms,
                          cell.table_latency_ms);
  return cell.delete_rate > 0 ? name + fmt::format(", {:g} % deletes", cell.delete_rate * 100) : name;
}

StoreFigures measure_stores(const Programs& programs, const StoreCell& cell) {
  StoreFigures figures;
  figures.cell = cell;
  std::vector<double> sqlite_seconds, table_seconds;
  for (int pair = 0; pair < cell.pairs; ++pair) {
    auto sqlite = run(programs, cell, false), tables = run(programs, cell, true);
    sqlite_seconds.push_back(sqlite.seconds);
    table_seconds.push_back(tables.seconds);
    figures.entries = tables.entries;
    figures.table_requests = tables.table_requests;
    figures.rows = static_cast<std::int64_t>(tables.end.rows.size());
    if (auto wrong = difference(sqlite.end, tables.end); !wrong.empty())
      figures.wrong = wrong;
  }
  figures.sqlite_seconds = median(sqlite_seconds);
  figures.table_seconds = median(table_seconds);
  return figures;
}

} // namespace dicomcast::bench
