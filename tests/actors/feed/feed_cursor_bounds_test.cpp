// The feed cursor at the feed's ends, and what it wants.
#include "tests/actors/feed/cursor_support.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;
using conf::ApiVersion;

TEST_CASE("a cursor tells that the feed's latest entry has not been seen") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(30));
    auto config = config_of(version);
    config.stop_at_latest = true;
    auto cursor = make_feed_cursor(config);
    cursor->on_latest(cursor->next(1000).at(0).id, 34);
    CHECK(run(*cursor, feed).taken == up_to(30));
    CHECK(cursor->caught_up());
    CHECK(cursor->lacks_latest());
    feed.add({34, epoch + 34 * second});
    cursor->poll();
    CHECK(run(*cursor, feed).taken == Sequences{34});
    CHECK(cursor->caught_up());
    CHECK_FALSE(cursor->lacks_latest());
    for (std::int64_t last : {12, 20, 31}) { // 31 is not there
      config.last = last;
      cursor = make_feed_cursor(config);
      CHECK(run(*cursor, feed).taken == up_to(std::min<std::int64_t>(last, 30)));
      CHECK_FALSE(cursor->lacks_latest());
    }
    config.start_after = 40;
    config.last.reset();
    cursor = make_feed_cursor(config);
    run(*cursor, feed);
    CHECK_FALSE(cursor->lacks_latest());
  }
}

TEST_CASE("an entry that was skipped as malformed is no feed that ends before its latest") {
  auto bare_malformed = GENERATE(false, true);
  for (auto version : both_versions) {
    if (bare_malformed && version == ApiVersion::V1)
      continue;
    auto feed = feed_of(version, up_to(3));
    feed.add({4, epoch + 4 * second, true, bare_malformed});
    auto config = config_of(version);
    config.stop_at_latest = config.skip_malformed = true;
    auto cursor = make_feed_cursor(config);
    run(*cursor, feed);
    CHECK(cursor->caught_up());
    CHECK_FALSE(cursor->lacks_latest());
  }
}

TEST_CASE("a malformed page, gaps and a replay work up to the greatest Sequence") {
  constexpr auto greatest = INT64_MAX;
  for (auto version : both_versions) {
    FeedModel feed(version);
    for (auto sequence : {greatest - 60, greatest - 3, greatest})
      feed.add({sequence, epoch});
    feed.add({greatest - 1, epoch + second, true});
    auto config = config_of(version);
    config.skip_malformed = true;
    config.start_after = greatest - 99;
    auto cursor = make_feed_cursor(config);
    CHECK(run(*cursor, feed).taken == Sequences{greatest - 60, greatest - 3, greatest - 1, greatest});
    CHECK(cursor->caught_up());
    cursor->on_done(greatest - 60);
    feed.add({greatest - 2, epoch});
    cursor->poll();
    CHECK(run(*cursor, feed).taken == Sequences{greatest - 2});
    CHECK(cursor->caught_up());
    auto replay = make_replay_cursor(config, {greatest, greatest - 60, greatest - 59});
    CHECK(run(*replay, feed).taken == Sequences{greatest - 60, greatest});
    CHECK(replay->take_missing() == Sequences{greatest - 59});
  }
}

TEST_CASE("only what is handed on is wanted") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {11, 12, 13, 15});
    auto config = config_of(version);
    config.start_after = 10;
    config.last = 20;
    auto cursor = make_feed_cursor(config);
    CHECK_FALSE(cursor->wants(10));
    CHECK(cursor->wants(11));
    CHECK_FALSE(cursor->wants(21));
    run(*cursor, feed);
    CHECK_FALSE(cursor->wants(13));
    CHECK(cursor->wants(14));
    CHECK_FALSE(cursor->wants(15));
    auto replay = make_replay_cursor(config, {12});
    deliver(*replay, replay->next(1000).at(0), feed);
    replay->next(1000);
    CHECK(replay->wants(12));
    CHECK_FALSE(replay->wants(11));
  }
}
