// What a change feed can hold: malformed entries, gaps, data partitions, entries that appear late, both versions.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <regex>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

/// An entry whose metadata is served as broken JSON.
std::int64_t append_malformed(World& world, std::int64_t sequence = 0) {
  auto item = entry_of("Create", {.study = "1.2.9", .patient = "BROKEN"});
  item.malformed = true;
  item.sequence = sequence;
  return world.dicom.append(item);
}

std::int64_t create_at(World& world, std::int64_t sequence, const std::string& study) {
  auto item = entry_of("Create", {.study = study, .patient = "PAT-" + study});
  item.sequence = sequence;
  return world.dicom.append(item);
}

} // namespace

TEST_CASE("a malformed entry ends a backfill with 4, naming the sequence, after all before it are done") {
  std::string version = GENERATE("v1", "v2");
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(version, mode);
  World world({}, {}, {"DicomWeb:ApiVersion=" + version, "Engine:CommitMode=" + mode});
  world.create({.study = "1.2.1"});
  auto last_good = world.create({.study = "1.2.2"});
  auto bad = append_malformed(world);
  world.create({.study = "1.2.3"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "equence " + std::to_string(bad)));
  CHECK(world.program.checkpoint() == last_good);
  CHECK(world.stored_instances().size() == 2);
  CHECK(world.program.rows().empty());

  auto ignoring = world.program.backfill({"--set", "DicomCast:Features:IgnoreJsonParsingErrors=true"});
  INFO(ignoring.err);
  CHECK(ignoring.code == 0);
  CHECK(contains(ignoring.err, "equence " + std::to_string(bad)));
  CHECK(number(ignoring.json(), "skipped") == 1);
  CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
  CHECK(world.stored_instances().size() == 3);
}

TEST_CASE("a malformed entry before a gap in the sequences skips itself and nothing else") {
  std::string version = GENERATE("v1", "v2");
  auto page_size = GENERATE(1, 3, 100);
  CAPTURE(version, page_size);
  World world({}, {},
              {"DicomWeb:ApiVersion=" + version, "Engine:FeedPageSize=" + std::to_string(page_size),
               "DicomCast:Features:IgnoreJsonParsingErrors=true"});
  create_at(world, 1, "1.2.1");
  append_malformed(world, 2);
  create_at(world, 250, "1.2.2"); // behind a gap longer than a page
  create_at(world, 251, "1.2.3");
  append_malformed(world, 252);
  append_malformed(world, 253);
  create_at(world, 900, "1.2.4");
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.stored_instances().size() == 4);
  CHECK(number(outcome.json(), "skipped") == 3);
  CHECK(world.program.checkpoint() == 900);
}

TEST_CASE("with many malformed entries the others end as if those were not there") {
  auto feed = mixed_feed(51, 8);
  feed.generated->malformed_every = 11;
  std::string version = GENERATE("v1", "v2");
  std::vector<std::string> settings = {"DicomWeb:ApiVersion=" + version,
                                       "DicomCast:Features:IgnoreJsonParsingErrors=true"};
  auto expected = sequential_state(feed, settings);
  World world(feed, {}, settings);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 3));
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
}

TEST_CASE("an entry that appears late with a sequence above the checkpoint is not missed in v2") {
  World world({}, {}, {"DicomWeb:ApiVersion=v2"});
  constexpr sim::Ticks second = 10'000'000;
  auto begin = sim::parse_timestamp("2025-01-31T10:00:00Z").value();
  auto append = [&](int number, sim::Ticks time) {
    auto item = entry_of("Create", {.study = "1.2." + std::to_string(number)});
    item.timestamp = time;
    world.dicom.append(item);
  };
  for (int i = 1; i <= 4; ++i)
    append(i, begin + i * second);
  auto daemon = world.program.start({"daemon"});
  daemon.until([&] { return world.program.checkpoint() == 4; }, "the checkpoint");
  append(5, begin); // with a time before all others'
  daemon.until([&] { return world.stored_instances().size() == 5; }, "the late entry");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait().code == 0);
}

namespace {

/// A feed of many changes, in which each six entries share a timestamp and each seventeenth has the time of one long
/// before it, so that by time it stands behind newer ones. The same each time.
void fill_out_of_time(World& world, bool with_late_ones) {
  auto feed = mixed_feed(55, 20);
  feed.generated->same_timestamp = 6;
  const sim::DicomService source(feed);
  auto items = source.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i % 17 == 16)
      items[i].timestamp = items[i - 16].timestamp;
    if (with_late_ones && i % 29 == 28)
      items[i].hidden_requests = 2;
    world.dicom.append(items[i]);
  }
}

/// The transactions of a run in their order, without what differs from version to version of the feed and run to run.
std::vector<std::string> transactions_by(const std::string& version) {
  static const std::regex differs("urn:uuid:[0-9a-f-]{36}|http://127\\.0\\.0\\.1:[0-9]+|(/|%2F)v[12]\"");
  sim::FhirOptions fhir;
  fhir.journal_bodies = true;
  World world({}, fhir, {"DicomWeb:ApiVersion=" + version, "Engine:CommitMode=PerEntry"});
  fill_out_of_time(world, false);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(number(outcome.json(), "entries") == static_cast<std::int64_t>(world.dicom.items().size()));
  std::vector<std::string> bodies;
  for (const auto& exchange : world.fhir.journal("transaction"))
    bodies.push_back(std::regex_replace(exchange.request_body, differs, "*"));
  return bodies;
}

} // namespace

TEST_CASE("one feed served as v1 and as v2 leads to the same transactions in the same order") {
  const auto v1 = transactions_by("v1"), v2 = transactions_by("v2");
  CHECK(v1.size() > 150);
  REQUIRE(v1.size() == v2.size());
  for (std::size_t i = 0; i < v1.size(); ++i) {
    CAPTURE(i);
    REQUIRE(v1[i] == v2[i]);
  }
}

TEST_CASE("entries that appear behind newer ones while the feed is read are all processed, in v1 and in v2") {
  const std::string version = GENERATE("v1", "v2"), mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(version, mode);
  World world({}, {}, {"DicomWeb:ApiVersion=" + version, "Engine:CommitMode=" + mode, "Engine:FeedPageSize=20"});
  fill_out_of_time(world, true);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  World whole({}, {}, {"DicomWeb:ApiVersion=" + version});
  fill_out_of_time(whole, false);
  CHECK(number(outcome.json(), "entries") == static_cast<std::int64_t>(whole.dicom.items().size()));
  whole.program.backfill();
  CHECK(difference(whole.fhir.normalised_state(), world.fhir.normalised_state()) == "");
}

TEST_CASE("equal UIDs in several data partitions are told apart in the log") {
  World world({}, {}, {"DicomWeb:ApiVersion=v2", "Log:Level=Debug"});
  for (std::string partition : {"north", "south"}) {
    auto item = entry_of("Create", {.study = "1.2.7", .elements = {{"00100020", ""}}}); // without PatientID
    item.partition = partition;
    world.dicom.append(item);
  }
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 3);
  for (const std::string name : {"entry 1 (study 1.2.7, series 1.2.7.1, instance 1.2.7.1.1, data partition north)",
                                 "entry 2 (study 1.2.7, series 1.2.7.1, instance 1.2.7.1.1, data partition south)"}) {
    CAPTURE(outcome.err);
    CHECK(contains(outcome.err, "read " + name));
    CHECK(contains(outcome.err, name + " goes into DicomFailToStoreExceptionTable: InvalidRequiredTag"));
  }
}

TEST_CASE("only entries of the data partition are processed, the others skipped") {
  World world({}, {}, {"DicomWeb:ApiVersion=v2", "DicomWeb:PartitionName=north"});
  for (std::string partition : {"north", "south", "", "Microsoft.Default"}) {
    auto item = entry_of("Create", {.study = "1.2." + std::to_string(partition.size() + 1)});
    item.partition = partition;
    world.dicom.append(item);
  }
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "skipped") == 3);
  CHECK(world.fhir.count("ImagingStudy") == 1);
  CHECK(world.only("Endpoint").text("address") == public_dicom_url + "/v2/partitions/north");
  auto other = world.another({"DicomWeb:ApiVersion=v2", "DicomWeb:PartitionName=Microsoft.Default"}).backfill();
  CHECK(number(other.json(), "skipped") == 2);
  CHECK(world.fhir.count("ImagingStudy") == 3);
}

TEST_CASE("a path in the services' URLs is kept in every request") {
  std::string version = GENERATE("v1", "v2");
  sim::DicomOptions dicom = plain_feed(52, 2, 3);
  dicom.prefix = "/some/path";
  sim::FhirOptions fhir;
  fhir.prefix = "/fhir/r4";
  World world(dicom, fhir);
  Program program(
      world.dicom.url(), world.fhir.url(),
      {"DicomWeb:Endpoint=" + world.dicom.url() + "/", "DicomWeb:PrivateEndpoint=", "DicomWeb:ApiVersion=" + version});
  auto outcome = program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.stored_instances().size() == 6);
  for (const auto& study : world.fhir.documents("ImagingStudy"))
    CHECK(text_at(study, "meta.source") == world.dicom.url() + "/");
  CHECK(world.only("Endpoint").text("address") == world.dicom.url() + "/" + version);
}

TEST_CASE("an empty feed is nothing to do, whatever form emptiness takes") {
  sim::DicomOptions dicom;
  dicom.latest_when_empty = GENERATE(sim::WhenEmpty::NoContent, sim::WhenEmpty::EmptyBody, sim::WhenEmpty::Null);
  std::string version = GENERATE("v1", "v2");
  World world(dicom, {}, {"DicomWeb:ApiVersion=" + version});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "entries") == 0);
  CHECK(world.program.checkpoint() == 0);
}

TEST_CASE("a feed that has begun anew below the checkpoint is told by backfill, status and check") {
  World world;
  world.create({.study = "1.2.1"});
  REQUIRE(world.program.run({"reset", "--to", "10"}).code == 0);
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "begun anew"));
  CHECK(world.program.checkpoint() == 10);
  auto status = world.program.run({"status", "--json"});
  CHECK(status.code == 0);
  CHECK(contains(status.err, "begun anew"));
  CHECK(number(status.json(), "lag") == 0);
  auto check = world.program.run({"check"});
  CHECK(check.code == 4);
  CHECK(contains(check.out, "begun anew"));
  REQUIRE(world.program.run({"reset", "--to", "0"}).code == 0);
  CHECK_FALSE(contains(world.program.backfill().err, "begun anew"));
  CHECK_FALSE(contains(world.program.run({"status"}).err, "begun anew"));
}
