// The poller: when it asks, what it hands on, what it tells.
#include "tests/actors/poller_world.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;

TEST_CASE("a backfill hands on the entries that were demanded, in order, and then the end") {
  PollerWorld world;
  world.add(up_to(35));
  world.start(20);
  CHECK(world.taken() == up_to(20));
  CHECK(world.seen.latest == 35);
  CHECK_FALSE(world.seen.end);
  world.tell(actors::Demand{7});
  CHECK(world.taken().size() <= 27);
  world.tell(actors::Demand{13});
  CHECK(world.taken() == up_to(35));
  REQUIRE(world.seen.end);
  CHECK(world.seen.end->latest == 35);
  CHECK(world.seen.fatal.empty());
}

TEST_CASE("the smallest window is served, however large the pages") {
  PollerWorld world;
  world.add(up_to(5));
  world.start(1);
  for (int i = 0; i < 5; ++i) {
    CHECK(world.taken() == up_to(i + 1));
    world.tell(actors::Demand{1});
  }
  CHECK(world.seen.end);
}

TEST_CASE("an empty feed ends a backfill at once") {
  PollerWorld world;
  world.start();
  REQUIRE(world.seen.end);
  CHECK_FALSE(world.seen.end->latest);
}

TEST_CASE("a replay hands on the listed entries alone") {
  PollerWorld world;
  world.add(up_to(35));
  world.config.replay = {3, 30, 50};
  world.start();
  CHECK(world.taken() == Sequences{3, 30});
  CHECK(world.seen.end);
}

TEST_CASE("a daemon looks for new entries every PollInterval, and again at once after it found some") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.start();
  CHECK(world.feed->count("latest") == 1);
  world.wait(59s);
  CHECK(world.feed->count("latest") == 1);
  world.add(up_to(3));
  world.wait(1s);
  CHECK(world.taken() == up_to(3));
  world.wait(1s);
  CHECK(world.feed->count("latest") == 3);
  world.wait(58s);
  CHECK(world.feed->count("latest") == 3);
  world.wait(10min);
  CHECK(world.feed->count("latest") == 13);
  CHECK(world.taken() == up_to(3));
  CHECK_FALSE(world.seen.end);
}

TEST_CASE("a daemon finds what comes late although its window is full") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.add({1, 2, 3, 5, 6});
  world.start(4);
  world.tell(actors::Demand{0});
  CHECK(world.taken() == Sequences{1, 2, 3});
  world.tell(actors::Demand{2});
  world.tell(actors::Synced{2});
  world.add({4});
  world.wait(60s);
  CHECK(world.taken() == Sequences{1, 2, 3, 5, 6, 4});
}

TEST_CASE("PollIntervalDuringCatchup lies between the pages") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.config.poll_interval_during_catchup = 5s;
  world.add(up_to(30));
  world.start();
  CHECK(world.taken() == up_to(10));
  world.wait(4s);
  CHECK(world.taken() == up_to(10));
  world.wait(1s);
  CHECK(world.taken() == up_to(20));
  world.wait(5s);
  CHECK(world.taken() == up_to(30));
}

TEST_CASE("a daemon waits for a feed that is out of reach, and says so once and once when it is over") {
  PollerWorld world;
  world.config.is_daemon = true;
  world.add(up_to(3));
  world.feed->instead = [](auto&) { return io::HttpFailure{io::HttpFailure::Kind::Connect, "refused"}; };
  world.start();
  CHECK(world.feed->paths.size() == 1);
  world.wait(2s);
  CHECK(world.feed->paths.size() == 2);
  world.wait(3s);
  CHECK(world.feed->paths.size() == 2);
  world.wait(1s);
  CHECK(world.feed->paths.size() == 3);
  world.wait(30min);
  CHECK(world.seen.notices.size() == 1);
  CHECK(world.seen.fatal.empty());
  world.feed->instead = nullptr;
  world.wait(60s);
  CHECK(world.taken() == up_to(3));
  CHECK(world.seen.notices.size() == 2);
}

TEST_CASE("a backfill gives up on a feed that stays out of reach for TotalRetryDuration") {
  PollerWorld world;
  world.feed->instead = [](auto&) { return FakeFeed::text("", 503); };
  world.start();
  world.wait(9min + 59s);
  CHECK(world.seen.fatal.empty());
  world.wait(2s);
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("out of reach") && Catch::Contains("503"));
  CHECK_FALSE(world.seen.fatal[0].at_end);
}

TEST_CASE("a page that stays out of reach ends a backfill, although all else is answered") {
  PollerWorld world;
  world.add(up_to(15));
  world.add(up_to(30, 17)); // the gap is looked at again at each poll
  world.feed->instead = [](auto& path) {
    bool is_third = path.find("offset=20") != path.npos;
    return is_third ? std::optional(FakeFeed::text("", 503)) : std::nullopt;
  };
  world.start();
  world.wait(9min + 59s);
  CHECK(world.seen.fatal.empty());
  CHECK(world.seen.notices.size() == 1);
  world.wait(2s);
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("offset=20") && Catch::Contains("503"));
}

TEST_CASE("a daemon says once that a page is out of reach, and once when it is there, whatever else is answered") {
  auto version = GENERATE(conf::ApiVersion::V1, conf::ApiVersion::V2);
  PollerWorld world;
  world.config.is_daemon = true;
  world.config.feed.version = version;
  world.feed->model = FeedModel{version};
  world.add(up_to(30));
  world.feed->instead = [](auto& path) {
    bool is_latest = path.find("latest") != path.npos;
    return is_latest ? std::nullopt : std::optional(FakeFeed::text("", 503));
  };
  world.start();
  world.wait(30min);
  CHECK(world.seen.notices.size() == 1);
  world.feed->instead = nullptr;
  world.wait(2min);
  CHECK(world.taken() == up_to(30));
  CHECK(world.seen.notices.size() == 2);
}

TEST_CASE("a refused token ends a backfill at once, and not a daemon") {
  for (bool is_daemon : {false, true}) {
    PollerWorld world;
    world.config.is_daemon = is_daemon;
    world.add(up_to(3));
    world.feed->instead = [](auto&) { return FakeFeed::text("", 403); };
    world.start();
    CHECK(world.seen.fatal.size() == (is_daemon ? 0 : 1));
    world.feed->instead = nullptr;
    world.wait(60s);
    CHECK(world.taken() == (is_daemon ? up_to(3) : Sequences()));
  }
}

TEST_CASE("an answer that is cut off to nothing is no page without entries") {
  PollerWorld world;
  world.add(up_to(3));
  world.feed->instead = [](auto& path) {
    return path.find("latest") == path.npos ? std::optional(FakeFeed::text("")) : std::nullopt;
  };
  world.start();
  CHECK_FALSE(world.seen.end);
  world.feed->instead = nullptr;
  world.wait(2s);
  CHECK(world.taken() == up_to(3));
  CHECK(world.seen.end);
}

TEST_CASE("a malformed entry ends the feed behind those before it, and is named") {
  PollerWorld world;
  world.add({1, 2, 3, 5});
  world.add({4}, true);
  world.start();
  CHECK(world.taken() == up_to(3));
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK(world.seen.fatal[0].at_end);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("Sequence 4"));
  CHECK(world.seen.end);
}

TEST_CASE("a malformed entry that may be skipped is handed on as one that does nothing") {
  PollerWorld world;
  world.add({1, 2, 3, 5});
  world.add({4}, true);
  world.config.feed.skip_malformed = true;
  world.start();
  REQUIRE(world.taken() == up_to(5));
  CHECK(world.seen.entries[3]->effect == mapping::Effect::Skip);
  CHECK(world.seen.end);
}
