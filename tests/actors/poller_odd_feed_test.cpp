// The poller on feeds that are not as a feed should be, and at a feed's bounds.
#include "tests/actors/poller_world.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;

TEST_CASE("an object in place of an answer of the feed is asked for again, also where malformed entries are skipped") {
  auto version = GENERATE(conf::ApiVersion::V1, conf::ApiVersion::V2);
  auto skip_malformed = GENERATE(false, true);
  std::string part = GENERATE("latest", "limit");
  CAPTURE(version, skip_malformed, part);
  PollerWorld world;
  world.config.feed.version = version;
  world.config.feed.skip_malformed = skip_malformed;
  world.feed->model = FeedModel{version};
  world.add(up_to(25));
  world.feed->instead = [&](auto& path) {
    return path.find(part) == path.npos ? std::nullopt : std::optional(FakeFeed::text(R"({"error":"tired"})"));
  };
  world.start();
  world.wait(10s);
  CHECK(world.taken().empty());
  CHECK(world.seen.fatal.empty());
  CHECK(world.seen.notices.size() == 1);
  world.feed->instead = nullptr;
  world.wait(10s);
  CHECK(world.taken() == up_to(25));
  CHECK(world.seen.end);
  CHECK(world.seen.notices.size() == 2);
}

TEST_CASE("Sequences go up to the greatest of 64 bits") {
  auto version = GENERATE(conf::ApiVersion::V1, conf::ApiVersion::V2);
  auto below = GENERATE(0, 1, 25, 150);
  CAPTURE(version, below);
  PollerWorld world;
  world.config.feed.version = version;
  world.config.feed.start_after = INT64_MAX - 1 - below;
  world.feed->model = FeedModel{version};
  Sequences all;
  for (int i = below; i >= 0; --i)
    all.push_back(INT64_MAX - i);
  world.add(all);
  world.start();
  CHECK(world.taken() == all);
  REQUIRE(world.seen.end);
  CHECK(world.seen.end->latest == INT64_MAX);
  CHECK(world.seen.fatal.empty());
}

TEST_CASE("a service whose pages are shorter than asked for is read to its end in v2") {
  auto greatest_page = GENERATE(1, 3, 7);
  auto start_after = GENERATE(0, 40);
  CAPTURE(greatest_page, start_after);
  PollerWorld world;
  world.config.feed.version = conf::ApiVersion::V2;
  world.config.feed.start_after = start_after;
  world.feed->model = FeedModel{conf::ApiVersion::V2};
  world.feed->model.set_greatest_page(static_cast<std::size_t>(greatest_page));
  world.add(up_to(95));
  world.start();
  CHECK(world.taken() == up_to(95, start_after + 1));
  CHECK(world.seen.end);
  CHECK(world.seen.fatal.empty());
}

TEST_CASE("a feed that ends before its own latest entry ends a backfill that could not go on") {
  auto version = GENERATE(conf::ApiVersion::V1, conf::ApiVersion::V2);
  PollerWorld world;
  world.config.feed.version = version;
  world.feed->model = FeedModel{version};
  world.add(up_to(35));
  world.feed->instead = [&](auto& path) {
    return path.find("latest") == path.npos ? std::nullopt : std::optional(FakeFeed::text(R"({"Sequence":50})"));
  };
  world.start();
  CHECK(world.taken() == up_to(35));
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK(world.seen.fatal[0].at_end);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("ends before its own latest") && Catch::Contains("50"));
  CHECK(world.seen.end);
}

TEST_CASE("a feed that has begun anew below the checkpoint is told once") {
  auto is_daemon = GENERATE(false, true);
  auto entries = GENERATE(0, 35);
  CAPTURE(is_daemon, entries);
  PollerWorld world;
  world.config.is_daemon = is_daemon;
  world.config.checkpoint = world.config.feed.start_after = 100;
  world.add(up_to(entries));
  world.start();
  world.wait(5min);
  CHECK(world.taken().empty());
  REQUIRE(world.seen.notices.size() == 1);
  CHECK_THAT(world.seen.notices[0], Catch::Contains("begun anew") && Catch::Contains("100"));
  CHECK(world.seen.end.has_value() != is_daemon);
}

TEST_CASE("a feed that begins anew while a daemon runs is told, and one that is as it was is not") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.config.checkpoint = 3;
  world.add(up_to(35));
  world.start();
  world.tell(actors::Synced{35});
  world.wait(5min);
  CHECK(world.seen.notices.empty());
  world.feed->model = FeedModel{conf::ApiVersion::V1};
  world.add(up_to(5));
  world.wait(5min);
  CHECK(world.seen.notices.size() == 1);
}

TEST_CASE("a late delete is handed on as the feed gives it, whatever the window's room") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.add({1, 2, 3, 5, 6});
  world.start(5);
  world.tell(actors::Demand{5});
  world.tell(actors::Synced{6});
  REQUIRE(world.taken() == Sequences{1, 2, 3, 5, 6});
  world.add({4});
  world.wait(60s);
  REQUIRE(world.taken().size() == 6);
  CHECK(world.seen.entries[5]->sequence == 4);
  CHECK(world.seen.entries[5]->effect == mapping::Effect::Delete);
  CHECK_FALSE(world.seen.entries[5]->is_deleted);
}
