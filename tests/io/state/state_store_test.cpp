// What every state store does, SQLite and Azure alike.
#include "tests/io/state/state_backends.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <random>
#include <regex>
#include <set>

using namespace dicomcast;
using namespace dicomcast::test;
using io::ExceptionRow;
using io::ExceptionTable;

namespace {

/// The time follows the sequence, so that expected orders can be told.
ExceptionRow row(ExceptionTable table, std::int64_t sequence,
                 const std::string& message = "AccessionNumber is too long") {
  ExceptionRow result;
  result.table = table;
  result.sequence = sequence;
  result.uids = {"1.2.3", "1.2.3.4", "1.2.3.4." + std::to_string(sequence)};
  result.exception = "InvalidTag";
  result.message = message;
  result.timestamp = "2024-05-06T07:08:09.010Z";
  return result;
}

ExceptionRow retry(std::int64_t sequence, int count, const std::string& timestamp) {
  auto result = row(ExceptionTable::TransientRetry, sequence, "503");
  result.retry_count = count;
  result.timestamp = timestamp;
  return result;
}

std::vector<std::int64_t> sequences_of(const std::vector<ExceptionRow>& rows) {
  std::vector<std::int64_t> result;
  for (const auto& one : rows)
    result.push_back(one.sequence);
  return result;
}

bool is_utc_time(const std::string& text) {
  static const std::regex form(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
  return std::regex_match(text, form);
}

using Counts = std::array<std::int64_t, io::exception_tables.size()>;

} // namespace

TEST_CASE("A table is found by its whole name or its short one, in any case") {
  for (const auto table : io::exception_tables)
    CHECK(io::table_of(io::name_of(table)) == table);
  CHECK(io::table_of("fhirFAILtoStore") == ExceptionTable::FhirFailToStore);
  CHECK(io::table_of("transientretryexceptiontable") == ExceptionTable::TransientRetry);
  CHECK_FALSE(io::table_of(""));
  CHECK_FALSE(io::table_of("FhirFailToStoreException"));
}

TEST_CASE("A new store has no checkpoint and no row") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  CHECK(store->checkpoint().synced_sequence == 0);
  CHECK(store->checkpoint().synced_date.empty());
  CHECK(rows_of(*store).empty());
  CHECK(store->counts() == Counts{});
}

TEST_CASE("Read-only, a store that is not there is empty, and nothing can be written") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open(true);
  CHECK(store->checkpoint().synced_sequence == 0);
  CHECK(rows_of(*store).empty());
  CHECK(store->counts() == Counts{});
  CHECK_THROWS_AS(store->commit(1, {}), io::StateStoreError);
  CHECK_THROWS_AS(store->reset(1), io::StateStoreError);
  CHECK_THROWS_AS(store->mark_replayed({}, {}), io::StateStoreError);
}

TEST_CASE("A commit moves the checkpoint forward and never back; a reset does both") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  store->commit(10, {});
  CHECK(store->checkpoint().synced_sequence == 10);
  CHECK(is_utc_time(store->checkpoint().synced_date));
  store->commit(7, {});
  CHECK(store->checkpoint().synced_sequence == 10);
  store->commit(std::nullopt, {row(ExceptionTable::FhirFailToStore, 12)});
  CHECK(store->checkpoint().synced_sequence == 10);
  store->reset(3);
  CHECK(store->checkpoint().synced_sequence == 3);
  store->commit(7, {});
  CHECK(store->checkpoint().synced_sequence == 7);
  constexpr std::int64_t far = 9'000'000'000'000'000'000;
  store->reset(far);
  CHECK(backend.open()->checkpoint().synced_sequence == far);
}

TEST_CASE("Of two writers neither moves the checkpoint back") {
  const Backend backend(GENERATE(from_range(backends())));
  auto one = backend.open(), other = backend.open();
  one->commit(5, {});
  other->commit(9, {});
  one->commit(7, {});
  CHECK(one->checkpoint().synced_sequence == 9);
  other->commit(8, {});
  one->commit(12, {});
  CHECK(other->checkpoint().synced_sequence == 12);
  other->reset(2); // while the other goes on from what it knew
  one->commit(4, {});
  CHECK(other->checkpoint().synced_sequence == 4);
}

TEST_CASE("A row comes back as it was stored, its texts as one line each, whatever they hold") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  auto written =
      row(ExceptionTable::TransientFailure, 77,
          "PatientSex (0010,0040): 'Q' \"quoted\" \\ \r\n--batch_dicomcast--\r\n\xC3\xBC \xF0\x9F\xA9\xBB %27");
  written.exception = "FhirServerError";
  written.retry_count = 9;
  store->commit(77, {written});
  const auto rows = rows_of(*backend.open());
  REQUIRE(rows.size() == 1);
  const auto& read = rows.front();
  CHECK_FALSE(read.id.empty());
  CHECK(read.table == written.table);
  CHECK(read.sequence == 77);
  CHECK(read.uids == written.uids);
  CHECK(read.exception == written.exception);
  CHECK(read.message == text::one_line(written.message));
  CHECK(read.retry_count == 9);
  CHECK(read.timestamp == written.timestamp);
  CHECK(read.replayed_at.empty());
}

TEST_CASE("A row without a time gets the store's") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  auto written = row(ExceptionTable::DicomFailToStore, 1);
  written.timestamp.clear();
  store->commit(1, {written});
  const auto rows = rows_of(*store);
  REQUIRE(rows.size() == 1);
  CHECK(is_utc_time(rows.front().timestamp));
}

TEST_CASE("Rows are listed by sequence, then by time, whatever the table and the order of writing") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  store->commit({}, {retry(5, 2, "2024-01-01T00:00:02.000Z"), row(ExceptionTable::InvalidDicomTag, 11)});
  store->commit({}, {retry(5, 1, "2024-01-01T00:00:01.000Z"), row(ExceptionTable::FhirFailToStore, 3)});
  auto later = row(ExceptionTable::TransientFailure, 5);
  later.timestamp = "2024-01-01T00:00:03.000Z";
  store->commit({}, {later});
  const auto rows = rows_of(*store);
  CHECK(sequences_of(rows) == std::vector<std::int64_t>{3, 5, 5, 5, 11});
  REQUIRE(rows.size() == 5);
  CHECK(rows[1].retry_count == 1);
  CHECK(rows[2].retry_count == 2);
  CHECK(rows[3].table == ExceptionTable::TransientFailure);
}

TEST_CASE("Filters choose by table, study and sequence, alone and together") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  auto elsewhere = row(ExceptionTable::FhirFailToStore, 4);
  elsewhere.uids.study = "9.9' or 'a' eq 'a";
  store->commit({}, {row(ExceptionTable::FhirFailToStore, 1), row(ExceptionTable::FhirFailToStore, 3), elsewhere,
                     row(ExceptionTable::InvalidDicomTag, 2), row(ExceptionTable::InvalidDicomTag, 5)});
  using Sequences = std::vector<std::int64_t>;
  CHECK(sequences_of(rows_of(*store, {{ExceptionTable::FhirFailToStore}, {}, {}, false})) == Sequences{1, 3, 4});
  CHECK(sequences_of(rows_of(*store, {{}, "1.2.3", {}, false})) == Sequences{1, 2, 3, 5});
  CHECK(sequences_of(rows_of(*store, {{}, elsewhere.uids.study, {}, false})) == Sequences{4});
  CHECK(sequences_of(rows_of(*store, {{}, {}, 3, false})) == Sequences{3, 4, 5});
  CHECK(sequences_of(
            rows_of(*store, {{ExceptionTable::FhirFailToStore, ExceptionTable::TransientRetry}, "1.2.3", 2, false})) ==
        Sequences{3});
}

TEST_CASE("Counts are of the rows that are not replayed, table by table") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  store->commit({}, {row(ExceptionTable::InvalidDicomTag, 1), row(ExceptionTable::InvalidDicomTag, 1, "another"),
                     row(ExceptionTable::FhirFailToStore, 2), row(ExceptionTable::FhirFailToStore, 3),
                     row(ExceptionTable::FhirFailToStore, 4)});
  CHECK(store->counts() == Counts{2, 0, 3, 0, 0});
  auto rows = rows_of(*store, {{ExceptionTable::FhirFailToStore}, {}, 3, false});
  store->mark_replayed(rows, {});
  CHECK(store->counts() == Counts{2, 0, 1, 0, 0});
}

TEST_CASE("A replayed row leaves the list, and stands in the whole list with the time of the replay") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  store->commit(9, {row(ExceptionTable::FhirFailToStore, 1), row(ExceptionTable::DicomFailToStore, 2)});
  auto rows = rows_of(*store);
  REQUIRE(rows.size() == 2);
  store->mark_replayed({rows[0]}, {});
  CHECK(sequences_of(rows_of(*store)) == std::vector<std::int64_t>{2});
  const auto all = rows_of(*store, {{}, {}, {}, true});
  REQUIRE(all.size() == 2);
  CHECK(is_utc_time(all[0].replayed_at));
  CHECK(all[0].message == rows[0].message);
  CHECK(all[1].replayed_at.empty());
}

TEST_CASE("An entry that fails again in the same way has a new row beside the replayed one") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  const auto failed = row(ExceptionTable::FhirFailToStore, 1);
  store->commit(1, {failed});
  for (std::size_t replays = 1; replays <= 3; ++replays) {
    const auto open = rows_of(*store);
    REQUIRE(open.size() == 1);
    store->mark_replayed(open, {failed});
    CHECK(rows_of(*store).size() == 1);
    CHECK(rows_of(*store, {{}, {}, {}, true}).size() == 1 + replays);
  }
}

TEST_CASE("A replayed row that is gone is passed over, and the others are marked") {
  const auto kind = GENERATE(from_range(backends()));
  const Backend backend(kind);
  auto store = backend.open();
  store->commit({}, {row(ExceptionTable::FhirFailToStore, 1), row(ExceptionTable::FhirFailToStore, 2)});
  auto rows = rows_of(*store);
  rows.push_back(rows.back());
  rows.back().id = kind == Kind::Sqlite ? "4711" : "00000000-0000-8000-8000-000000000000";
  store->mark_replayed(rows, {});
  CHECK(rows_of(*store).empty());
  CHECK(rows_of(*store, {{}, {}, {}, true}).size() == 2);
}

TEST_CASE(
    "Rows that are committed again after a kill stand once; each retry and each of several equal tags has its own") {
  const Backend backend(GENERATE(from_range(backends())));
  const std::vector first = {row(ExceptionTable::InvalidDicomTag, 1, "113830: abc is no number"),
                             row(ExceptionTable::InvalidDicomTag, 1, "113830: abc is no number"),
                             row(ExceptionTable::InvalidDicomTag, 1, "PatientSex"),
                             row(ExceptionTable::FhirFailToStore, 2), retry(2, 1, "2024-01-01T00:00:01.000Z")};
  backend.open()->commit({}, first);
  auto again = first;
  for (auto& one : again)
    one.timestamp = "2024-12-31T00:00:00.000Z";
  auto store = backend.open();
  store->commit(2, again);
  CHECK(store->counts() == Counts{3, 0, 1, 2, 0});
}

TEST_CASE("A commit of hundreds of rows of several kinds is whole") {
  const Backend backend(GENERATE(from_range(backends())));
  auto store = backend.open();
  std::vector<ExceptionRow> rows;
  for (int i = 1; i <= 750; ++i) {
    rows.push_back(row(io::exception_tables[static_cast<std::size_t>(i) % 3], i, std::string(3'000, 'x')));
    rows.back().exception = i % 2 ? "FhirRefused" : "FhirConflict";
  }
  store->commit(750, rows);
  CHECK(store->counts() == Counts{250, 250, 250, 0, 0});
  CHECK(store->checkpoint().synced_sequence == 750);
  const auto listed = rows_of(*store);
  REQUIRE(listed.size() == 750);
  for (std::size_t i = 0; i < listed.size(); ++i)
    REQUIRE(listed[i].sequence == static_cast<std::int64_t>(i + 1));
}

TEST_CASE("A reader beside a writer sees each commit") {
  const Backend backend(GENERATE(from_range(backends())));
  auto early = backend.open(true);
  auto writer = backend.open();
  writer->commit(1, {});
  auto reader = backend.open(true);
  CHECK(reader->checkpoint().synced_sequence == 1);
  writer->commit(2, {row(ExceptionTable::FhirFailToStore, 2)});
  CHECK(reader->checkpoint().synced_sequence == 2);
  CHECK(rows_of(*reader).size() == 1);
}

TEST_CASE("Random operations leave what a naive model says") {
  const auto kind = GENERATE(from_range(backends()));
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(kind, seed);
  const Backend backend(kind);
  auto store = backend.open();
  std::mt19937 random(seed);
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };

  std::int64_t checkpoint = 0;
  std::multiset<std::pair<std::int64_t, std::string>> open, done; // sequence and message, both unlike any other's
  int messages = 0;
  const int steps = kind == Kind::Sqlite ? 200 : 30;
  for (int step = 0; step < steps; ++step) {
    std::vector<ExceptionRow> rows;
    for (int n = pick(4); n > 0; --n) {
      rows.push_back(
          row(io::exception_tables[static_cast<std::size_t>(pick(5))], pick(50), std::to_string(++messages)));
      open.emplace(rows.back().sequence, rows.back().message);
    }
    switch (pick(5)) {
    case 0: {
      checkpoint = pick(100);
      store->commit({}, rows);
      store->reset(checkpoint);
      break;
    }
    case 1: {
      auto replayed = rows_of(*store);
      replayed.resize(replayed.size() / 2);
      for (const auto& one : replayed) {
        open.erase(open.find({one.sequence, one.message}));
        done.emplace(one.sequence, one.message);
      }
      store->mark_replayed(replayed, rows);
      break;
    }
    case 2:
      store = backend.open();
      store->commit({}, rows);
      break;
    default: {
      const std::int64_t to = pick(100);
      checkpoint = std::max(checkpoint, to);
      store->commit(to, rows);
    }
    }
    REQUIRE(store->checkpoint().synced_sequence == checkpoint);
    std::multiset<std::pair<std::int64_t, std::string>> listed, listed_done;
    for (const auto& one : rows_of(*store, {{}, {}, {}, true}))
      (one.replayed_at.empty() ? listed : listed_done).emplace(one.sequence, one.message);
    REQUIRE(listed == open);
    REQUIRE(listed_done == done);
    const auto counts = store->counts();
    REQUIRE(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}) == static_cast<std::int64_t>(open.size()));
  }
}

TEST_CASE("A row's texts are stored as one line each, and its UIDs are cut at 64 characters") {
  const Backend backend(GENERATE(from_range(backends())));
  const auto store = backend.open();
  io::ExceptionRow row;
  row.table = ExceptionTable::DicomFailToStore;
  row.sequence = 1;
  row.uids = {"1.2\n\x1b[31m3", std::string(80, '1'), "1\u202e2\u009b3"};
  row.exception = "Kind\r";
  row.message = "one\ntwo\u2028three\u2066";
  store->commit(1, {row});
  const auto rows = rows_of(*store);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].uids.study == "1.2 [31m3");
  CHECK(rows[0].uids.series == std::string(64, '1'));
  CHECK(rows[0].uids.instance == "1 2 3");
  CHECK(rows[0].message == "one two three");
  store->commit(1, {row});
  CHECK(rows_of(*store).size() == 1);
}
