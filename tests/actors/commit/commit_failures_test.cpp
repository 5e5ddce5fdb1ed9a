#include "tests/actors/commit/commit_bench.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using io::ErrorCode;
using io::ExceptionTable;

TEST_CASE(
    "a 503 is tried again after doubling delays, each a row, and then the entry is recorded and the next goes on") {
  Bench bench(quick());
  bench.feed(1, 2);
  bench.prepare();
  std::vector<std::int64_t> delays;
  while (bench.out.rows_of(ExceptionTable::TransientFailure).empty()) {
    bench.fail(ErrorCode::Unavailable, 503);
    if (bench.out.rows_of(ExceptionTable::TransientFailure).empty()) {
      delays.push_back(bench.out.wakes.back().first.count());
      bench.wake();
    }
  }
  CHECK(delays == std::vector<std::int64_t>{1000, 2000, 4000, 3000}); // 10 s in all, never past them
  CHECK(bench.out.rows_of(ExceptionTable::TransientRetry).size() == 4);
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure)[0].sequence == 1);
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
  bench.prepare();
  bench.answer();
  CHECK(bench.out.checkpoints.back() == 2);
}

TEST_CASE("Retry-After sets the wait") {
  Bench bench(quick());
  bench.feed(1, 1);
  bench.prepare();
  bench.fail(ErrorCode::Unavailable, 429, milliseconds(7'000));
  CHECK(bench.out.wakes.back().first == milliseconds(7'000));
}

TEST_CASE("a 500 is tried three times more, and then the entry is refused") {
  Bench bench(quick());
  bench.feed(1, 1);
  bench.prepare();
  for (int retry = 0; retry < 3; ++retry) {
    bench.fail(ErrorCode::ServerError, 500);
    bench.wake();
  }
  bench.fail(ErrorCode::ServerError, 500);
  CHECK(bench.out.rows_of(ExceptionTable::TransientRetry).size() == 3);
  CHECK(bench.out.rows_of(ExceptionTable::FhirFailToStore).size() == 1);
  CHECK(bench.out.commits == 4);
}

TEST_CASE("a first conflict is merged anew at once, a second one after a delay") {
  Bench bench(quick());
  bench.feed(1, 1);
  bench.prepare();
  bench.fail(ErrorCode::Conflict, 412);
  CHECK(bench.out.settled_badly == 1);
  bench.prepare();
  bench.fail(ErrorCode::Conflict, 409);
  CHECK_FALSE(bench.out.request);
  bench.wake();
  bench.prepare();
  bench.answer();
  CHECK(bench.out.rows_of(ExceptionTable::TransientRetry).size() == 2);
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
}

TEST_CASE("a create that met a resource of another's is a conflict, not a success") {
  Bench bench(quick());
  bench.feed(1, 1);
  auto request = *std::exchange(bench.out.request, std::nullopt);
  auto group = std::make_shared<PreparedGroup>(*group_of(request));
  group->writes[0].kind = io::fhir::Write::Kind::Create;
  group->writes[0].type = "Patient";
  bench.order->on_prepared(group, {});
  bench.answer(); // 200, not 201
  CHECK(bench.out.settled_badly == 1);
  CHECK(bench.out.checkpoints.empty());
  CHECK(bench.out.request);
}

TEST_CASE("a refused group is halved down to the one entry that is at fault, and only that is recorded") {
  for (std::int64_t culprit : {1, 7, 16}) {
    Bench bench(grouped());
    bench.feed(1, 16);
    while (bench.out.request || bench.out.sent) {
      if (bench.out.request) {
        bench.prepare();
        continue;
      }
      bool bad = false;
      for (auto& entry : bench.out.sent->entries)
        bad |= entry->sequence == culprit;
      if (bad)
        bench.fail(ErrorCode::Refused, 422);
      else
        bench.answer();
    }
    auto rows = bench.out.rows_of(ExceptionTable::FhirFailToStore);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].sequence == culprit);
    CHECK(bench.out.checkpoints.back() == 16);
    bench.finish();
    REQUIRE(bench.out.end);
    CHECK(bench.out.end->committed == 15);
    CHECK(bench.out.end->failed == 1);
  }
}

TEST_CASE("a group past TotalRetryDuration goes on entry by entry") {
  Bench bench(quick(true));
  bench.feed(1, 3);
  bench.prepare();
  CHECK(bench.out.sent->entries.size() == 3);
  for (;;) {
    bench.fail(ErrorCode::Unavailable, 503);
    if (bench.out.request)
      break;
    bench.wake();
  }
  CHECK(bench.out.request->entries.size() == 1);
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).empty());
}

TEST_CASE("with OnExhausted Pause a daemon tries on without rows, and says so once") {
  auto options = quick();
  options.is_daemon = options.pause_on_exhausted = true;
  Bench bench(options);
  bench.feed(1, 1);
  bench.prepare();
  for (int failure = 0; failure < 20; ++failure) {
    bench.fail(ErrorCode::Unreachable);
    bench.wake();
  }
  CHECK(bench.out.rows_of(ExceptionTable::TransientRetry).size() == 4);
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).empty());
  CHECK(bench.out.notices.size() == 1);
  bench.order->on_entries({upsert(2)});
  bench.order->on_resolved({2}, false); // all was here: that tells nothing of the service
  CHECK(bench.out.notices.size() == 1);
  bench.answer();
  CHECK(bench.out.notices.size() == 2);
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
}

TEST_CASE("with OnExhausted Pause a backfill stops, and nothing is recorded for the entry") {
  auto options = quick();
  options.pause_on_exhausted = true;
  Bench bench(options);
  bench.feed(1, 2);
  bench.prepare();
  while (bench.out.fatals.empty()) {
    bench.fail(ErrorCode::Unreachable);
    if (bench.out.fatals.empty())
      bench.wake();
  }
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).empty());
  CHECK(bench.out.checkpoints.empty());
}

TEST_CASE("a refused token records nothing: a backfill stops, a daemon waits") {
  for (bool daemon : {false, true}) {
    auto options = quick();
    options.is_daemon = daemon;
    Bench bench(options);
    bench.feed(1, 1);
    bench.prepare();
    bench.fail(ErrorCode::Unauthorised, 403);
    CHECK(bench.out.rows.empty());
    CHECK(bench.out.fatals.size() == (daemon ? 0u : 1u));
    if (daemon) {
      CHECK(bench.out.wakes.back().first == milliseconds(4'000));
      bench.wake();
      bench.fail(ErrorCode::Unauthorised, 403);
      CHECK(bench.out.notices.size() == 1);
      bench.wake();
      bench.answer();
      CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
    }
  }
}

TEST_CASE("an outage of searches costs the head entry its duration, not the whole window") {
  Bench bench(quick());
  bench.order->on_entries({upsert(1), upsert(2), upsert(3)});
  io::Error error{ErrorCode::Unavailable, "GET Patient?identifier=...", 503, "busy", "", {}};
  bench.order->on_fetch_failed(1, error, 1);
  bench.order->on_fetch_failed(2, error, 1);
  REQUIRE(bench.out.wakes.size() == 1);
  bench.wake();
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).size() == 1);
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
  REQUIRE(bench.out.wakes.size() == 1); // now the second entry's time begins
  CHECK(bench.out.wakes.back().first == milliseconds(10'000));
}

TEST_CASE(
    "in an outage of searches the next entry's duration runs from its turn, told or not, and ends with a failure") {
  Bench bench(quick());
  bench.order->on_entries({upsert(1), upsert(2), upsert(3), upsert(4)});
  io::Error error{ErrorCode::Unavailable, "GET Patient?identifier=...", 503, "busy", "", {}};
  auto given_up = [&] { return bench.out.rows_of(ExceptionTable::TransientFailure).size(); };
  bench.order->on_fetch_failed(1, error, 1); // one search for all of them: only the first that waits is told
  bench.wake();
  CHECK(given_up() == 1);
  REQUIRE(bench.out.wakes.size() == 1);
  CHECK(bench.out.wakes.back().first == milliseconds(10'000));
  bench.order->on_fetch_failed(2, error, 2);
  CHECK(bench.out.wakes.size() == 1); // its time runs already
  bench.wake();
  CHECK(given_up() == 2);
  bench.wake(); // the third was never told of a failure: its search may be under way
  CHECK(given_up() == 2);
  bench.order->on_fetch_failed(3, error, 3);
  CHECK(given_up() == 3);
  bench.wake();
  bench.order->on_resolved({4});
  CHECK(given_up() == 3);
  CHECK(bench.out.request);
}

TEST_CASE("an entry whose searches were answered has its duration again when they fail anew") {
  Bench bench(quick());
  bench.order->on_entries({upsert(1)});
  io::Error error{ErrorCode::Unavailable, "GET Patient?identifier=...", 503, "busy", "", {}};
  bench.order->on_fetch_failed(1, error, 1);
  bench.order->on_resolved({1});
  REQUIRE(bench.out.request);
  bench.wake(); // while it is prepared
  bench.order->on_prepared(nullptr, {1});
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).empty());
  bench.order->on_fetch_failed(1, error, 1);
  REQUIRE(bench.out.wakes.size() == 1);
  bench.wake();
  CHECK(bench.out.rows_of(ExceptionTable::TransientFailure).size() == 1);
}
