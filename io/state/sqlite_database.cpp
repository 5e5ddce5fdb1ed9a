// SQLite's C interface as classes, and its errors in words.
#include "io/state/sqlite_database.hpp"

#include "conf/text.hpp"
#include "io/state/sqlite_file.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace dicomcast::io {

namespace {

constexpr int busy_timeout_ms = 10'000;

/// SQLite takes `:memory:` and an empty name for something else than a file.
std::string as_file(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

std::string as_still_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : as_file(path))
    uri += c == '/' ? "/" : text::percent_encoded(std::string_view(&c, 1));
  return uri + "?immutable=1";
}

/// What the system said, where SQLite tells no more than that reading or writing failed.
std::string words_of_failed_io(int code, int system_error, const std::string& detail) {
  // The shared memory beside the file could not be made longer: SQLite does not keep why, and it is for want of room.
  if (code == SQLITE_IOERR_SHMSIZE && system_error == 0)
    system_error = ENOSPC;
  if (system_error != 0)
    return words_of_failed_write(system_error);
  return fmt::format("cannot be read or written: {} (SQLite code {}); look for faults of its disk in the system's log",
                     detail, code);
}

std::string words_of(int code, int system_error, const std::string& detail) {
  switch (code & 0xFF) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return fmt::format("is damaged ({}); put a good copy in its place, or move it away and begin anew with the `reset` "
                       "command",
                       detail);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return fmt::format("another process has held its lock for {} s", busy_timeout_ms / 1000);
  case SQLITE_FULL:
    return words_of_failed_write(ENOSPC);
  case SQLITE_IOERR:
    return words_of_failed_io(code, system_error, detail);
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
  case SQLITE_PERM:
    if (system_error == EROFS || system_error == ENOSPC || system_error == EDQUOT)
      return words_of_failed_write(system_error);
    return fmt::format("cannot be opened ({}); file and folder must be writable, since SQLite keeps files beside it",
                       detail);
  default:
    return fmt::format("SQLite failed: {} (code {})", detail, code);
  }
}

} // namespace

SqliteDatabase::SqliteDatabase(std::string path, Access access) : path_(std::move(path)) {
  const auto name = access == Access::ReadStill ? as_still_uri(path_) : as_file(path_);
  const int flags = access == Access::Write       ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                    : access == Access::ReadStill ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                                  : SQLITE_OPEN_READONLY;
  const int code =
      sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closer(std::exchange(handle_, nullptr), &sqlite3_close);
    fail(code);
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
}

SqliteDatabase::~SqliteDatabase() {
  sqlite3_close(handle_);
}

void SqliteDatabase::fail(int code) const {
  std::string detail = sqlite3_errstr(code);
  if (handle_ && sqlite3_extended_errcode(handle_) == code && detail != sqlite3_errmsg(handle_))
    detail = sqlite3_errmsg(handle_);
  refuse_state_file(path_, words_of(code, handle_ ? sqlite3_system_errno(handle_) : 0, detail));
}

void SqliteDatabase::run(const std::string& sql) {
  if (const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
    fail(code);
}

std::int64_t SqliteDatabase::integer(const std::string& sql) {
  SqliteStatement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string SqliteDatabase::text(const std::string& sql) {
  SqliteStatement statement(*this, sql);
  return statement.step() ? statement.text(0) : std::string();
}

bool SqliteDatabase::is_read_only() const {
  return sqlite3_db_readonly(handle_, "main") == 1;
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, const std::string& sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK)
    database_.fail(code);
}

SqliteStatement::~SqliteStatement() {
  sqlite3_finalize(handle_);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

void SqliteStatement::bind_integer(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(handle_, index, value); code != SQLITE_OK)
    database_.fail(code);
}

void SqliteStatement::bind(int index, const std::string& value) {
  const int code = sqlite3_bind_text64(handle_, index, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK)
    database_.fail(code);
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(handle_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    sqlite3_reset(handle_);
    database_.fail(code);
  }
  return code == SQLITE_ROW;
}

void SqliteStatement::run() {
  while (step()) {
  }
  reset();
}

void SqliteStatement::reset() {
  sqlite3_reset(handle_);
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string SqliteStatement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))) : std::string();
}

SqliteTransaction::SqliteTransaction(SqliteDatabase& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

SqliteTransaction::~SqliteTransaction() {
  // An error may have rolled back by itself: then this does nothing.
  if (open_)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteTransaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

} // namespace dicomcast::io
