// GenerateObservations end to end: stored once, changed and removed with their report, in as many transactions as the
// service needs.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

const std::vector<std::string> with_observations = {"DicomCast:Features:GenerateObservations=true"};

sim::DicomOptions dose_feed(std::uint64_t seed) {
  auto feed = mixed_feed(seed, 12);
  feed.generated->dose_report_rate = 1;
  feed.generated->broken_required_rate = 0;
  feed.generated->instances_per_study = 4;
  return feed;
}

std::string code_of(const Json& observation) {
  return text_at(observation, "code.coding[0].code");
}

} // namespace

TEST_CASE("a dose report becomes a summary and its events, tied to patient and study; twice processed, once stored") {
  auto feed = plain_feed(71, 3, 4);
  feed.generated->dose_report_rate = 1;
  World world(feed, {}, with_observations);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  std::size_t summaries = 0, events = 0;
  for (const auto& observation : world.fhir.documents("Observation")) {
    summaries += code_of(observation) == "73569-6";
    events += code_of(observation) == "113852";
    CHECK(observation.text("status") == "final");
    CHECK(contains(text_at(observation, "subject.reference"), "Patient/"));
    CHECK(contains(text_at(observation, "partOf[0].reference"), "ImagingStudy/"));
    CHECK(observation.items("identifier").size() >= 3);
    CHECK(!observation.items("component").empty());
  }
  CHECK(summaries == 3);
  CHECK(events >= 3);
  CHECK(summaries + events == world.fhir.count("Observation"));
  auto state = world.fhir.normalised_state();
  CHECK(world.another(with_observations).backfill().code == 0);
  CHECK(world.fhir.normalised_state() == state);

  World without(feed);
  CHECK(without.program.backfill().code == 0);
  CHECK(without.fhir.count("Observation") == 0);
  for (const auto& exchange : without.fhir.journal("search"))
    CHECK(!contains(exchange.target, "Observation"));
}

TEST_CASE("a service that takes few entries a Bundle ends with the same Observations") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  auto feed = dose_feed(72);
  auto expected = sequential_state(feed, with_observations);
  CHECK(contains(expected, "\"Observation\""));
  sim::FhirOptions fhir;
  SECTION("8 in all") {
    fhir.max_entries = 8;
  }
  SECTION("8 in one that holds an ifNoneExist") {
    fhir.max_conditional_entries = 8;
  }
  SECTION("4 in all") {
    fhir.max_entries = 4;
  }
  auto settings = with_observations;
  settings.push_back("Engine:CommitMode=" + mode);
  World world(feed, fhir, settings);
  auto outcome = world.program.backfill();
  CAPTURE(mode, outcome.err);
  CHECK(outcome.code == 0);
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
  CHECK(world.program.rows_of("FhirFailToStore").empty());
}

TEST_CASE("deleting a report deletes its Observations, and the study's last instance those of the study") {
  auto feed = plain_feed(73, 2, 3);
  feed.generated->dose_report_rate = 1;
  World world(feed, {}, with_observations);
  CHECK(world.program.backfill().code == 0);
  auto items = world.dicom.items();
  auto first_study = items.front().study;
  auto of_study = [&](const std::string& uid) {
    std::size_t count = 0;
    for (const auto& observation : world.fhir.documents("Observation"))
      count += contains(observation.to_text(), "\"urn:oid:" + uid + "\"");
    return count;
  };
  CHECK(of_study(first_study) > 0);
  for (const auto& item : items)
    if (item.study == first_study) {
      sim::FeedItem removal;
      removal.action = "Delete";
      removal.study = item.study;
      removal.series = item.series;
      removal.instance = item.instance;
      world.dicom.append(removal);
    }
  CHECK(world.program.backfill().code == 0);
  CHECK(of_study(first_study) == 0);
  CHECK(world.study(first_study).is_null());
  CHECK(world.fhir.count("Observation") > 0);
  CHECK(world.fhir.count("Patient") == 1);
}

TEST_CASE("a search for Observations that is answered after they were written does not hide them") {
  auto feed = plain_feed(74, 1, 1);
  feed.generated->dose_report_rate = 1;
  sim::FhirOptions fhir;
  fhir.batch = false;
  World world(feed, fhir, with_observations);
  auto report = world.dicom.items().front();
  sim::FeedItem removal;
  removal.action = "Delete";
  removal.study = report.study;
  removal.series = report.series;
  removal.instance = report.instance;
  world.dicom.append(removal);
  report.sequence = 0, report.timestamp = 0;
  report.action = "Frobnicate"; // keeps the report's state from `deleted`, so that its create is not skipped
  world.dicom.append(report);
  sim::FaultRule slow; // sees what is there at its beginning
  slow.kind = "search";
  slow.type = "Observation";
  slow.contains = "dicom";
  slow.times = 1;
  slow.fault.how = sim::Fault::How::Slow;
  slow.fault.delay = std::chrono::milliseconds(500);
  world.fhir.add_fault(slow);
  auto outcome = world.program.backfill({"--commit-mode", "per-entry"});
  CAPTURE(outcome.err, outcome.out);
  CHECK(number(outcome.json(), "transactions") == 2);
  CHECK(world.fhir.count("ImagingStudy") == 0);
  CHECK(world.fhir.count("Observation") == 0);
}

TEST_CASE("backfill --rewrite-observations brings over what profile Original wrote, report by report, once") {
  std::string mode = GENERATE("per-entry", "grouped");
  auto feed = plain_feed(75, 3, 4);
  feed.generated->dose_report_rate = 1;
  auto original = with_observations;
  original.push_back("Mapping:Profile=Original");
  World world(feed, {}, original);
  CHECK(world.program.backfill().code == 0);
  auto before = world.fhir.normalised_state();
  auto count = world.fhir.count("Observation");
  REQUIRE(count > 0);

  auto program = world.another(with_observations);
  CHECK(program.backfill({"--from", "1", "--commit-mode", mode}).code == 0);
  for (const auto& observation : world.fhir.documents("Observation"))
    CHECK(observation.items("category").empty()); // a create leaves what is there
  auto outcome = program.backfill({"--from", "1", "--commit-mode", mode, "--rewrite-observations"});
  CAPTURE(mode, outcome.err);
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "committed") > 0);
  CHECK(world.fhir.count("Observation") <= count);
  for (const auto& observation : world.fhir.documents("Observation")) {
    CHECK(observation.items("category").size() == 1);
    CHECK(!observation.items("component").empty());
  }
  CHECK(world.fhir.normalised_state() != before);
  auto stored = Json(world.fhir.documents("Observation")).to_text(); // with their versions
  CHECK(program.backfill({"--from", "1", "--commit-mode", mode, "--rewrite-observations"}).code == 0);
  CHECK(Json(world.fhir.documents("Observation")).to_text() == stored);
}
