// Whatever the mode and the concurrency: the same end state, one transaction at a time, in order of Sequence.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

struct Setting {
  std::string mode;
  int look_ahead, fetch_concurrency, page_size, group_max;

  std::vector<std::string> texts() const {
    return {"Engine:CommitMode=" + mode, "Engine:LookAhead=" + std::to_string(look_ahead),
            "Engine:FetchConcurrency=" + std::to_string(fetch_concurrency),
            "Engine:FeedPageSize=" + std::to_string(page_size), "Engine:GroupMaxEntries=" + std::to_string(group_max)};
  }
};

const std::vector<Setting> engine_settings = {
    {"PerEntry", 1000, 32, 100, 100}, {"PerEntry", 2, 1, 7, 100},      {"PerEntry", 37, 8, 13, 100},
    {"Grouped", 1, 1, 100, 100},      {"Grouped", 1000, 32, 100, 100}, {"Grouped", 1000, 8, 1, 3},
    {"Grouped", 50, 32, 33, 1},       {"Grouped", 300, 8, 100, 17},    {"Grouped", 1000, 32, 50, 1000},
};

/// At each `step`th of the settings.
void require_same_state(const sim::DicomOptions& feed, const sim::FhirOptions& fhir, std::vector<std::string> extra,
                        std::size_t step = 2) {
  auto expected = sequential_state(feed, extra, fhir);
  REQUIRE(std::count(expected.begin(), expected.end(), '\n') > 15);
  std::optional<std::pair<std::int64_t, std::int64_t>> failed_and_invalid;
  for (std::size_t s = 0; s < engine_settings.size(); s += step) {
    auto settings = extra;
    auto texts = engine_settings[s].texts();
    settings.insert(settings.end(), texts.begin(), texts.end());
    World world(feed, fhir, settings);
    auto outcome = world.program.backfill();
    CAPTURE(texts, outcome.err, outcome.out);
    CHECK((outcome.code == 0 || outcome.code == 3));
    CHECK(difference(expected, world.fhir.normalised_state()) == "");
    CHECK(world.fhir.violations() == std::vector<std::string>{});
    CHECK(world.dicom.violations() == std::vector<std::string>{});
    auto json = outcome.json();
    CHECK(number(json, "entries") == static_cast<std::int64_t>(world.dicom.items().size()));
    CHECK(number(json, "retries") == 0);
    CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
    std::pair counts(number(json, "failed"), number(json, "invalid_tags"));
    CHECK(counts == failed_and_invalid.value_or(counts));
    failed_and_invalid = counts;
    CHECK(static_cast<std::int64_t>(world.program.rows_of("DicomFailToStore").size()) == counts.first);
    CHECK(static_cast<std::int64_t>(world.program.rows_of("InvalidDicomTag").size()) == counts.second);
  }
}

/// Each transaction must bring the instances of the next entries, and no others.
void require_order(World& world, const std::vector<std::string>& settings) {
  auto program = world.another(settings);
  auto outcome = program.backfill();
  CAPTURE(settings, outcome.err);
  REQUIRE(outcome.code == 0);
  auto entries = world.dicom.items();
  std::set<std::string> seen;
  std::size_t next = 0, transactions = 0;
  std::int64_t last_end = 0;
  for (const auto& exchange : world.fhir.journal("transaction")) {
    ++transactions;
    CHECK(exchange.begin >= last_end);
    last_end = exchange.end;
    std::set<std::string> brought;
    for (const auto& uid : instances_in(exchange.request_body))
      if (seen.insert(uid).second)
        brought.insert(uid);
    REQUIRE(!brought.empty());
    for (std::size_t count = brought.size(); count > 0; --count, ++next) {
      REQUIRE(next < entries.size());
      CHECK(brought.count(entries[next].instance) == 1);
    }
  }
  CHECK(next == entries.size());
  CHECK(number(outcome.json(), "transactions") == static_cast<std::int64_t>(transactions));
  CHECK(world.fhir.stats().overlapping_transactions == 0);
}

} // namespace

TEST_CASE("every setting of the engine ends in the state of a sequential run") {
  auto seed = GENERATE(std::uint64_t(1), std::uint64_t(20251124));
  CAPTURE(seed);
  require_same_state(mixed_feed(seed), {}, {}, 1);
}

TEST_CASE("so it does with dose reports, in profile Original, against a service that matches loosely") {
  auto feed = mixed_feed(77, 14);
  feed.generated->dose_report_rate = 0.5;
  sim::FhirOptions fhir;
  fhir.match_loosely();
  fhir.store.uuid_versions = true;
  require_same_state(feed, fhir, {"DicomCast:Features:GenerateObservations=true", "Mapping:Profile=Original"});
}

TEST_CASE("so it does where a patient's ID is another's in the other case") {
  auto feed = mixed_feed(5, 12);
  feed.generated->case_twins = true;
  require_same_state(feed, {}, {});
}

TEST_CASE("so it does with feed v2, and when all optional tags must be valid") {
  auto feed = mixed_feed(9, 16);
  feed.generated->same_timestamp = 5;
  require_same_state(feed, {}, {"DicomWeb:ApiVersion=v2", "DicomCast:Features:EnforceValidationOfTagValues=true"});
}

TEST_CASE("transactions go one at a time and in order of Sequence, whatever arrives first") {
  sim::FhirOptions fhir;
  fhir.journal_bodies = true;
  fhir.latency_of["search"] = std::chrono::milliseconds(3);
  fhir.latency_of["batch"] = std::chrono::milliseconds(3);
  fhir.latency_of["transaction"] = std::chrono::milliseconds(1);
  World world(plain_feed(3, 12, 9), fhir);
  SECTION("one transaction for each entry") {
    require_order(world, {"Engine:CommitMode=PerEntry"});
  }
  SECTION("entries folded into groups") {
    require_order(world, {"Engine:CommitMode=Grouped", "Engine:GroupMaxEntries=10"});
  }
}

TEST_CASE("searches overlap with each other and with the transaction under way") {
  sim::FhirOptions fhir;
  fhir.batch = false;
  fhir.max_identifiers = 1;
  fhir.latency = std::chrono::milliseconds(4);
  World world(plain_feed(4, 40, 2), fhir, {"Engine:CommitMode=PerEntry", "Engine:FetchConcurrency=8"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  auto most = world.fhir.stats().max_concurrent_searches;
  CHECK(most > 1);
  CHECK(most <= 8);
  auto transactions = world.fhir.journal("transaction");
  auto searches = world.fhir.journal("search");
  CHECK(std::any_of(searches.begin(), searches.end(), [&](const sim::Exchange& search) {
    return std::any_of(transactions.begin(), transactions.end(), [&](const sim::Exchange& transaction) {
      return search.begin < transaction.end && transaction.begin < search.end;
    });
  }));
}

TEST_CASE("an entry that changes nothing sends no transaction, and running again from the start changes nothing") {
  World world(mixed_feed(6, 8));
  auto first = world.program.backfill();
  auto state = world.fhir.normalised_state();
  world.fhir.clear_journal();
  auto again = world.program.backfill();
  CHECK(number(again.json(), "entries") == 0);
  CHECK(world.fhir.journal("transaction").empty());

  World plain(plain_feed(6));
  REQUIRE(plain.program.backfill().code == 0);
  auto before = plain.fhir.resources();
  plain.fhir.clear_journal();
  auto repeated = plain.another().backfill();
  CHECK(repeated.code == 0);
  CHECK(number(repeated.json(), "unchanged") == static_cast<std::int64_t>(plain.dicom.items().size()));
  CHECK(plain.fhir.journal("transaction").empty());
  CHECK(plain.fhir.resources() == before);
}
