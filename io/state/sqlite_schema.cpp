// The tables of the state store, and what tells them from another program's.
#include "io/state/sqlite_schema.hpp"

#include "io/state/sqlite_file.hpp"
#include "io/state/state_store.hpp"

#include <fmt/format.h>

namespace dicomcast::io {

namespace {

constexpr auto checkpoint_table = R"(CREATE TABLE SyncStateTable(
  id INTEGER PRIMARY KEY CHECK(id = 1), synced_sequence INTEGER NOT NULL, synced_date TEXT NOT NULL))";

/// `identity` is the first half of the row's identity: with the sequence it tells rows apart. The index of open rows
/// answers counts without reading the rows.
constexpr auto exception_table = R"(CREATE TABLE {0}(
  row INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, identity INTEGER NOT NULL,
  study_instance_uid TEXT NOT NULL, series_instance_uid TEXT NOT NULL, sop_instance_uid TEXT NOT NULL,
  exception TEXT NOT NULL, message TEXT NOT NULL, retry_count INTEGER NOT NULL, timestamp TEXT NOT NULL,
  replayed_at TEXT);
CREATE UNIQUE INDEX {0}_identity ON {0}(sequence, identity);
CREATE INDEX {0}_open ON {0}(replayed_at) WHERE replayed_at IS NULL)";

/// The log is written back at 1,000 pages of 4 KiB, which cuts it back to this size.
constexpr int log_limit_bytes = 4 << 20;

/// Another process may be at it too.
void make_tables(SqliteDatabase& database, const std::string& path) {
  // With the rollback journal, not the log: so the header in the file itself says from the first moment on whose it is.
  SqliteTransaction transaction(database);
  if (database.integer("PRAGMA application_id") == sqlite_application_id)
    return;
  if (database.integer("SELECT count(*) FROM sqlite_master") != 0)
    refuse_state_file(path, "another program has made it meanwhile");
  database.run(fmt::format("PRAGMA application_id = {}", sqlite_application_id));
  database.run(fmt::format("PRAGMA user_version = {}", sqlite_schema_version));
  database.run(checkpoint_table);
  for (const auto table : exception_tables)
    database.run(fmt::format(exception_table, name_of(table)));
  transaction.commit();
}

} // namespace

std::unique_ptr<SqliteDatabase> open_state_for_reading(const std::string& path, bool still) {
  auto database =
      std::make_unique<SqliteDatabase>(path, still ? SqliteDatabase::Access::ReadStill : SqliteDatabase::Access::Read);
  constexpr int expected = 1 + static_cast<int>(exception_tables.size());
  std::string names = "'SyncStateTable'";
  for (const auto table : exception_tables)
    names += fmt::format(",'{}'", name_of(table));
  if (database->integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN (" + names + ")") !=
      expected)
    refuse_state_file(path, "is damaged: tables of the state store are missing");
  return database;
}

std::unique_ptr<SqliteDatabase> open_state_for_writing(const std::string& path, bool made) {
  if (made) {
    const auto reader = open_state_for_reading(path, !has_log(path));
    if (const auto fault = reader->text("PRAGMA quick_check(1)"); fault != "ok")
      refuse_state_file(path, "is damaged (" + fault + "); it was not changed");
  }
  if (!made)
    make_state_file(path);
  auto database = std::make_unique<SqliteDatabase>(path, SqliteDatabase::Access::Write);
  if (database->is_read_only())
    refuse_state_file(path, "there is no permission to write it");
  if (!made)
    make_tables(*database, path);
  database->run(fmt::format("PRAGMA journal_size_limit = {}", log_limit_bytes));
  if (const auto mode = database->text("PRAGMA journal_mode = WAL"); mode != "wal")
    refuse_state_file(path, fmt::format("SQLite cannot keep a write-ahead log there (journal_mode {})", mode));
  database->run("PRAGMA synchronous = NORMAL");
  return database;
}

} // namespace dicomcast::io
