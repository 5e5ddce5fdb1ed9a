// The state store in SQLite: rows and checkpoint in one database transaction.
#include "io/state/sqlite_store.hpp"

#include "io/state/sqlite_file.hpp"
#include "io/state/sqlite_schema.hpp"
#include "io/state/state_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <limits>
#include <mutex>

namespace dicomcast::io {

namespace {

/// Rows read at a time: between them no read transaction keeps a writer's log from being cut back.
constexpr int rows_a_page = 500;

constexpr auto insert_sql = R"(INSERT INTO {}(sequence, identity, study_instance_uid, series_instance_uid,
    sop_instance_uid, exception, message, retry_count, timestamp) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(sequence, identity) DO UPDATE SET timestamp = excluded.timestamp, replayed_at = NULL)";

constexpr auto advance_sql = R"(INSERT INTO SyncStateTable VALUES(1, ?, ?)
  ON CONFLICT(id) DO UPDATE SET synced_sequence = excluded.synced_sequence, synced_date = excluded.synced_date
  WHERE excluded.synced_sequence > synced_sequence)";

constexpr auto select_sql = R"(SELECT {0} AS t, row, sequence, study_instance_uid, series_instance_uid,
    sop_instance_uid, exception, message, retry_count, timestamp, replayed_at FROM {1}
  WHERE sequence >= ?1 AND (sequence, timestamp, {0}, row) > (?1, ?2, ?3, ?4))";

std::int64_t first_half(const RowIdentity& identity) {
  std::int64_t value = 0;
  std::memcpy(&value, identity.data(), sizeof value);
  return value;
}

std::string now() {
  return utc_timestamp(std::chrono::system_clock::now());
}

std::size_t index_of(ExceptionTable table) {
  return static_cast<std::size_t>(std::find(exception_tables.begin(), exception_tables.end(), table) -
                                  exception_tables.begin());
}

/// One statement gives a page of all the tables in order. Parameters: the sequence, time, table and row of the last one
/// that was given, then the study.
std::string page_sql(const RowFilter& filter) {
  std::string sql;
  for (std::size_t i = 0; i < exception_tables.size(); ++i) {
    const auto table = exception_tables[i];
    if (!filter.tables.empty() && std::find(filter.tables.begin(), filter.tables.end(), table) == filter.tables.end())
      continue;
    sql += sql.empty() ? "" : "\nUNION ALL ";
    sql += fmt::format(select_sql, i, name_of(table));
    if (!filter.study_instance_uid.empty())
      sql += " AND study_instance_uid = ?5";
    if (!filter.with_replayed)
      sql += " AND +replayed_at IS NULL"; // the plus keeps SQLite from its index, whose order is not the list's
  }
  return sql + fmt::format("\nORDER BY sequence, timestamp, t, row LIMIT {}", rows_a_page);
}

ExceptionRow row_of(const SqliteStatement& statement) {
  ExceptionRow row;
  row.table = exception_tables[static_cast<std::size_t>(statement.integer(0))];
  row.id = std::to_string(statement.integer(1));
  row.sequence = statement.integer(2);
  row.uids = {statement.text(3), statement.text(4), statement.text(5)};
  row.exception = statement.text(6);
  row.message = statement.text(7);
  row.retry_count = static_cast<int>(statement.integer(8));
  row.timestamp = statement.text(9);
  row.replayed_at = statement.text(10);
  return row;
}

} // namespace

/// The statements that write, prepared once.
struct SqliteStore::Writer {
  explicit Writer(SqliteDatabase& database)
      : advance(database, advance_sql), set(database, "INSERT OR REPLACE INTO SyncStateTable VALUES(1, ?, ?)") {
    for (const auto table : exception_tables) {
      insert.emplace_back(database, fmt::format(insert_sql, name_of(table)));
      mark.emplace_back(database, fmt::format("UPDATE {} SET replayed_at = ? WHERE row = ?", name_of(table)));
    }
  }

  void add(const std::vector<NewRow>& rows) {
    for (const auto& [row, timestamp, identity] : rows)
      insert[index_of(row.table)]
          .with(row.sequence, first_half(identity), row.uids.study, row.uids.series, row.uids.instance, row.exception,
                row.message, row.retry_count, timestamp)
          .run();
  }

  SqliteStatement advance, set;
  std::vector<SqliteStatement> insert, mark; ///< by table
};

SqliteStore::SqliteStore(std::string path, bool read_only) : path_(std::move(path)) {
  const bool made = inspect_state_file(path_) == StateFile::Ours;
  if (read_only) {
    if (made)
      database_ = open_state_for_reading(path_, is_still_ = !has_log(path_));
    return;
  }
  open_for_writing(made);
}

SqliteStore::SqliteStore(std::string path, const Holder& me) : path_(std::move(path)) {
  inspect_state_file(path_); // what is not ours gets no companion
  lock_ = std::make_unique<SqliteLock>(path_, me);
  open_for_writing(inspect_state_file(path_) == StateFile::Ours);
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::open_for_writing(bool made) {
  database_ = open_state_for_writing(path_, made);
  writer_ = std::make_unique<Writer>(*database_);
  file_ = file_identity(path_).value_or(FileIdentity{});
}

void SqliteStore::check_is_there() const {
  if (file_identity(path_) != file_)
    refuse_state_file(path_, "has been deleted or replaced while it was in use; put it back, or begin anew with the "
                             "`reset` command");
  if (lock_)
    lock_->check();
}

void SqliteStore::watch(std::function<void(std::string)> lost) {
  watcher_ = {}; // ends the one before
  if (!lost)
    return;
  watcher_ = std::jthread([this, lost = std::move(lost)](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, stop, std::chrono::seconds(1), [&stop] { return stop.stop_requested(); })) {
      try {
        check_is_there();
      } catch (const StateStoreError& error) {
        return lost(error.what());
      }
    }
  });
}

std::string SqliteStore::description() const {
  return "SQLite file " + path_;
}

void SqliteStore::try_to_write() {
  try_to_write_beside(path_);
}

SqliteStore::Writer& SqliteStore::writer() {
  if (!writer_)
    throw StateStoreError(fmt::format("StateStore:Path {}: it was opened for reading", path_));
  return *writer_;
}

SqliteDatabase* SqliteStore::reader() {
  if (is_still_ && has_log(path_)) // somebody has begun to write
    database_ = open_state_for_reading(path_, is_still_ = false);
  return database_.get();
}

Checkpoint SqliteStore::checkpoint() {
  auto* database = reader();
  if (!database)
    return {};
  SqliteStatement statement(*database, "SELECT synced_sequence, synced_date FROM SyncStateTable");
  return statement.step() ? Checkpoint{statement.integer(0), statement.text(1)} : Checkpoint{};
}

void SqliteStore::commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) {
  const auto time = now();
  auto& to = writer();
  check_is_there();
  SqliteTransaction transaction(*database_);
  to.add(new_rows(rows, time));
  if (synced_sequence)
    to.advance.with(*synced_sequence, time).run();
  transaction.commit();
}

void SqliteStore::reset(std::int64_t synced_sequence) {
  auto& to = writer();
  check_is_there();
  to.set.with(synced_sequence, now()).run();
}

void SqliteStore::list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) {
  const auto sql = page_sql(filter);
  ExceptionRow last;
  last.sequence = filter.since_sequence.value_or(std::numeric_limits<std::int64_t>::min());
  last.id = "0";
  std::vector<ExceptionRow> page;
  do {
    page.clear();
    if (auto* database = reader()) {
      SqliteStatement statement(*database, sql);
      statement.with(last.sequence, last.timestamp, index_of(last.table), std::stoll(last.id));
      if (!filter.study_instance_uid.empty())
        statement.bind(5, filter.study_instance_uid);
      while (statement.step())
        page.push_back(row_of(statement));
    }
    std::for_each(page.begin(), page.end(), row);
    if (!page.empty())
      last = page.back();
  } while (page.size() == rows_a_page);
}

std::array<std::int64_t, exception_tables.size()> SqliteStore::counts() {
  std::array<std::int64_t, exception_tables.size()> result{};
  if (auto* database = reader())
    std::transform(exception_tables.begin(), exception_tables.end(), result.begin(), [database](ExceptionTable table) {
      return database->integer(fmt::format("SELECT count(*) FROM {} WHERE replayed_at IS NULL", name_of(table)));
    });
  return result;
}

void SqliteStore::mark_replayed(const std::vector<ExceptionRow>& replayed,
                                const std::vector<ExceptionRow>& failed_again) {
  const auto time = now();
  auto& to = writer();
  check_is_there();
  SqliteTransaction transaction(*database_);
  to.add(new_rows(failed_again, time, replay_salt(replayed)));
  for (const auto& row : replayed)
    to.mark[index_of(row.table)].with(time, std::stoll(row.id)).run();
  transaction.commit();
}

} // namespace dicomcast::io
