// Profile Extended end to end: the same in every commit mode, and a service that takes no logical references.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

const std::vector<std::string> extended = {"Mapping:Profile=Extended", "DicomCast:Features:GenerateObservations=true"};

Instance examined(const std::string& instance) {
  Instance made;
  made.instance = instance;
  made.elements["00080050"] = element("SH", "A7");
  made.elements["00080090"] = element("PN", "Ref^Anna");
  made.elements["00180015"] = element("CS", "CHEST");
  made.elements["00080008"] = element("CS", "ORIGINAL");
  made.elements["00080070"] = element("LO", "Maker");
  return made;
}

} // namespace

TEST_CASE("in profile Extended both commit modes end with the same resources, and a second run changes nothing") {
  auto feed = mixed_feed(81, 12);
  feed.generated->dose_report_rate = 0.3;
  auto expected = sequential_state(feed, extended);
  World world(feed, {}, extended);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
  auto again = world.another(extended).backfill({"--from", "1"});
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
}

TEST_CASE("a study in profile Extended tells order, referrer, region and title, and goes with its last instance") {
  World world({}, {}, extended);
  world.create(examined("1.2.3.1.1"));
  world.create(examined("1.2.3.1.2"));
  CHECK(world.program.backfill().code == 0);
  auto study = world.only("ImagingStudy");
  CHECK(text_at(study, "basedOn[0].identifier.value") == "A7");
  CHECK(text_at(study, "referrer.display") == "Ref, Anna");
  CHECK(text_at(study, "series[0].bodySite.display") == "Chest");
  CHECK(text_at(study, "series[0].instance[1].title") == "ORIGINAL");
  CHECK(text_at(study, "series[0].performer[0].actor.display") == "Maker");
  world.remove(examined("1.2.3.1.1"));
  world.remove(examined("1.2.3.1.2"));
  CHECK(world.program.backfill().code == 0);
  CHECK(world.fhir.count("ImagingStudy") == 0);
}

TEST_CASE(
    "where a service takes no logical references, the row names the key, and a replay after the change mends it") {
  World world({}, {}, extended);
  world.create(examined("1.2.3.1.1"));
  sim::FaultRule rule;
  rule.kind = "transaction";
  rule.contains = R"("type":"ServiceRequest")";
  rule.fault.status = 422;
  rule.fault.body = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid",)"
                    R"("diagnostics":"Reference without a literal target"}]})";
  world.fhir.add_fault(rule);
  CHECK(world.program.backfill().code == 3);
  auto rows = world.program.rows_of("FhirFailToStore");
  REQUIRE(rows.size() == 1);
  CHECK(contains(rows[0].text("message"), "Mapping:References"));
  auto replay = world.program.run({"errors", "replay", "--set", "Mapping:References=None"});
  CAPTURE(replay.out, replay.err);
  CHECK(replay.code == 0);
  CHECK(world.only("ImagingStudy").find("basedOn") == nullptr);
}
