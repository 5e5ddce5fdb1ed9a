// What Azure tables cost a backfill: the same run with its state in tables that answer late, and in SQLite.
#pragma once

#include "bench/measure.hpp"

#include <string>
#include <vector>

namespace dicomcast::bench {

struct StoreCell {
  bool grouped = true;
  int fhir_latency_ms = 20, table_latency_ms = 20; ///< of each answer
  std::int64_t entries = 1000;                     ///< creates; some lack a required tag, some have a broken one
  double delete_rate = 0;                          ///< of the creates; deletes come on top of `entries`
  int pairs = 1;                                   ///< runs with each store, in turn
};
std::string name_of(const StoreCell& cell);

struct StoreFigures {
  StoreCell cell;
  double sqlite_seconds = 0, table_seconds = 0; ///< of the engine's process; medians
  std::int64_t entries = 0, rows = 0, table_requests = 0;
  std::string wrong; ///< what differs between the two; empty: nothing

  double ratio() const { return table_seconds / sqlite_seconds; }
};

/// Checked, too: both end in the same FHIR state, with the same checkpoint, which is the feed's last sequence, and the
/// same rows. Throws std::runtime_error where a run fails.
StoreFigures measure_stores(const Programs& programs, const StoreCell& cell);

} // namespace dicomcast::bench
