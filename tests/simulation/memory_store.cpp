// The rows and the checkpoint in memory.
#include "tests/simulation/memory_store.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::simulation {

using io::ExceptionRow;
using io::ExceptionTable;

bool MemoryStore::refuses() {
  if (is_cut_off_)
    return true;
  ++writes_;
  for (const auto& fault : world_.faults)
    if (faults_on_ && fault.kind == FaultKind::StoreFails && fault.nth == writes_) {
      trace_.add([&] { return fmt::format("the state store refuses write #{}", writes_); });
      throw io::StateStoreError("a fault of the state store");
    }
  return false;
}

/// One that is there in all but its time gets the new time, but for retries, each of which is a row.
void MemoryStore::add(const ExceptionRow& row) {
  trace_.add([&] {
    return fmt::format("row in {}: sequence {}, {}: {}", io::name_of(row.table), row.sequence, row.exception,
                       row.message);
  });
  auto same = [&](const ExceptionRow& other) {
    return other.table == row.table && other.sequence == row.sequence && other.uids == row.uids &&
           other.exception == row.exception && other.message == row.message && other.replayed_at.empty();
  };
  auto at = std::find_if(rows_.begin(), rows_.end(), same);
  if (at == rows_.end() || row.table == ExceptionTable::TransientRetry)
    at = rows_.insert(rows_.end(), row);
  at->id = std::to_string(++ids_);
  at->timestamp = to_text(trace_.now);
}

void MemoryStore::commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) {
  if (refuses())
    return;
  for (const auto& row : rows)
    add(row);
  auto before = checkpoint_.synced_sequence;
  if (synced_sequence && *synced_sequence > before) {
    checkpoint_.synced_sequence = *synced_sequence;
    checkpoint_.synced_date = to_text(trace_.now);
    trace_.add([&] { return fmt::format("checkpoint {}", *synced_sequence); });
  }
  if (on_write)
    on_write(before, checkpoint_.synced_sequence);
}

void MemoryStore::list(const io::RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) {
  auto sorted = rows_;
  std::stable_sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.sequence < b.sequence; });
  for (const auto& one : sorted) {
    bool wanted = filter.tables.empty() ||
                  std::find(filter.tables.begin(), filter.tables.end(), one.table) != filter.tables.end();
    if (wanted && (filter.with_replayed || one.replayed_at.empty()))
      row(one);
  }
}

std::array<std::int64_t, io::exception_tables.size()> MemoryStore::counts() {
  std::array<std::int64_t, io::exception_tables.size()> counts{};
  for (const auto& row : rows_)
    if (row.replayed_at.empty())
      ++counts[static_cast<std::size_t>(row.table)];
  return counts;
}

void MemoryStore::mark_replayed(const std::vector<ExceptionRow>& replayed, const std::vector<ExceptionRow>& new_rows) {
  if (refuses())
    return;
  for (const auto& one : replayed)
    for (auto& row : rows_)
      if (row.id == one.id) {
        row.replayed_at = to_text(trace_.now);
        trace_.add([&] { return fmt::format("replayed: sequence {} of {}", row.sequence, io::name_of(row.table)); });
      }
  for (const auto& row : new_rows)
    add(row);
}

} // namespace dicomcast::simulation
