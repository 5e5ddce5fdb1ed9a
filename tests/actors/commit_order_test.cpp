#include "tests/actors/fake_outbox.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace dicomcast;
using namespace dicomcast::actors;
using io::ErrorCode;
using io::ExceptionTable;

namespace {

struct Bench {
  FakeOutbox out;
  CommitOptions options;
  std::unique_ptr<CommitOrder> order;
  Clock::time_point now{};

  explicit Bench(CommitOptions given = {}) : options(given) {
    order = std::make_unique<CommitOrder>(options, out, std::make_shared<Progress>());
    order->start();
  }
  void feed(std::int64_t from, std::int64_t to) {
    std::vector<EntryPtr> entries;
    std::vector<std::int64_t> sequences;
    for (auto s = from; s <= to; ++s) {
      entries.push_back(upsert(s));
      sequences.push_back(s);
    }
    order->on_entries(entries);
    order->on_resolved(sequences);
  }
  void prepare() {
    REQUIRE(out.request);
    auto request = *std::exchange(out.request, std::nullopt);
    order->on_prepared(group_of(request), {});
  }
  void answer(std::optional<io::Error> error = std::nullopt) {
    REQUIRE(out.sent);
    auto group = std::exchange(out.sent, nullptr);
    std::vector<io::fhir::Written> written(error ? 0 : group->writes.size(), io::fhir::Written{200, "1", "2"});
    order->on_commit_result(written, error, 1000, now);
  }
  void fail(ErrorCode code, int status = 0, std::optional<milliseconds> retry_after = {}) {
    answer(io::Error{code, "POST transaction", status, "said no", "", retry_after});
  }
  void wake() {
    REQUIRE(!out.wakes.empty());
    auto [delay, token] = out.wakes.back();
    out.wakes.pop_back();
    now += delay;
    order->on_wake(token);
  }
  void finish() {
    order->on_feed_end();
    order->on_recorded(out.records);
  }
};

CommitOptions grouped() {
  CommitOptions options;
  options.grouped = true;
  return options;
}

CommitOptions quick(bool group = false) {
  CommitOptions options;
  options.grouped = group;
  options.retry = {milliseconds(10'000), milliseconds(1'000), milliseconds(4'000)};
  return options;
}

} // namespace

TEST_CASE("PerEntry sends one entry a transaction, in order, one at a time") {
  Bench bench;
  CHECK(bench.out.demanded == 1000);
  bench.feed(1, 3);
  for (std::int64_t sequence = 1; sequence <= 3; ++sequence) {
    REQUIRE(bench.out.request);
    REQUIRE(bench.out.request->entries.size() == 1);
    CHECK(bench.out.request->entries[0]->sequence == sequence);
    bench.prepare();
    CHECK_FALSE(bench.out.request);
    CHECK(bench.out.commits == sequence);
    bench.answer();
    CHECK(bench.out.checkpoints.back() == sequence);
  }
  CHECK(bench.out.demanded == 1003);
  bench.finish();
  REQUIRE(bench.out.end);
  CHECK(bench.out.end->committed == 3);
  CHECK(bench.out.end->transactions == 3);
}

TEST_CASE("the next run is merged while a commit is under way, once, and only when no more would go into it") {
  Bench bench;
  bench.feed(1, 1);
  bench.prepare();
  CHECK(bench.out.commits == 1);
  CHECK_FALSE(bench.out.ahead);
  bench.order->on_entries({upsert(2), upsert(3)});
  CHECK_FALSE(bench.out.ahead); // not resolved
  bench.order->on_resolved({2, 3});
  REQUIRE(bench.out.ahead);
  REQUIRE(bench.out.ahead->entries.size() == 1);
  CHECK(bench.out.ahead->entries[0]->sequence == 2);
  bench.out.ahead.reset();
  bench.order->on_resolved({});
  CHECK_FALSE(bench.out.ahead);
  bench.answer();
  REQUIRE(bench.out.request);
  CHECK(bench.out.request->entries[0]->sequence == 2);
  bench.prepare();
  REQUIRE(bench.out.ahead);
  CHECK(bench.out.ahead->entries[0]->sequence == 3);
}

TEST_CASE("after a delete the next upsert of its study waits for the record, a delete or another study does not") {
  Bench bench;
  auto removal = std::make_shared<mapping::MappedEntry>(*upsert(1));
  removal->effect = mapping::Effect::Delete;
  auto of_another = std::make_shared<mapping::MappedEntry>(*upsert(2));
  of_another->uids.study = "1.9";
  auto second_removal = std::make_shared<mapping::MappedEntry>(*upsert(3));
  second_removal->effect = mapping::Effect::Delete;
  bench.order->on_entries({removal, of_another, second_removal, upsert(4)});
  bench.order->on_resolved({1, 2, 3, 4});
  for (int commits = 1; commits <= 3; ++commits) {
    bench.prepare();
    CHECK(bench.out.commits == commits);
    bench.answer();
  }
  bench.prepare();
  CHECK(bench.out.commits == 3);
  bench.order->on_recorded(2); // the first delete's, not yet the second's
  CHECK(bench.out.commits == 3);
  bench.order->on_recorded(3);
  CHECK(bench.out.commits == 4);
}

TEST_CASE("a late entry, below what is committed, is done and does not take the checkpoint back") {
  Bench bench;
  bench.feed(5, 6);
  for (int n = 0; n < 2; ++n) {
    bench.prepare();
    bench.answer();
  }
  bench.feed(3, 3);
  bench.prepare();
  bench.answer();
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{5, 6, 6});
  bench.finish();
  REQUIRE(bench.out.end);
  CHECK(bench.out.end->committed == 3);
  CHECK(bench.out.end->last_sequence == 6);
}

TEST_CASE("nothing passes an entry that is not resolved") {
  Bench bench;
  bench.order->on_entries({upsert(1), upsert(2)});
  bench.order->on_resolved({2});
  CHECK_FALSE(bench.out.request);
  bench.order->on_resolved({1});
  REQUIRE(bench.out.request);
  CHECK(bench.out.request->entries[0]->sequence == 1);
}

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

TEST_CASE("a drain lets the commit under way end and starts no new one") {
  Bench bench;
  bench.feed(1, 5);
  bench.prepare();
  bench.order->on_drain();
  CHECK_FALSE(bench.out.end);
  bench.answer();
  CHECK(bench.out.checkpoints == std::vector<std::int64_t>{1});
  CHECK_FALSE(bench.out.end); // until it is recorded
  bench.order->on_recorded(bench.out.records);
  CHECK(bench.out.end);
  CHECK(bench.out.commits == 1);
}

TEST_CASE("random answers: every entry is done once, in order, and the checkpoint never runs ahead") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto options = quick(seed % 2 == 0);
    options.group_max_entries = 1 + random() % 10;
    Bench bench(options);
    std::int64_t fed = 0;
    std::vector<std::int64_t> done;
    const std::int64_t all = 40;
    int steps = 0;
    while (!bench.out.end && ++steps < 5000) {
      auto before = bench.out.released.size();
      if (fed < all && random() % 3 == 0) {
        auto to = std::min<std::int64_t>(all, fed + 1 + random() % 8);
        bench.feed(fed + 1, to);
        fed = to;
        if (fed == all)
          bench.order->on_feed_end();
      } else if (bench.out.request) {
        if (random() % 8 == 0) {
          auto request = *std::exchange(bench.out.request, std::nullopt);
          std::vector<std::int64_t> lost;
          for (auto& entry : request.entries)
            lost.push_back(entry->sequence);
          bench.order->on_prepared(nullptr, lost);
          bench.order->on_resolved(lost);
        } else {
          bench.prepare();
        }
      } else if (bench.out.sent) {
        CHECK(bench.out.commits > 0);
        switch (random() % 8) {
        case 0:
          bench.fail(ErrorCode::Conflict, 412);
          break;
        case 1:
          bench.fail(ErrorCode::Unavailable, 503);
          break;
        case 2:
          bench.fail(ErrorCode::Refused, 400);
          break;
        case 3:
          bench.fail(ErrorCode::Unreachable);
          break;
        case 4:
          bench.fail(ErrorCode::ServerError, 500);
          break;
        default:
          bench.answer();
        }
      } else if (!bench.out.wakes.empty()) {
        bench.wake();
      }
      bench.order->on_recorded(bench.out.records);
      for (auto at = before; at < bench.out.released.size(); ++at)
        done.push_back(bench.out.released[at]);
      if (!bench.out.checkpoints.empty())
        CHECK(bench.out.checkpoints.back() <= (done.empty() ? 0 : done.back()));
    }
    REQUIRE(bench.out.end);
    REQUIRE(done.size() == all);
    for (std::int64_t s = 1; s <= all; ++s)
      CHECK(done[static_cast<std::size_t>(s - 1)] == s);
    CHECK(bench.out.checkpoints.back() == all);
    CHECK(bench.out.end->committed + bench.out.end->failed == all);
  }
}
