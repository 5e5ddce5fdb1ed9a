// The cursor of errors replay.
#include "tests/actors/feed/cursor_support.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;
using conf::ApiVersion;

TEST_CASE("single entries are read by a list of Sequences, and those that are gone are told") {
  for (auto version : both_versions) {
    auto feed = feed_of(version, up_to(400));
    for (auto sequence : up_to(30'000, 29'000))
      if (sequence % 2 == 0)
        feed.add({sequence, epoch + sequence * second});
    auto config = config_of(version);
    config.hold_rows = 20;
    auto list = make_replay_cursor(config, {29'998, 7, 6, 300, 350, 7, 29'001, 40'000});
    CHECK(run(*list, feed).taken == Sequences{6, 7, 300, 350, 29'998});
    CHECK(list->take_missing() == Sequences{29'001, 40'000});
    CHECK(list->caught_up());
  }
}

TEST_CASE("of a list, v1 reads a single entry by the Sequence before it") {
  auto list = make_replay_cursor(config_of(ApiVersion::V1, 100), {77, 200});
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
    CHECK(run(*make_replay_cursor(config, {3, 5}), feed).taken == Sequences{3, 5});
    auto list = make_replay_cursor(config, {3, 4, 5});
    CHECK(run(*list, feed).taken == Sequences{3});
    REQUIRE(list->malformed());
    CHECK(list->malformed()->sequence == 4);
    config.skip_malformed = true;
    list = make_replay_cursor(config, {3, 4, 5});
    CHECK(run(*list, feed).taken == Sequences{3, 4, 5});
    CHECK(list->caught_up());
  }
}

TEST_CASE("an empty list is read at once") {
  auto list = make_replay_cursor(config_of(ApiVersion::V1), {});
  CHECK(list->next(100).empty());
  CHECK(list->caught_up());
}
