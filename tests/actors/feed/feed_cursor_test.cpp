#include "tests/actors/feed/feed_model.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace dicomcast;
using namespace dicomcast::tests;
using actors::FeedCursorConfig;
using conf::ApiVersion;
using Sequences = std::vector<std::int64_t>;

namespace {

constexpr auto second = actors::ticks_per_second;
const auto epoch = *actors::parse_feed_time("2024-05-01T10:00:00Z");

FeedModel feed_of(ApiVersion version, const Sequences& sequences) {
  FeedModel feed(version);
  for (auto sequence : sequences)
    feed.add({sequence, epoch + sequence * second});
  return feed;
}

Sequences up_to(std::int64_t last, std::int64_t first = 1) {
  Sequences result(static_cast<std::size_t>(last - first + 1));
  std::iota(result.begin(), result.end(), first);
  return result;
}

FeedCursorConfig config_of(ApiVersion version, int page_size = 10) {
  FeedCursorConfig config;
  config.version = version;
  config.page_size = page_size;
  return config;
}

std::vector<std::string> paths_of(const std::vector<actors::FeedRequest>& requests) {
  std::vector<std::string> paths;
  for (auto& request : requests)
    paths.push_back(request.path);
  return paths;
}

const auto both_versions = {ApiVersion::V1, ApiVersion::V2};

} // namespace

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

TEST_CASE("in v2 a row that not even without metadata is JSON is told by the Sequence before it") {
  FeedModel feed = feed_of(ApiVersion::V2, up_to(4));
  feed.add({5, epoch + 5 * second, true, true});
  feed.add({6, epoch + 6 * second});
  auto config = config_of(ApiVersion::V2);
  auto cursor = make_feed_cursor(config);
  CHECK(run(*cursor, feed).taken == up_to(4));
  REQUIRE(cursor->malformed());
  CHECK(cursor->malformed()->sequence == 0);
  CHECK_THAT(cursor->malformed()->message, Catch::Contains("after Sequence 4"));
  config.skip_malformed = true;
  cursor = make_feed_cursor(config);
  CHECK(run(*cursor, feed).taken == Sequences{1, 2, 3, 4, 6});
  CHECK(cursor->take_skipped().size() == 1);
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

TEST_CASE("v2 reads rows by offset within windows of time, in pages of 200 at most") {
  auto config = config_of(ApiVersion::V2, 500);
  config.rebase_rows = 400;
  auto result = run(*make_feed_cursor(config), feed_of(ApiVersion::V2, up_to(1000)), 10'000);
  CHECK(result.taken == up_to(1000));
  REQUIRE(result.paths.size() >= 4);
  CHECK(result.paths[1] == "v2/changefeed?offset=0&limit=200&includeMetadata=true");
  CHECK(result.paths[2] == "v2/changefeed?offset=200&limit=200&includeMetadata=true");
  CHECK(result.paths[3] ==
        "v2/changefeed?offset=0&limit=200&startTime=2024-05-01T10:06:40.0000000Z&includeMetadata=true");
}

TEST_CASE("v2 puts entries that share a timestamp, and one that stands behind newer ones, in order of Sequence") {
  for (std::int64_t together : {1, 7, 1000}) {
    FeedModel v1(ApiVersion::V1), v2(ApiVersion::V2);
    for (auto sequence : up_to(300)) {
      auto place = sequence == 50 ? 120 : sequence == 51 ? 80 : sequence;
      if (sequence % 17 != 0)
        for (auto* feed : {&v1, &v2})
          feed->add({sequence, epoch + place / together * second});
    }
    auto config = config_of(ApiVersion::V2);
    config.rebase_rows = 40;
    auto expected = run(*make_feed_cursor(config_of(ApiVersion::V1)), v1).taken;
    CHECK(run(*make_feed_cursor(config), v2).taken == expected);
    config.start_after = 49;
    CHECK(run(*make_feed_cursor(config), v2).taken.front() == 50);
    config.start_after = 50;
    CHECK(run(*make_feed_cursor(config), v2).taken.front() == 52); // 51 is one of the missing
    config.start_after = 60;
    CHECK(run(*make_feed_cursor(config), v2).taken.front() == 61);
  }
}

TEST_CASE("v2 finds the place of a checkpoint with few and small requests") {
  auto config = config_of(ApiVersion::V2, 200);
  config.start_after = 40'000;
  auto result = run(*make_feed_cursor(config), feed_of(ApiVersion::V2, up_to(40'100)));
  CHECK(result.taken == up_to(40'100, 40'001));
  CHECK(result.paths.size() < 32);
  auto with_metadata = std::count_if(result.paths.begin(), result.paths.end(),
                                     [](auto& path) { return path.find("=true") != path.npos; });
  CHECK(with_metadata == 1);
}

TEST_CASE("v2 finds a new entry that got an older time than the newest one") {
  auto feed = feed_of(ApiVersion::V2, up_to(500));
  auto cursor = make_feed_cursor(config_of(ApiVersion::V2));
  run(*cursor, feed);
  cursor->on_done(500);
  feed.add({501, epoch + 420 * second});
  cursor->poll();
  CHECK(run(*cursor, feed).taken == Sequences{501});
  cursor->on_done(501);
  // Far behind: the lag grows poll by poll until it is found.
  feed.add({502, epoch - 3600 * second});
  Sequences found;
  for (int poll = 0; poll < 4 && found.empty(); ++poll) {
    cursor->poll();
    found = run(*cursor, feed).taken;
  }
  CHECK(found == Sequences{502});
}

TEST_CASE("v2 without readable timestamps still reads everything by row offset") {
  FeedModel feed(ApiVersion::V2);
  for (auto sequence : up_to(95))
    feed.add({sequence, 0});
  auto config = config_of(ApiVersion::V2);
  config.rebase_rows = 20;
  auto cursor = make_feed_cursor(config);
  CHECK(run(*cursor, feed).taken == up_to(95));
  feed.add({96, 0});
  cursor->poll();
  CHECK(run(*cursor, feed).taken == Sequences{96});
}

TEST_CASE("single entries are read by a list of Sequences, and those that are gone are told") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(400));
    for (auto sequence : up_to(30'000, 29'000))
      if (sequence % 2 == 0)
        feed.add({sequence, epoch + sequence * second});
    auto config = config_of(version);
    config.hold_rows = 20;
    auto list = make_entry_list(config, {29'998, 7, 6, 300, 350, 7, 29'001, 40'000});
    CHECK(run(*list, feed).taken == Sequences{6, 7, 300, 350, 29'998});
    CHECK(list->take_missing() == Sequences{29'001, 40'000});
    CHECK(list->caught_up());
  }
}

TEST_CASE("of a list, v1 reads a single entry by the Sequence before it") {
  auto list = make_entry_list(config_of(ApiVersion::V1, 100), {77, 200});
  CHECK(run(*list, feed_of(ApiVersion::V1, up_to(300))).paths ==
        std::vector<std::string>{"v1/changefeed/latest?includeMetadata=false",
                                 "v1/changefeed?offset=76&limit=1&includeMetadata=true",
                                 "v1/changefeed?offset=199&limit=1&includeMetadata=true"});
}

TEST_CASE("a list minds a malformed entry that is on it, and no other") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, {1, 2, 3});
    feed.add({4, epoch + 4 * second, true});
    feed.add({5, epoch + 5 * second});
    auto config = config_of(version, 40);
    CHECK(run(*make_entry_list(config, {3, 5}), feed).taken == Sequences{3, 5});
    auto list = make_entry_list(config, {3, 4, 5});
    CHECK(run(*list, feed).taken == Sequences{3});
    REQUIRE(list->malformed());
    CHECK(list->malformed()->sequence == 4);
    config.skip_malformed = true;
    list = make_entry_list(config, {3, 4, 5});
    CHECK(run(*list, feed).taken == Sequences{3, 4, 5});
    CHECK(list->caught_up());
  }
}

TEST_CASE("an empty list is read at once") {
  auto list = make_entry_list(config_of(ApiVersion::V1), {});
  CHECK(list->next(100).empty());
  CHECK(list->caught_up());
}
