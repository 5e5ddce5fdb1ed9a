// The long runs, with DICOMCAST_HEAVY=1 alone: memory that does not grow with the feed, and a time that is that of the
// commits. To be measured with an optimised build (DICOMCAST_BINARY).
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

bool is_heavy() {
  bool heavy = std::getenv("DICOMCAST_HEAVY") != nullptr;
  if (!heavy)
    WARN("passed over without DICOMCAST_HEAVY=1");
  return heavy;
}

long peak_kib(std::int64_t entries) {
  World world(plain_feed(81, entries / 50, 50));
  auto outcome = world.program.backfill({}, std::chrono::minutes(10));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  REQUIRE(number(outcome.json(), "entries") == entries);
  return outcome.max_rss_kib;
}

} // namespace

TEST_CASE("memory of a backfill of 200,000 entries is below 200 MB and no more than a tenth above that of 50,000") {
  if (!is_heavy())
    return;
  auto small = peak_kib(50'000), large = peak_kib(200'000);
  CAPTURE(small, large);
  CHECK(large < 200'000);
  CHECK(static_cast<double>(large) <= 1.1 * static_cast<double>(small));
}

TEST_CASE("2,000 entries of 200 studies at 20 ms a request take the time of their commits, and groups far less") {
  if (!is_heavy())
    return;
  sim::FhirOptions fhir;
  fhir.latency = std::chrono::milliseconds(20);
  auto feed = plain_feed(82, 200, 10);
  World world(feed, fhir, {"Engine:CommitMode=PerEntry"});
  auto outcome = world.program.backfill();
  REQUIRE(outcome.code == 0);
  auto seconds = std::stod(at(outcome.json(), "seconds").to_text());
  auto commits = static_cast<double>(world.fhir.stats().transaction_microseconds) / 1e6;
  CAPTURE(seconds, commits);
  CHECK(seconds <= 1.15 * commits);

  World grouped(feed, fhir, {"Engine:CommitMode=Grouped"});
  auto quick = grouped.program.backfill();
  REQUIRE(quick.code == 0);
  auto one_by_one = 2000 * 4 * 0.02; // three searches and a transaction for each entry, one after another
  CAPTURE(quick.out);
  CHECK(std::stod(at(quick.json(), "seconds").to_text()) * 30 <= one_by_one);
}
