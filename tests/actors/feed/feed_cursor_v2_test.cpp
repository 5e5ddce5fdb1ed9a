// The feed cursor of v2: rows in order of time.
#include "tests/actors/feed/cursor_support.hpp"

using namespace dicomcast;
using namespace dicomcast::tests;
using conf::ApiVersion;

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

TEST_CASE("v2 hands on a late entry as soon as its page is read, although a page before it is under way") {
  auto feed = feed_of(ApiVersion::V2, {1, 2, 3, 5, 6});
  auto cursor = make_feed_cursor(config_of(ApiVersion::V2));
  run(*cursor, feed);
  for (auto sequence : up_to(40, 7))
    feed.add({sequence, epoch + sequence * second});
  feed.add({4, epoch + 30 * second});
  cursor->poll();
  deliver(*cursor, cursor->next(1000).at(0), feed);
  auto requests = cursor->next(1000);
  CHECK(cursor->take_late().empty());
  std::vector<std::int64_t> late;
  for (auto& request : requests) {
    if (request.path.find("offset=0") != request.path.npos)
      continue; // the first pages of both passes stay away
    auto is_shown = [&](auto& row) { return row.sequence == 4; };
    auto answer = feed.answer(request.path);
    auto is_late = std::any_of(answer.rows.begin(), answer.rows.end(), is_shown);
    deliver(*cursor, request, feed);
    late = sequences_of(cursor->take_late());
    CHECK(late == (is_late ? Sequences{4} : Sequences()));
    if (is_late)
      break;
  }
  CHECK(late == Sequences{4});
  CHECK(cursor->take(1000).empty());
  for (auto& request : requests)
    deliver(*cursor, request, feed);
  auto rest = sequences_of(cursor->take(1000));
  auto more = run(*cursor, feed).taken;
  rest.insert(rest.end(), more.begin(), more.end());
  CHECK(rest == up_to(40, 7));
}

TEST_CASE("v2 goes on where a page was shorter than asked for, and asks no more once all is there") {
  for (std::size_t greatest_page : {1, 3, 9, 10}) {
    auto feed = feed_of(ApiVersion::V2, up_to(25));
    feed.set_greatest_page(greatest_page);
    auto config = config_of(ApiVersion::V2);
    config.parallel_pages = 2;
    auto result = run(*make_feed_cursor(config), feed);
    CHECK(result.taken == up_to(25));
    CHECK(result.paths.back() != "v2/changefeed?offset=25&limit=5&includeMetadata=true");
  }
}

TEST_CASE("v2 finds the place of a checkpoint although pages are shorter than asked for") {
  auto config = config_of(ApiVersion::V2, 40);
  config.hold_rows = 60;
  config.start_after = 500;
  FeedModel feed(ApiVersion::V2);
  for (auto sequence : up_to(600))
    feed.add({sequence, epoch + (sequence == 501 ? 460 : sequence) * second}); // 40 rows before the checkpoint's
  feed.set_greatest_page(7);
  CHECK(run(*make_feed_cursor(config), feed).taken == up_to(600, 501));
}
