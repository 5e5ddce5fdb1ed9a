// What is asked of the working set for the head of the window, and what comes of it: the writes of one transaction.
#pragma once

#include "io/fhir.hpp"
#include "io/retry_schedule.hpp"
#include "io/state/state_store.hpp"
#include "mapping/feed/entry.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

using mapping::EntryPtr;

/// Consecutive entries from the head of the window.
struct PrepareRequest {
  std::vector<EntryPtr> entries;
  /// For one entry with Observations whose Bundle was refused: it goes in pieces of at most that many Observation
  /// writes. What is left is reckoned from what stands, at each piece anew. An upsert begins with Patient, Endpoint and
  /// study alone; a delete ends with the study alone, so that a crash in between repeats rightly. Each piece but an
  /// empty last one writes something: where only Observations are left, 0 counts as 1.
  std::optional<std::size_t> piece{};
  bool put_only = false; ///< the service has refused a patch
};

/// What an entry comes to.
enum class EntryResult { Committed, Unchanged, Skipped, Failed };

struct PreparedGroup {
  std::vector<EntryPtr> entries;      ///< those of the request that went in, from its first on
  std::vector<EntryResult> results;   ///< one an entry, if the transaction succeeds
  std::vector<io::ExceptionRow> rows; ///< to be recorded with the checkpoint, if it succeeds
  std::vector<io::fhir::Write> writes;
  std::string bundle; ///< the transaction's text; empty without writes
  /// Writes that take back what an earlier transaction tied to somebody else's resource; no entry goes in with them.
  bool is_compensation = false;
  std::size_t observations = 0; ///< how many Observation writes the (single) entry has in all, as of now
  bool more = false;            ///< of an entry in pieces: something is left after this one
  bool has_patch = false;       ///< a study goes as JSON Patch
  /// When the oldest of the Patients, Endpoint and studies that it rests on was found: searched, or written by us with
  /// a version told. The greatest value where it rests on none.
  io::Clock::time_point oldest = io::Clock::time_point::max();
};

/// How the log names an entry: equal UIDs in several data partitions are told apart.
inline std::string log_name(std::int64_t sequence, const mapping::InstanceUids& uids, const std::string& partition) {
  auto text = "entry " + std::to_string(sequence) + " (study " + uids.study + ", series " + uids.series +
              ", instance " + uids.instance;
  return text + (partition.empty() ? ")" : ", data partition " + partition + ")");
}

/// A row about an entry, without a time.
inline io::ExceptionRow row_of(const mapping::MappedEntry& entry, io::ExceptionTable table, std::string exception,
                               std::string message, int retry_count = 0) {
  io::ExceptionRow row;
  row.table = table;
  row.sequence = entry.sequence;
  row.uids = entry.uids;
  row.exception = std::move(exception);
  row.message = std::move(message);
  row.retry_count = retry_count;
  row.partition = entry.partition;
  return row;
}

/// What an entry comes to that writes nothing: the result, and the row of one that is refused.
inline EntryResult result_of_idle(const mapping::MappedEntry& entry, std::vector<io::ExceptionRow>& rows) {
  if (entry.effect != mapping::Effect::Refuse)
    return EntryResult::Skipped;
  rows.push_back(row_of(entry, io::ExceptionTable::DicomFailToStore, mapping::name_of(entry.fault), entry.refusal));
  return EntryResult::Failed;
}

} // namespace dicomcast::actors
