#include "tests/actors/commit/commit_bench.hpp"

#include <random>

using namespace dicomcast;
using namespace dicomcast::actors;
using io::ErrorCode;
using io::ExceptionTable;

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
