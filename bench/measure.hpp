// One measured run of the real engine against the simulated services, its answer checked.
#pragma once

#include "bench/simulator.hpp"

#include <string>
#include <vector>

namespace dicomcast::bench {

struct Programs {
  std::string dicomcast, sim;
};

/// What is run. The feed holds creates alone, in studies of `study_size` that arrive one after another.
struct Cell {
  bool grouped = true;
  int latency_ms = 0; ///< of each answer of the FHIR service; the DICOM service answers at once
  std::int64_t study_size = 50, entries = 1000;
  int fetches = 32;
  bool patch = false;
  std::int64_t prepared = 0; ///< entries of the feed that are there already, brought in `Grouped` and not measured
  bool watch_memory = false;
};
std::string name_of(const Cell& cell);

struct MemoryPoint {
  std::int64_t entries = 0; ///< read from the feed, at most LookAhead ahead of those done
  Memory memory;
};

struct Figures {
  Cell cell;
  double seconds = 0, cpu_seconds = 0; ///< of the engine's process, from its start to its end
  long peak_kib = 0;
  ServiceCounts fhir;
  double p50 = 0, p99 = 0; ///< seconds of an entry from its page's answer to its transaction's
  std::vector<MemoryPoint> memory;
  std::string wrong; ///< what is wrong with the answer; empty: nothing

  double measured() const { return static_cast<double>(cell.entries - cell.prepared); }
  double per_second() const { return measured() / seconds; }
  double cpu_us() const { return cpu_seconds / measured() * 1e6; }
  double to_floor() const { return seconds / fhir.transaction_seconds; }
  double requests() const { return static_cast<double>(fhir.requests) / measured(); }
  double bytes() const { return static_cast<double>(fhir.bytes_received) / measured(); }
};

/// Throws std::runtime_error where the run fails.
Figures measure(const Programs& programs, const Cell& cell);

/// The command line of a backfill. `more`: further settings, `Key:Sub=value`.
std::vector<std::string> backfill_command(const Programs& programs, const std::string& state,
                                          const std::string& dicom_url, const std::string& fhir_url, bool grouped,
                                          const std::vector<std::string>& more);

/// Whether a small feed with updates, deletes, re-creates and broken values ends in the same state by `PerEntry`, by
/// `Grouped` and by the sequential baseline. Empty: yes; else what differs.
std::string compare_states(const Programs& programs);

} // namespace dicomcast::bench
