// One outage of the feed: what is told, how long is waited, when it is over.
#include "actors/feed/feed_outage.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::actors;
using namespace std::chrono_literals;

namespace {

const io::Error refused{io::ErrorCode::Unreachable, "GET page", 0, "refused", {}, {}};
constexpr Clock::time_point start{};

FeedOutage outage(bool is_daemon) {
  return FeedOutage({10min, 2s, 60s}, is_daemon);
}

} // namespace

TEST_CASE("requests that fail together are one outage, told once, waited out once") {
  auto feed = outage(true);
  feed.sent();
  feed.sent();
  auto first = feed.failed("a", refused, start);
  CHECK(first.wait == 2s);
  CHECK_THAT(first.notice, Catch::Contains("out of reach") && Catch::Contains("refused"));
  auto second = feed.failed("b", refused, start);
  CHECK_FALSE(second.wait);
  CHECK(second.notice == "");
  CHECK(feed.is_waiting());
  feed.waited();
  feed.sent();
  auto again = feed.failed("a", refused, start + 2s);
  CHECK(again.wait == 4s);
  CHECK(again.notice == "");
}

TEST_CASE("an outage is over when what failed is answered, and not when something else is") {
  auto feed = outage(false);
  feed.sent();
  feed.sent();
  feed.failed("a", refused, start);
  CHECK(feed.answered("b") == "");
  CHECK(feed.is_on());
  feed.waited();
  feed.sent();
  feed.sent();
  CHECK(feed.answered("b") == "");
  CHECK(feed.answered("a") == "the change feed answers again");
  CHECK_FALSE(feed.is_on());
}

TEST_CASE("an outage of a request that does not come again is over when all sent since are answered") {
  auto feed = outage(false);
  feed.sent();
  feed.failed("a", refused, start);
  feed.waited();
  feed.sent();
  feed.sent();
  CHECK(feed.answered("b") == "");
  CHECK(feed.answered("c") == "the change feed answers again");
}

TEST_CASE("a backfill gives up after TotalRetryDuration, and at once without a right; a daemon never") {
  auto unauthorised = refused;
  unauthorised.code = io::ErrorCode::Unauthorised;
  for (bool is_daemon : {false, true}) {
    auto feed = outage(is_daemon);
    feed.sent();
    CHECK(feed.failed("a", refused, start).fatal == "");
    feed.waited();
    feed.sent();
    auto late = feed.failed("a", refused, start + 10min);
    CHECK((late.fatal != "") == !is_daemon);
    CHECK(late.wait == (is_daemon ? std::optional<milliseconds>(60s) : std::nullopt));
    auto other = outage(is_daemon);
    other.sent();
    auto step = other.failed("a", unauthorised, start);
    CHECK((step.fatal != "") == !is_daemon);
    CHECK(step.wait == (is_daemon ? std::optional<milliseconds>(60s) : std::nullopt));
  }
}
