#include "actors/feed/feed_timestamp.hpp"
#include "actors/feed/sequence_gaps.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace dicomcast::actors;

TEST_CASE("gaps are a set of numbers, whatever is added and taken out") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    SequenceGaps gaps;
    std::set<std::int64_t> model;
    std::int64_t top = 0;
    for (int step = 0; step < 300; ++step) {
      if (random() % 3 == 0) {
        std::int64_t first = top + 1 + random() % 3, last = first + random() % 6 - 1;
        gaps.add(first, last);
        for (auto s = first; s <= last; ++s)
          model.insert(s);
        top = std::max(top, last);
      }
      std::int64_t at = random() % static_cast<unsigned>(top + 3);
      CHECK(gaps.contains(at) == model.contains(at));
      auto above = model.upper_bound(at);
      CHECK(gaps.at_most(at) == (above == model.begin() ? std::nullopt : std::optional(*std::prev(above))));
      auto from = model.lower_bound(at);
      CHECK(gaps.at_least(at) == (from == model.end() ? std::nullopt : std::optional(*from)));
      if (random() % 2 == 0)
        CHECK(gaps.erase(at) == (model.erase(at) == 1));
    }
  }
}

TEST_CASE("gaps know the earliest time above a Sequence, and forget the lowest ones") {
  SequenceGaps gaps;
  gaps.add(2, 4, 100);
  gaps.add(6, 5, 1); // nothing
  gaps.add(7, 7, 90);
  gaps.add(9, 9, 120);
  CHECK(gaps.earliest_time_above(0) == 90);
  CHECK(gaps.earliest_time_above(4) == 90);
  CHECK(gaps.earliest_time_above(7) == 120);
  CHECK_FALSE(gaps.earliest_time_above(9));
  gaps.keep(2);
  CHECK(gaps.intervals() == 2);
  CHECK_FALSE(gaps.contains(3));
  CHECK(gaps.contains(7));
}

TEST_CASE("the feed's timestamps are read with their zone, to 100 ns") {
  auto base = parse_feed_time("2024-02-29T23:30:00Z");
  REQUIRE(base);
  CHECK(*base == 1'709'249'400 * ticks_per_second);
  CHECK(parse_feed_time("2024-02-29T23:30:00") == base);
  CHECK(parse_feed_time("2024-03-01T01:30:00+02:00") == base);
  CHECK(parse_feed_time("2024-02-29T20:00:00.0-03:30") == base);
  CHECK(parse_feed_time("2024-02-29T23:30:00.1234567Z") == *base + 1'234'567);
  CHECK(parse_feed_time("2024-02-29T23:30:00.123456789Z") == *base + 1'234'567);
  CHECK(parse_feed_time("2024-02-29T23:30:00.5+00:00") == *base + 5'000'000);
  for (auto text : {"", "2024", "2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T23:30:00.Z",
                    "2024-02-29T23:30:00Zx", "2024-02-29T23:30:00+2", "2024-02-29X23:30:00Z", "-024-02-29T23:30:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_feed_time(text));
  }
}

TEST_CASE("the feed's timestamps are written in UTC and read back the same") {
  for (auto text : {"2024-02-29T23:30:00.1234567Z", "1969-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00.0000000Z",
                    "9999-12-31T23:59:59.0000001Z"}) {
    auto time = parse_feed_time(text);
    REQUIRE(time);
    CHECK(format_feed_time(*time) == text);
  }
}
