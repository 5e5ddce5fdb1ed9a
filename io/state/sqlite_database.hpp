// SQLite's C interface as two small classes, its errors as sentences.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace dicomcast::io {

/// A connection. Waits up to 10 s for another process's lock. Throws StateStoreError.
class SqliteDatabase {
public:
  enum class Access {
    Read,      ///< beside a writer
    ReadStill, ///< where nobody writes: needs no file beside the database, nor permission to make one
    Write,     ///< makes an absent file
  };
  SqliteDatabase(std::string path, Access access);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  void run(const std::string& sql);
  /// The first column of the first row.
  std::int64_t integer(const std::string& sql);
  std::string text(const std::string& sql);
  bool is_read_only() const;

  sqlite3* handle() const { return handle_; }
  /// Throws what an SQLite result code means.
  [[noreturn]] void fail(int code) const;

private:
  std::string path_;
  sqlite3* handle_ = nullptr;
};

/// A prepared statement. Parameters count from 1 in order, columns from 0.
class SqliteStatement {
public:
  SqliteStatement(SqliteDatabase& database, const std::string& sql);
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  /// Begins anew with these values. Texts are not copied: they live until the statement is run or begun anew.
  template<class... Values>
  SqliteStatement& with(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  void bind(int index, std::integral auto value) { bind_integer(index, value); }
  void bind(int index, const std::string& value);
  /// Whether there is a row.
  bool step();
  /// To the end.
  void run();
  void reset();

  std::int64_t integer(int column) const;
  std::string text(int column) const; ///< empty for NULL

private:
  void bind_integer(int index, std::int64_t value);

  SqliteDatabase& database_;
  sqlite3_stmt* handle_ = nullptr;
};

/// Takes the write lock; rolls back unless committed.
class SqliteTransaction {
public:
  explicit SqliteTransaction(SqliteDatabase& database);
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  void commit();

private:
  SqliteDatabase& database_;
  bool open_ = true;
};

} // namespace dicomcast::io
