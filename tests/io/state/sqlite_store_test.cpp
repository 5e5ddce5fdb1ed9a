// What is particular to the SQLite file: what is refused and left alone, beside whom it is read, what it costs.
#include "io/state/sqlite_store.hpp"
#include "tests/io/state/state_backends.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::SqliteStore;
using io::StateStoreError;

namespace fs = std::filesystem;

namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  INFO(sqlite3_errmsg(database));
  CHECK(code == SQLITE_OK);
  sqlite3_close(database);
}

std::size_t files_in(const TemporaryFolder& folder) {
  const fs::path path(folder.file(""));
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {}));
}

/// Opening it either way is refused with that message, and leaves the file and its folder as they were.
void check_refused(const TemporaryFolder& folder, const std::string& name, const std::string& message) {
  const auto path = folder.file(name);
  const auto before = bytes_of(path);
  const auto files = files_in(folder);
  CHECK_THROWS_WITH(SqliteStore(path, true), Contains(message) && Contains(path));
  CHECK_THROWS_WITH(SqliteStore(path, false), Contains(message) && Contains(path));
  CHECK(bytes_of(path) == before);
  CHECK(files_in(folder) == files);
}

std::vector<io::ExceptionRow> many_rows(int from, int count) {
  std::vector<io::ExceptionRow> rows;
  for (int i = from; i < from + count; ++i) {
    auto& row = rows.emplace_back();
    row.table = io::ExceptionTable::FhirFailToStore;
    row.sequence = i;
    row.uids = {"1.2.840.113619.2.1", "1.2.840.113619.2.1.1", "1.2.840.113619.2.1.1." + std::to_string(i)};
    row.exception = "FhirRefused";
    row.message = std::string(100, 'm');
    row.timestamp = "2024-05-06T07:08:09.010Z";
  }
  return rows;
}

/// A store with `count` rows, closed.
void fill(const std::string& path, int count) {
  SqliteStore(path, false).commit(count, many_rows(1, count));
}

} // namespace

TEST_CASE("A store that is closed is one file, and opening it for reading leaves nothing beside it") {
  const TemporaryFolder folder;
  fill(folder.file("state.db"), 10);
  CHECK(files_in(folder) == 1);
  const auto before = bytes_of(folder.file("state.db"));
  {
    SqliteStore reader(folder.file("state.db"), true);
    CHECK(rows_of(reader).size() == 10);
    CHECK(reader.counts()[2] == 10);
  }
  CHECK(files_in(folder) == 1);
  CHECK(bytes_of(folder.file("state.db")) == before);
}

TEST_CASE("Reading an absent store makes no file") {
  const TemporaryFolder folder;
  SqliteStore(folder.file("state.db"), true).checkpoint();
  CHECK(files_in(folder) == 0);
}

TEST_CASE("An empty file becomes a store") {
  const TemporaryFolder folder;
  write_bytes(folder.file("state.db"), "");
  CHECK(SqliteStore(folder.file("state.db"), true).checkpoint().synced_sequence == 0);
  CHECK(bytes_of(folder.file("state.db")).empty());
  SqliteStore(folder.file("state.db"), false).commit(4, {});
  CHECK(SqliteStore(folder.file("state.db"), true).checkpoint().synced_sequence == 4);
}

TEST_CASE("What is not an SQLite database is refused and not touched") {
  const TemporaryFolder folder;
  const auto bytes = GENERATE(as<std::string>(), "x", "a text that somebody needs\n", std::string(5'000, '\0'),
                              std::string("SQLite format 3\0 and no more", 28));
  write_bytes(folder.file("notes.txt"), bytes);
  check_refused(folder, "notes.txt", "is not an SQLite database");
}

TEST_CASE("Another program's database is refused and not touched") {
  const TemporaryFolder folder;
  const auto* sql = GENERATE("CREATE TABLE t(x)", "PRAGMA journal_mode = WAL; CREATE TABLE t(x)",
                             "PRAGMA application_id = 252006673; CREATE TABLE SyncStateTable(x)");
  run_sql(folder.file("other.db"), sql);
  check_refused(folder, "other.db", "another program");
}

TEST_CASE("A newer dicomcast's store is refused and not touched") {
  const TemporaryFolder folder;
  fill(folder.file("state.db"), 1);
  run_sql(folder.file("state.db"), "PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)");
  check_refused(folder, "state.db", "has version 2");
}

TEST_CASE("A store that was cut off is refused and not touched") {
  const TemporaryFolder folder;
  fill(folder.file("state.db"), 300);
  const auto bytes = bytes_of(folder.file("state.db"));
  write_bytes(folder.file("state.db"), bytes.substr(0, GENERATE(100U, 4096U, 30'000U)));
  check_refused(folder, "state.db", "is damaged");
}

TEST_CASE("A store that lacks a table is refused and not touched") {
  const TemporaryFolder folder;
  fill(folder.file("state.db"), 1);
  run_sql(folder.file("state.db"), "DROP TABLE FhirFailToStoreExceptionTable");
  check_refused(folder, "state.db", "is damaged");
}

TEST_CASE("A store with a page of rubbish, wherever it is, is refused for writing and not touched") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  fill(path, 300);
  const auto good = bytes_of(path);
  constexpr std::size_t page = 4096;
  REQUIRE(good.size() > 10 * page);
  for (std::size_t at = page; at < good.size(); at += page) {
    auto bad = good;
    bad.replace(at, page, std::string(page, '\xA5'));
    write_bytes(path, bad);
    INFO("page at " << at);
    CHECK_THROWS_WITH(SqliteStore(path, false), Contains("is damaged"));
    CHECK(bytes_of(path) == bad);
    CHECK(files_in(folder) == 1);
  }
}

TEST_CASE("A damaged store beside the log of a killed process keeps both as they are") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  const auto child = fork();
  if (child == 0) {
    SqliteStore store(path, false);
    store.commit(300, many_rows(1, 300));
    _exit(0); // the log stays
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(fs::file_size(path + "-wal") > 0);
  REQUIRE(SqliteStore(path, true).checkpoint().synced_sequence == 300);
  write_bytes(path + "-wal", "");
  const auto main = bytes_of(path);
  auto bad = main;
  bad.replace(4096, 4096, std::string(4096, '\xA5'));
  write_bytes(path, bad);
  CHECK_THROWS_WITH(SqliteStore(path, false), Contains("is damaged"));
  CHECK(bytes_of(path) == bad);
  CHECK(bytes_of(path + "-wal").empty());
}

TEST_CASE("A folder, a device and a missing folder are told as such") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(SqliteStore(folder.file(""), false), Contains("is a folder"));
  CHECK_THROWS_WITH(SqliteStore("/dev/null", false), Contains("is no regular file"));
  REQUIRE(mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(SqliteStore(folder.file("pipe"), true), Contains("is no regular file"));
  CHECK_THROWS_WITH(SqliteStore(folder.file("none/state.db"), false),
                    Contains("the folder " + folder.file("none") + " does not exist"));
  CHECK_THROWS_WITH(SqliteStore(folder.file("none/state.db"), true), Contains("does not exist"));
  CHECK_THROWS_AS(SqliteStore("", false), StateStoreError);
}

TEST_CASE("A file or a folder without permission is told as such") {
  if (geteuid() == 0 && seteuid(65534) != 0) // root may do everything
    return;
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  fill(path, 1);
  REQUIRE(chmod(path.c_str(), 0) == 0);
  CHECK_THROWS_WITH(SqliteStore(path, true), Contains("Permission denied"));
  REQUIRE(chmod(path.c_str(), 0400) == 0);
  CHECK_THROWS_WITH(SqliteStore(path, false), Contains("no permission to write"));
  CHECK(SqliteStore(path, true).checkpoint().synced_sequence == 1);
  REQUIRE(chmod(path.c_str(), 0600) == 0);
  REQUIRE(chmod(folder.file("").c_str(), 0500) == 0);
  CHECK(SqliteStore(path, true).checkpoint().synced_sequence == 1);
  CHECK_THROWS_WITH(SqliteStore(path, false), Contains("writable"));
  CHECK_THROWS_WITH(SqliteStore(folder.file("new.db"), false), Contains("the right to write"));
  REQUIRE(chmod(folder.file("").c_str(), 0700) == 0);
  if (getuid() == 0)
    REQUIRE(seteuid(0) == 0);
}

TEST_CASE("A name that SQLite takes for something else is a file's") {
  const TemporaryFolder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.file(""));
  const auto name = GENERATE(as<std::string>(), ":memory:", "file:x?mode=memory", "100%25#1?.db");
  SqliteStore(name, false).commit(3, {});
  CHECK(SqliteStore(name, true).checkpoint().synced_sequence == 3);
  CHECK(fs::exists(folder.file(name)));
  fs::current_path(before);
}

TEST_CASE("What was committed before a kill is there, and nothing of what was not") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  const auto child = fork();
  if (child == 0) {
    SqliteStore store(path, false);
    store.commit(5, many_rows(1, 5));
    SqliteStore second(path, false); // a transaction that is cut off, by another connection's hand
    sqlite3* raw = nullptr;
    sqlite3_open(path.c_str(), &raw);
    sqlite3_exec(raw, "BEGIN; UPDATE SyncStateTable SET synced_sequence = 99", nullptr, nullptr, nullptr);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  SqliteStore store(path, false);
  CHECK(store.checkpoint().synced_sequence == 5);
  CHECK(rows_of(store).size() == 5);
}

TEST_CASE("A store whose making was cut short is made anew") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  // What a kill within the first transaction leaves: pages of ours, and the journal that takes them back to none. Its
  // header is section 3 of SQLite's file format: magic, no records, a nonce, no pages before, sectors of 512, pages of
  // 4096.
  fill(path, 100);
  std::string journal("\xD9\xD5\x05\xF9\x20\xA1\x63\xD7\0\0\0\0\1\2\3\4\0\0\0\0\0\0\2\0\0\0\x10\0", 28);
  journal.resize(512);
  write_bytes(path + "-journal", journal);
  CHECK(SqliteStore(path, true).checkpoint().synced_sequence == 0);
  SqliteStore store(path, false);
  store.commit(8, many_rows(1, 2));
  CHECK(store.checkpoint().synced_sequence == 8);
  CHECK(SqliteStore(path, true).counts()[2] == 2);
}

TEST_CASE("A reader that was there first sees what a writer then does") {
  const TemporaryFolder folder;
  fill(folder.file("state.db"), 1);
  SqliteStore reader(folder.file("state.db"), true);
  CHECK(reader.checkpoint().synced_sequence == 1);
  SqliteStore writer(folder.file("state.db"), false);
  writer.commit(1'001, many_rows(2, 1'000));
  CHECK(reader.checkpoint().synced_sequence == 1'001);
  CHECK(rows_of(reader).size() == 1'001);
}

TEST_CASE("A listing that goes on while rows are written neither stops the writer nor lets its log grow") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  SqliteStore writer(path, false);
  writer.commit(1'200, many_rows(1, 1'200));
  SqliteStore reader(path, true);
  int listed = 0;
  reader.list({}, [&](const io::ExceptionRow&) {
    ++listed;
    if (listed % 100 == 0 && listed <= 1'200)
      for (int i = 0; i < 300; ++i)
        writer.commit(2'000 + listed, {});
  });
  CHECK(listed == 1'200);
  CHECK(writer.checkpoint().synced_sequence == 3'200);
  CHECK(fs::file_size(path + "-wal") <= (5U << 20));
}

TEST_CASE("The file does not grow with commits that add no rows") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  SqliteStore store(path, false);
  store.commit(1, many_rows(1, 10));
  for (int i = 2; i < 3'000; ++i)
    store.commit(i, {});
  CHECK(fs::file_size(path) < 200'000);
  CHECK(fs::file_size(path + "-wal") <= (5U << 20));
}

TEST_CASE("Commits cost little, and counts do not read the rows") {
  const TemporaryFolder folder;
  const auto path = folder.file("state.db");
  SqliteStore store(path, false);
  constexpr int commits = 2'000, rows = 20'000;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; i <= commits; ++i)
    store.commit(i, {});
  const auto spent = std::chrono::steady_clock::now() - start;
  CHECK(spent / commits < std::chrono::milliseconds(1)); // some 20 us; room for a busy machine and sanitizers
  store.commit({}, many_rows(1, rows));
  CHECK(store.counts()[2] == rows);
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
  sqlite3_stmt* plan = nullptr;
  REQUIRE(sqlite3_prepare_v2(raw,
                             "EXPLAIN QUERY PLAN SELECT count(*) FROM FhirFailToStoreExceptionTable "
                             "WHERE replayed_at IS NULL",
                             -1, &plan, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(plan) == SQLITE_ROW);
  CHECK_THAT(reinterpret_cast<const char*>(sqlite3_column_text(plan, 3)), Contains("COVERING INDEX"));
  sqlite3_finalize(plan);
  sqlite3_close(raw);
}

TEST_CASE("The description names the file") {
  const TemporaryFolder folder;
  CHECK(SqliteStore(folder.file("state.db"), true).description() == "SQLite file " + folder.file("state.db"));
}
