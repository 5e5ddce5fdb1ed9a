#include "tests/actors/commit/order_harness.hpp"

#include <random>

using namespace dicomcast;
using namespace dicomcast::actors;
using io::ErrorCode;
using io::ExceptionTable;

TEST_CASE("PerEntry sends one entry a transaction, in order, one at a time") {
  OrderHarness order;
  CHECK(order.demanded == 1000);
  order.feed(1, 3);
  for (std::int64_t sequence = 1; sequence <= 3; ++sequence) {
    REQUIRE(order.request);
    REQUIRE(order.request->entries.size() == 1);
    CHECK(order.request->entries[0]->sequence == sequence);
    order.prepare();
    CHECK_FALSE(order.request);
    CHECK(order.commits == sequence);
    order.answer();
    CHECK(order.checkpoints.back() == sequence);
  }
  CHECK(order.demanded == 1003);
  order.finish();
  REQUIRE(order.end);
  CHECK(order.end->committed == 3);
  CHECK(order.end->transactions == 3);
}

TEST_CASE("the next run is merged while a commit is under way, once, and only when no more would go into it") {
  OrderHarness order;
  order.feed(1, 1);
  order.prepare();
  CHECK(order.commits == 1);
  CHECK_FALSE(order.ahead);
  order.entries({upsert(2), upsert(3)});
  CHECK_FALSE(order.ahead); // not resolved
  order.resolved({2, 3});
  REQUIRE(order.ahead);
  REQUIRE(order.ahead->entries.size() == 1);
  CHECK(order.ahead->entries[0]->sequence == 2);
  order.ahead.reset();
  order.resolved({});
  CHECK_FALSE(order.ahead);
  order.answer();
  REQUIRE(order.request);
  CHECK(order.request->entries[0]->sequence == 2);
  order.prepare();
  REQUIRE(order.ahead);
  CHECK(order.ahead->entries[0]->sequence == 3);
}

TEST_CASE("after a delete the next upsert of its study waits for the record, a delete or another study does not") {
  OrderHarness order;
  order.store_lags = true;
  auto of_another = std::make_shared<mapping::MappedEntry>(*upsert(2));
  of_another->uids.study = "1.9";
  order.feed({removal(1), of_another, removal(3), upsert(4)});
  for (int commits = 1; commits <= 3; ++commits) {
    order.prepare();
    CHECK(order.commits == commits);
    order.answer();
  }
  order.prepare();
  CHECK(order.commits == 3);
  order.on(Recorded{1}); // the first delete's; the second's is written now
  CHECK(order.commits == 3);
  order.recorded();
  CHECK(order.commits == 4);
}

TEST_CASE("a late entry, below what is committed, is done and does not take the checkpoint back") {
  OrderHarness order;
  order.feed(5, 6);
  for (int n = 0; n < 2; ++n) {
    order.prepare();
    order.answer();
  }
  order.feed(3, 3);
  order.prepare();
  order.answer();
  CHECK(order.checkpoints == std::vector<std::int64_t>{5, 6, 6});
  order.finish();
  REQUIRE(order.end);
  CHECK(order.end->committed == 3);
  CHECK(order.end->last_sequence == 6);
}

TEST_CASE("a late entry that comes before the record of a later one is written keeps the checkpoint below it") {
  OrderHarness order;
  order.feed(1, 1);
  order.prepare();
  order.answer();
  order.time_stands = true;
  order.feed(7, 7);
  order.prepare();
  order.answer(); // its record waits for the few milliseconds between two records
  CHECK(order.checkpoints.back() == 1);
  order.entries({upsert(5)});
  order.time_stands = false;
  order.resolved({5});
  CHECK(order.checkpoints.back() == 4);
  order.prepare();
  order.answer();
  CHECK(order.checkpoints.back() == 7);
}

TEST_CASE("nothing passes an entry that is not resolved") {
  OrderHarness order;
  order.entries({upsert(1), upsert(2)});
  order.resolved({2});
  CHECK_FALSE(order.request);
  order.resolved({1});
  REQUIRE(order.request);
  CHECK(order.request->entries[0]->sequence == 1);
}

TEST_CASE("a drain lets the commit under way end and starts no new one") {
  OrderHarness order;
  order.store_lags = true;
  order.feed(1, 5);
  order.prepare();
  order.on(Drain{});
  CHECK_FALSE(order.end);
  order.answer();
  CHECK(order.checkpoints == std::vector<std::int64_t>{1});
  CHECK_FALSE(order.end); // until it is recorded
  order.recorded();
  CHECK(order.end);
  CHECK(order.commits == 1);
}

TEST_CASE("random answers: every entry is done once, in order, and the checkpoint never runs ahead") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto options = quick(seed % 2 == 0);
    options.group_max_entries = 1 + random() % 10;
    OrderHarness order(options);
    std::int64_t fed = 0;
    std::vector<std::int64_t> done;
    const std::int64_t all = 40;
    int steps = 0;
    while (!order.end && ++steps < 5000) {
      auto before = order.released.size();
      if (fed < all && random() % 3 == 0) {
        auto to = std::min<std::int64_t>(all, fed + 1 + random() % 8);
        order.feed(fed + 1, to);
        fed = to;
        if (fed == all)
          order.on(FeedEnd{});
      } else if (order.request) {
        if (random() % 8 == 0) {
          auto request = *std::exchange(order.request, std::nullopt);
          std::vector<std::int64_t> lost;
          for (auto& entry : request.entries)
            lost.push_back(entry->sequence);
          order.on(Prepared{nullptr, lost});
          order.resolved(lost);
        } else {
          order.prepare();
        }
      } else if (order.sent) {
        CHECK(order.commits > 0);
        switch (random() % 8) {
        case 0:
          order.fail(ErrorCode::Conflict, 412);
          break;
        case 1:
          order.fail(ErrorCode::Unavailable, 503);
          break;
        case 2:
          order.fail(ErrorCode::Refused, 400);
          break;
        case 3:
          order.fail(ErrorCode::Unreachable);
          break;
        case 4:
          order.fail(ErrorCode::ServerError, 500);
          break;
        default:
          order.answer();
        }
      } else if (!order.wakes.empty()) {
        order.wake();
      }
      for (auto at = before; at < order.released.size(); ++at)
        done.push_back(order.released[at]);
      if (!order.checkpoints.empty())
        CHECK(order.checkpoints.back() <= (done.empty() ? 0 : done.back()));
    }
    REQUIRE(order.end);
    REQUIRE(done.size() == all);
    for (std::int64_t s = 1; s <= all; ++s)
      CHECK(done[static_cast<std::size_t>(s - 1)] == s);
    CHECK(order.checkpoints.back() == all);
    CHECK(order.end->committed + order.end->failed == all);
  }
}
