// The embedded state store: one SQLite file with a table for the checkpoint and one for each kind of exception.
#pragma once

#include "io/state/sqlite_database.hpp"
#include "io/state/sqlite_lock.hpp"
#include "io/state/state_store.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace dicomcast::io {

/// In WAL mode with synchronous=NORMAL: a commit survives the end of the process at any moment; the last ones may be
/// lost with the machine's power, which repeats their entries and harms nothing. See docs/state.md for the schema.
class SqliteStore final : public StateStore {
public:
  /// Nothing is written before the file is known to be ours and whole. Throws StateStoreError.
  SqliteStore(std::string path, bool read_only);
  /// For writing, and for this process alone. Throws StateStoreHeld.
  SqliteStore(std::string path, const Holder& me);
  ~SqliteStore() override;

  std::string description() const override;
  /// Looks each second whether the file is still there.
  void watch(std::function<void(std::string why)> lost) override;
  void try_to_write() override;
  Checkpoint checkpoint() override;
  void commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) override;
  void reset(std::int64_t synced_sequence) override;
  void list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) override;
  std::array<std::int64_t, exception_tables.size()> counts() override;
  void mark_replayed(const std::vector<ExceptionRow>& replayed, const std::vector<ExceptionRow>& failed_again) override;

private:
  struct Writer;
  void open_for_writing(bool made);
  /// Throws StateStoreError where the file was deleted or replaced: what is written now would be nobody's.
  void check_is_there() const;
  Writer& writer();
  SqliteDatabase* reader();

  const std::string path_;
  std::unique_ptr<SqliteLock> lock_;         ///< none: nobody asked for it
  std::unique_ptr<SqliteDatabase> database_; ///< none: read-only, and there is no file yet
  bool is_still_ = false;                    ///< opened as a file that nobody writes
  std::unique_ptr<Writer> writer_;           ///< none: read-only
  FileIdentity file_;                        ///< that the writer writes
  std::jthread watcher_;
};

} // namespace dicomcast::io
