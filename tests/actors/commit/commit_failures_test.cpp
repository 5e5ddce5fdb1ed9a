#include "tests/actors/commit/order_harness.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using io::ErrorCode;
using io::ExceptionTable;

TEST_CASE(
    "a 503 is tried again after doubling delays, each a row, and then the entry is recorded and the next goes on") {
  OrderHarness order(quick());
  order.feed(1, 2);
  order.prepare();
  std::vector<std::int64_t> delays;
  while (order.rows_of(ExceptionTable::TransientFailure).empty()) {
    order.fail(ErrorCode::Unavailable, 503);
    if (order.rows_of(ExceptionTable::TransientFailure).empty()) {
      delays.push_back(order.wakes.back().delay.count());
      order.wake();
    }
  }
  CHECK(delays == std::vector<std::int64_t>{1000, 2000, 4000, 3000}); // 10 s in all, never past them
  CHECK(order.rows_of(ExceptionTable::TransientRetry).size() == 4);
  CHECK(order.rows_of(ExceptionTable::TransientFailure)[0].sequence == 1);
  CHECK(order.checkpoints == std::vector<std::int64_t>{1});
  order.prepare();
  order.answer();
  CHECK(order.checkpoints.back() == 2);
}

TEST_CASE("Retry-After sets the wait") {
  OrderHarness order(quick());
  order.feed(1, 1);
  order.prepare();
  order.fail(ErrorCode::Unavailable, 429, milliseconds(7'000));
  CHECK(order.wakes.back().delay == milliseconds(7'000));
}

TEST_CASE("a 500 is tried three times more, and then the entry is refused") {
  OrderHarness order(quick());
  order.feed(1, 1);
  order.prepare();
  for (int retry = 0; retry < 3; ++retry) {
    order.fail(ErrorCode::ServerError, 500);
    order.wake();
  }
  order.fail(ErrorCode::ServerError, 500);
  CHECK(order.rows_of(ExceptionTable::TransientRetry).size() == 3);
  CHECK(order.rows_of(ExceptionTable::FhirFailToStore).size() == 1);
  CHECK(order.commits == 4);
}

TEST_CASE("a first conflict is merged anew at once, a second one after a delay") {
  OrderHarness order(quick());
  order.feed(1, 1);
  order.prepare();
  order.fail(ErrorCode::Conflict, 412);
  CHECK(order.settled_badly == 1);
  order.prepare();
  order.fail(ErrorCode::Conflict, 409);
  CHECK_FALSE(order.request);
  order.wake();
  order.prepare();
  order.answer();
  CHECK(order.rows_of(ExceptionTable::TransientRetry).size() == 2);
  CHECK(order.checkpoints == std::vector<std::int64_t>{1});
}

TEST_CASE("a create that met a resource of another's is a conflict, not a success") {
  OrderHarness order(quick());
  order.feed(1, 1);
  auto request = *std::exchange(order.request, std::nullopt);
  auto group = std::make_shared<PreparedGroup>(*group_of(request));
  group->writes[0].kind = io::fhir::Write::Kind::Create;
  group->writes[0].type = "Patient";
  order.on(Prepared{group, {}});
  order.answer(); // 200, not 201
  CHECK(order.settled_badly == 1);
  CHECK(order.checkpoints.empty());
  CHECK(order.request);
}

TEST_CASE("a refused group is halved down to the one entry that is at fault, and only that is recorded") {
  for (std::int64_t culprit : {1, 7, 16}) {
    OrderHarness order(grouped());
    order.feed(1, 16);
    while (order.request || order.sent) {
      if (order.request) {
        order.prepare();
        continue;
      }
      bool bad = false;
      for (auto& entry : order.sent->entries)
        bad |= entry->sequence == culprit;
      if (bad)
        order.fail(ErrorCode::Refused, 422);
      else
        order.answer();
    }
    auto rows = order.rows_of(ExceptionTable::FhirFailToStore);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].sequence == culprit);
    CHECK(order.checkpoints.back() == 16);
    order.finish();
    REQUIRE(order.end);
    CHECK(order.end->committed == 15);
    CHECK(order.end->failed == 1);
  }
}

TEST_CASE("a group past TotalRetryDuration goes on entry by entry") {
  OrderHarness order(quick(true));
  order.feed(1, 3);
  order.prepare();
  CHECK(order.sent->entries.size() == 3);
  for (;;) {
    order.fail(ErrorCode::Unavailable, 503);
    if (order.request)
      break;
    order.wake();
  }
  CHECK(order.request->entries.size() == 1);
  CHECK(order.rows_of(ExceptionTable::TransientFailure).empty());
}

TEST_CASE("with OnExhausted Pause a daemon tries on without rows, and says so once") {
  auto options = quick();
  options.is_daemon = options.pause_on_exhausted = true;
  OrderHarness order(options);
  order.feed(1, 1);
  order.prepare();
  for (int failure = 0; failure < 20; ++failure) {
    order.fail(ErrorCode::Unreachable);
    order.wake_and_send();
  }
  CHECK(order.rows_of(ExceptionTable::TransientRetry).size() == 4);
  CHECK(order.rows_of(ExceptionTable::TransientFailure).empty());
  CHECK(order.notices.size() == 1);
  order.entries({upsert(2)});
  order.resolved({2}, false); // all was here: that tells nothing of the service
  CHECK(order.notices.size() == 1);
  order.answer();
  CHECK(order.notices.size() == 2);
  CHECK(order.checkpoints == std::vector<std::int64_t>{1});
}

TEST_CASE("with OnExhausted Pause a backfill stops, and nothing is recorded for the entry") {
  auto options = quick();
  options.pause_on_exhausted = true;
  OrderHarness order(options);
  order.feed(1, 2);
  order.prepare();
  while (order.fatals.empty()) {
    order.fail(ErrorCode::Unreachable);
    if (order.fatals.empty())
      order.wake();
  }
  CHECK(order.rows_of(ExceptionTable::TransientFailure).empty());
  CHECK(order.checkpoints.empty());
}

TEST_CASE("a refused token records nothing: a backfill stops, a daemon waits") {
  for (bool daemon : {false, true}) {
    auto options = quick();
    options.is_daemon = daemon;
    OrderHarness order(options);
    order.feed(1, 1);
    order.prepare();
    order.fail(ErrorCode::Unauthorised, 403);
    CHECK(order.rows.empty());
    CHECK(order.fatals.size() == (daemon ? 0u : 1u));
    if (daemon) {
      CHECK(order.wakes.back().delay == milliseconds(4'000));
      order.wake();
      order.fail(ErrorCode::Unauthorised, 403);
      CHECK(order.notices.size() == 1);
      order.wake_and_send();
      order.answer();
      CHECK(order.checkpoints == std::vector<std::int64_t>{1});
    }
  }
}

TEST_CASE("an outage of searches costs the head entry its duration, not the whole window") {
  OrderHarness order(quick());
  order.entries({upsert(1), upsert(2), upsert(3)});
  order.search_fails(1, 1);
  order.search_fails(2, 1);
  REQUIRE(order.wakes.size() == 1);
  order.wake();
  CHECK(order.rows_of(ExceptionTable::TransientFailure).size() == 1);
  CHECK(order.checkpoints == std::vector<std::int64_t>{1});
  REQUIRE(order.wakes.size() == 1); // now the second entry's time begins
  CHECK(order.wakes.back().delay == milliseconds(10'000));
}

TEST_CASE(
    "in an outage of searches the next entry's duration runs from its turn, told or not, and ends with a failure") {
  OrderHarness order(quick());
  order.entries({upsert(1), upsert(2), upsert(3), upsert(4)});
  auto given_up = [&] { return order.rows_of(ExceptionTable::TransientFailure).size(); };
  order.search_fails(1, 1); // one search for all of them: only the first that waits is told
  order.wake();
  CHECK(given_up() == 1);
  REQUIRE(order.wakes.size() == 1);
  CHECK(order.wakes.back().delay == milliseconds(10'000));
  order.search_fails(2, 2);
  CHECK(order.wakes.size() == 1); // its time runs already
  order.wake();
  CHECK(given_up() == 2);
  order.wake(); // the third was never told of a failure: its search may be under way
  CHECK(given_up() == 2);
  order.search_fails(3, 3);
  CHECK(given_up() == 3);
  order.wake();
  order.resolved({4});
  CHECK(given_up() == 3);
  CHECK(order.request);
}

TEST_CASE("an entry whose searches were answered has its duration again when they fail anew") {
  OrderHarness order(quick());
  order.entries({upsert(1)});
  order.search_fails(1, 1);
  order.resolved({1});
  REQUIRE(order.request);
  order.wake(); // while it is prepared
  order.on(Prepared{nullptr, {1}});
  CHECK(order.rows_of(ExceptionTable::TransientFailure).empty());
  order.search_fails(1, 1);
  REQUIRE(order.wakes.size() == 1);
  order.wake();
  CHECK(order.rows_of(ExceptionTable::TransientFailure).size() == 1);
}
