// What dicomcast remembers: the checkpoint and the five exception tables. SQLite by default, Azure Table Storage by
// configuration; one suite of tests runs against both.
#pragma once

#include "conf/config.hpp"
#include "conf/text.hpp"
#include "mapping/feed/entry.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::io {

enum class ExceptionTable { InvalidDicomTag, DicomFailToStore, FhirFailToStore, TransientRetry, TransientFailure };
inline constexpr std::array exception_tables = {ExceptionTable::InvalidDicomTag, ExceptionTable::DicomFailToStore,
                                                ExceptionTable::FhirFailToStore, ExceptionTable::TransientRetry,
                                                ExceptionTable::TransientFailure};
/// `InvalidDicomTagExceptionTable` and so on.
const char* name_of(ExceptionTable table);
/// Whether its rows are of entries that could not be stored; else of tags left out, and of retries.
bool is_of_failed_entry(ExceptionTable table);
/// By full name, or without `ExceptionTable`, in any case.
std::optional<ExceptionTable> table_of(std::string_view name);

struct ExceptionRow {
  std::string id; ///< the store's own; empty in a new row
  ExceptionTable table = ExceptionTable::InvalidDicomTag;
  std::int64_t sequence = 0;
  mapping::InstanceUids uids;
  std::string exception; ///< the kind, such as `InvalidRequiredTag` or `FhirConflict`
  std::string message;
  int retry_count = 0;     ///< of TransientRetry: which retry, from 1; of TransientFailure: how many
  std::string timestamp;   ///< UTC, `YYYY-MM-DDThh:mm:ss.fffZ`; a new row without one gets the store's
  std::string replayed_at; ///< empty: not replayed
  std::string partition;   ///< the entry's data partition, for the log: no store keeps it, the sequence tells it
};

struct Checkpoint {
  std::int64_t synced_sequence = 0; ///< everything up to it, inclusive, is done
  std::string synced_date;          ///< when that was written; empty: never
};

/// Which rows to list. Empty members do not filter.
struct RowFilter {
  std::vector<ExceptionTable> tables;
  std::string study_instance_uid;
  std::optional<std::int64_t> since_sequence; ///< inclusive
  bool with_replayed = false;
};

/// The store cannot be opened, read or written: the message says which and why.
struct StateStoreError : std::runtime_error {
  /// What an outside says may stand in it: it is made one line.
  explicit StateStoreError(std::string_view what) : std::runtime_error(text::one_line(what)) {}
};

/// Blocks; used by one thread at a time. Every function may throw StateStoreError.
/// A row that is equal to one that is there in all but its time (see new_rows in state_row.hpp) does not stand twice:
/// the one that is there gets the new time and counts as not replayed. So whatever is committed again after a kill or a
/// lost answer, and an entry that fails again in the same way, is stored once.
class StateStore {
public:
  virtual ~StateStore() = default;
  /// Such as `SQLite file dicomcast.db`; no secret.
  virtual std::string description() const { return "state store"; }
  /// Whether a commit may begin now: not while it is in doubt that the store is ours for long enough. Any thread.
  virtual bool may_commit() const { return true; }
  /// From now on `lost` is called, once and on any thread, when the store is no longer ours (see take_state_store), or
  /// no longer there. Empty: no longer. Not from within `lost`.
  virtual void watch(std::function<void(std::string why)> lost) { static_cast<void>(lost); }
  /// Tries whether it could be written, also where it was opened for reading, and leaves it as it was. Throws
  /// StateStoreError, which says why not and what to do.
  virtual void try_to_write() {}
  virtual Checkpoint checkpoint() = 0;
  /// Adds the rows, and moves the checkpoint to `synced_sequence` unless it is there or further already: in one
  /// transaction (SQLite), or the rows first and the checkpoint when they are stored (Azure).
  virtual void commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) = 0;
  /// Sets the checkpoint, back or forward.
  virtual void reset(std::int64_t synced_sequence) = 0;
  /// Calls `row` for each that passes the filter, by sequence, then by time. Reads while another process writes. `row`
  /// may not use the store.
  virtual void list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) = 0;
  /// Rows not replayed, a count for each of exception_tables in its order.
  virtual std::array<std::int64_t, exception_tables.size()> counts() = 0;
  /// Marks rows as replayed now, in one transaction with (Azure: after) the new rows of the entries that failed again,
  /// which stand beside the replayed ones even where they are equal. A row that is gone is passed over.
  virtual void mark_replayed(const std::vector<ExceptionRow>& replayed, const std::vector<ExceptionRow>& new_rows) = 0;
};

/// Opens what the configuration names; makes an absent SQLite file or absent tables. A file that is damaged, or no
/// store of dicomcast's, is refused and not touched. `read_only`: nothing is made or written (status, errors): an
/// absent file is an empty store.
std::unique_ptr<StateStore> open_state_store(const conf::Config& config, bool read_only);

struct Holder;
/// The same for writing, and for this process alone until the store is let go or the process ends: at once on SQLite,
/// within StateStore:LeaseDuration on Azure tables. Throws StateStoreHeld (holder.hpp), which names the other.
std::unique_ptr<StateStore> take_state_store(const conf::Config& config, const Holder& me);

} // namespace dicomcast::io
