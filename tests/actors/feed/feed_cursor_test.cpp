// The feed cursor: what both versions have in common, and v1.
#include "tests/actors/feed/cursor_support.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;
using conf::ApiVersion;

TEST_CASE("v1 asks for the latest entry, then for pages side by side up to it and no further") {
  auto cursor = make_feed_cursor(config_of(ApiVersion::V1));
  auto requests = cursor->next(1000);
  REQUIRE(paths_of(requests) == std::vector<std::string>{"v1/changefeed/latest?includeMetadata=false"});
  CHECK(cursor->next(1000).empty());
  cursor->on_latest(requests[0].id, 25);
  CHECK(paths_of(cursor->next(1000)) ==
        std::vector<std::string>{"v1/changefeed?offset=0&limit=10&includeMetadata=true",
                                 "v1/changefeed?offset=10&limit=10&includeMetadata=true",
                                 "v1/changefeed?offset=20&limit=5&includeMetadata=true"});
  CHECK(cursor->next(1000).empty());
  CHECK(cursor->latest() == 25);
}

TEST_CASE("pages are requested only as far as the window has room, and failed ones again") {
  auto cursor = make_feed_cursor(config_of(ApiVersion::V1));
  auto feed = feed_of(ApiVersion::V1, up_to(100));
  deliver(*cursor, cursor->next(25).at(0), feed);
  auto requests = cursor->next(25);
  REQUIRE(requests.size() == 2);
  deliver(*cursor, requests[1], feed);
  CHECK(cursor->take(100).empty()); // the first is not there yet
  CHECK(cursor->next(25).empty());
  cursor->on_failure(requests[0].id);
  auto again = cursor->next(25);
  REQUIRE(paths_of(again) == std::vector<std::string>{requests[0].path});
  deliver(*cursor, requests[0], feed); // the first try is no longer awaited
  CHECK(cursor->take(100).empty());
  deliver(*cursor, again[0], feed);
  CHECK(cursor->next(25).empty()); // twenty wait to be taken
  CHECK(sequences_of(cursor->take(15)) == up_to(15));
  CHECK(cursor->next(10).empty());
  CHECK(cursor->next(15).size() == 1);
}

TEST_CASE("an empty feed is caught up, and its first entries are found at a later poll") {
  for (auto version : both_versions) {
    auto cursor = make_feed_cursor(config_of(version));
    FeedModel feed(version);
    CHECK_FALSE(cursor->caught_up());
    CHECK(run(*cursor, feed).taken.empty());
    CHECK(cursor->caught_up());
    CHECK_FALSE(cursor->latest());
    cursor->poll();
    CHECK_FALSE(cursor->caught_up());
    CHECK(run(*cursor, feed_of(version, up_to(3))).taken == up_to(3));
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("gaps, also whole pages of them, are passed up to the latest entry") {
  for (auto version : both_versions) {
    Sequences sequences = {3, 4, 57, 58, 90};
    auto cursor = make_feed_cursor(config_of(version));
    CHECK(run(*cursor, feed_of(version, sequences)).taken == sequences);
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("reading goes on from the checkpoint and stops at its bounds") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(60));
    auto config = config_of(version);
    config.start_after = 17;
    CHECK(run(*make_feed_cursor(config), feed).taken == up_to(60, 18));
    config.last = 33;
    CHECK(run(*make_feed_cursor(config), feed).taken == up_to(33, 18));
    config.last = 1000;
    CHECK(run(*make_feed_cursor(config), feed).taken == up_to(60, 18));
    config.start_after = 60;
    auto cursor = make_feed_cursor(config);
    CHECK(run(*cursor, feed).taken.empty());
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("a backfill ends at the feed's latest entry as of its start") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(20));
    auto config = config_of(version);
    config.stop_at_latest = true;
    auto cursor = make_feed_cursor(config);
    deliver(*cursor, cursor->next(1000).at(0), feed);
    for (auto sequence : up_to(40, 21))
      feed.add({sequence, epoch + sequence * second});
    CHECK(run(*cursor, feed).taken == up_to(20));
    cursor->poll();
    CHECK(run(*cursor, feed).taken.empty());
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("a malformed entry stops the order at its own place and names its Sequence") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {1, 2, 4, 5});
    feed.add({7, epoch + 7 * second, true});
    for (auto sequence : up_to(60, 12)) // 8 to 11 are a gap
      feed.add({sequence, epoch + sequence * second});
    auto cursor = make_feed_cursor(config_of(version));
    CHECK(run(*cursor, feed).taken == Sequences{1, 2, 4, 5});
    REQUIRE(cursor->malformed());
    CHECK(cursor->malformed()->sequence == 7);
    CHECK_THAT(cursor->malformed()->message, Catch::Contains("Sequence 7") && Catch::Contains("no JSON"));
    CHECK_FALSE(cursor->caught_up());
  }
}

TEST_CASE("a malformed entry that may be skipped is passed as an entry that does nothing, and no other with it") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {1, 2});
    feed.add({3, epoch + 3 * second, true});
    feed.add({5, epoch + 5 * second});
    feed.add({9, epoch + 9 * second, true});
    auto config = config_of(version);
    config.skip_malformed = true;
    auto cursor = make_feed_cursor(config);
    CHECK(run(*cursor, feed).taken == Sequences{1, 2, 3, 5, 9});
    auto skipped = cursor->take_skipped();
    REQUIRE(skipped.size() == 2);
    CHECK(skipped[0].sequence == 3);
    CHECK(skipped[1].sequence == 9);
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("a page that was malformed once, but not entry by entry, is read whole") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(8));
    auto cursor = make_feed_cursor(config_of(version));
    deliver(*cursor, cursor->next(1000).at(0), feed);
    cursor->on_malformed(cursor->next(1000).at(0).id, "garbled on its way");
    CHECK(run(*cursor, feed).taken == up_to(8));
    CHECK(cursor->caught_up());
  }
}

TEST_CASE("an entry that fills a gap above what is done is found at the next poll, in order if it still can be") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {1, 2, 3, 5, 6, 8});
    auto cursor = make_feed_cursor(config_of(version));
    run(*cursor, feed);
    cursor->on_done(3);
    feed.add({4, epoch + 7 * second});
    feed.add({9, epoch + 9 * second});
    feed.add({7, epoch + 9 * second});
    cursor->poll();
    auto requests = run(*cursor, feed);
    std::sort(requests.taken.begin(), requests.taken.end());
    CHECK(requests.taken == Sequences{4, 7, 9});
    CHECK(cursor->caught_up());
    cursor->on_done(9);
    cursor->poll();
    CHECK(run(*cursor, feed).paths.size() == 1); // no gap above: nothing to look at but the latest
  }
}

TEST_CASE("v1 looks once at a gap that was passed, also where the checkpoint has passed it meanwhile") {
  auto feed = feed_of(ApiVersion::V1, {1, 2, 3, 5, 6, 8});
  auto cursor = make_feed_cursor(config_of(ApiVersion::V1));
  run(*cursor, feed);
  cursor->on_done(8);
  feed.add({4, epoch + 4 * second});
  cursor->poll();
  CHECK(run(*cursor, feed).taken == Sequences{4});
  feed.add({7, epoch + 7 * second});
  cursor->poll();
  CHECK(run(*cursor, feed).taken.empty());
}

TEST_CASE("gaps are looked at although the window has no room") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {1, 2, 3, 5, 6, 8});
    auto cursor = make_feed_cursor(config_of(version));
    run(*cursor, feed);
    cursor->on_done(3);
    feed.add({4, epoch + 4 * second});
    cursor->poll();
    CHECK(run(*cursor, feed, 0).taken == Sequences{4});
  }
}
