// Faults of the original DICOMcast that this one must not have. Others have their place elsewhere: lost 503 and 409,
// the refused token (faults_test), the malformed entry before a gap and the dropped path (feed_test), the batch done
// twice after a crash (kill_test), the two prefixes of an Endpoint's name (identity_test).
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace dicomcast;
using namespace dicomcast::e2e;

TEST_CASE("what cannot be mapped is recorded and does not end the process") {
  std::string command = GENERATE("daemon", "backfill");
  World world;
  auto item = entry_of("Frobnicate", {.study = "1.2.1"});
  auto unknown = world.dicom.append(item);
  item = entry_of("Create", {.study = "1.2.2"});
  item.metadata.clear();
  item.state = "current";
  auto bare = world.dicom.append(item);
  item = entry_of("Update", {.study = "1.2.3"});
  item.metadata.clear();
  item.state = "current";
  auto bare_update = world.dicom.append(item);
  auto updated = world.update({.study = "1.2.4"});
  world.create({.study = "1.2.5"});
  if (command == "backfill") {
    CHECK(world.program.backfill().code == 3);
  } else {
    auto daemon = world.program.start({"daemon"});
    daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
    daemon.signal(SIGTERM);
    CHECK(daemon.wait().code == 0);
  }
  auto rows = world.program.rows_of("DicomFailToStore");
  REQUIRE(rows.size() == 3);
  CHECK(number(rows[0], "sequence") == unknown);
  CHECK(contains(rows[0].text("message"), "Frobnicate"));
  CHECK(number(rows[1], "sequence") == bare);
  CHECK(number(rows[2], "sequence") == bare_update);
  CHECK(world.program.rows().size() == 3);
  CHECK(!world.study("1.2.4").is_null());
  CHECK(!world.study("1.2.5").is_null());
  CHECK(updated > bare_update);
}

TEST_CASE("a search that fails for one entry does not stop the others") {
  World world;
  sim::FaultRule rule;
  rule.contains = "VICTIM";
  rule.fault.status = GENERATE(400, 404, 500);
  world.fhir.add_fault(rule);
  world.create({.study = "1.2.1"});
  auto victim = world.create({.study = "1.2.2", .patient = "VICTIM"});
  world.create({.study = "1.2.3", .patient = "PAT-3"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  auto rows = world.program.rows_of("FhirFailToStore");
  REQUIRE(rows.size() == 1);
  CHECK(number(rows[0], "sequence") == victim);
  CHECK(world.stored_instances().size() == 2);
}

TEST_CASE("the study's modality is written whatever else is there, once for each modality") {
  World world;
  world.create({.instance = "1.2.3.1.1"});
  world.create({.instance = "1.2.3.1.2"});
  world.create({.series = "1.2.3.2", .modality = "SR"});
  CHECK(world.program.backfill().code == 0);
  auto study = world.only("ImagingStudy");
  REQUIRE(study.items("modality").size() == 2);
  CHECK(text_at(study, "modality[0].code") == "CT");
  CHECK(text_at(study, "modality[1].code") == "SR");
}

TEST_CASE("a date without a time is kept, and an instance without a date erases nothing") {
  World world;
  world.create({.instance = "1.2.3.1.1", .elements = {{"00080020", element("DA", "20250102")}}});
  world.create({.instance = "1.2.3.1.2"});
  CHECK(world.program.backfill().code == 0);
  CHECK(world.only("ImagingStudy").text("started") == "2025-01-02");
  CHECK(world.stored_instances().size() == 2);
}

TEST_CASE("a name with an ideographic group gets no false prefix") {
  World world;
  world.create(
      {.elements = {{"00100010", R"({"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]})"}}});
  world.create({.study = "1.2.4",
                .patient = "PAT-2",
                .elements = {{"00100010", R"({"vr":"PN","Value":["Yamada^Tarou=山田^太郎=やまだ^たろう"]})"}}});
  CHECK(world.program.backfill().code == 0);
  auto patients = world.fhir.documents("Patient");
  REQUIRE(patients.size() == 2);
  for (const auto& patient : patients) {
    CHECK(text_at(patient, "name[0].family") == "Yamada");
    CHECK(at(patient, "name[0].given").to_text() == R"(["Tarou"])");
    CHECK(at(patient, "name[0].prefix").is_null());
  }
}
