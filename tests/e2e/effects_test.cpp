// What each entry does to the FHIR service, by action and state: a test a row of the table of entries and effects, as
// far as other files do not hold it (entries without metadata and unknown actions: original_test).
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

sim::FeedItem with_state(const std::string& action, const Instance& instance, const std::string& state) {
  auto item = entry_of(action, instance);
  item.state = state;
  return item;
}

/// The identifier of the Patient that the study is of.
std::string patient_of(const World& world, const std::string& study) {
  auto reference = text_at(world.study(study), "subject.reference");
  for (const auto& patient : world.fhir.documents("Patient"))
    if ("Patient/" + std::string(patient.text("id")) == reference)
      return text_at(patient, "identifier[0].value");
  return {};
}

std::size_t requests(const World& world) {
  return world.fhir.journal("search").size() + world.fhir.journal("batch").size() +
         world.fhir.journal("transaction").size();
}

} // namespace

TEST_CASE("a create, current or replaced, is stored") {
  std::string state = GENERATE("current", "replaced", "Current", "REPLACED");
  World world;
  world.dicom.append(with_state("Create", {}, state));
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.3.1.1"});
}

TEST_CASE("a create or an update of what is deleted is skipped: nothing is requested or recorded") {
  std::string action = GENERATE("Create", "create", "Update", "UPDATE");
  World world;
  auto broken = with_state(action, {.study = "1.2.4", .patient = "\\"}, "Deleted");
  world.dicom.append(with_state(action, {}, "deleted"));
  world.dicom.append(broken);
  broken.study = "1.02";
  broken.metadata.clear();
  world.dicom.append(broken);
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "skipped") == 3);
  CHECK(requests(world) == 0);
  CHECK(world.program.rows().empty());
  CHECK(world.program.checkpoint() == 3);
}

TEST_CASE(
    "an update with another PatientID moves the study to that Patient; a create does not; the old Patient stays") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  bool is_there = GENERATE(false, true);
  CAPTURE(mode, is_there);
  World world({}, {}, {"Engine:CommitMode=" + mode});
  if (is_there)
    world.fhir.preload(
        R"({"resourceType":"Patient","identifier":[{"value":"PAT-2"}],"birthDate":"1900-01-01","active":true})");
  world.create({});
  world.create({.instance = "1.2.3.1.2", .patient = "PAT-2", .name = "Other^Name"});
  CHECK(world.program.backfill().code == 0);
  CHECK(patient_of(world, "1.2.3") == "PAT-1");
  world.update({.patient = "PAT-2", .name = "New^Name"});
  CHECK(world.program.backfill().code == 0);
  CHECK(patient_of(world, "1.2.3") == "PAT-2");
  CHECK(world.patient_ids() == std::multiset<std::string>{"PAT-1", "PAT-2"});
  for (const auto& patient : world.fhir.documents("Patient")) {
    bool is_second = text_at(patient, "identifier[0].value") == "PAT-2";
    auto& names = patient.items("name");
    REQUIRE(names.size() == 1);
    CHECK(names[0].text("family") == (is_second ? "New" : "Nowak"));
    CHECK(patient.text("birthDate") == (is_second && is_there ? "1900-01-01" : ""));
  }
  CHECK(world.stored_instances().size() == 2);
}

TEST_CASE("an update writes what changed and leaves what is absent") {
  World world;
  world.create({.elements = {{"00080050", element("SH", "A1")},
                             {"00081030", element("LO", "Thorax")},
                             {"00100040", element("CS", "F")},
                             {"00080020", element("DA", "20250102")}}});
  CHECK(world.program.backfill().code == 0);
  world.update(
      {.name = "Nowak^Ewa", .elements = {{"00080050", element("SH", "A2")}, {"00081030", element("LO", "Abdomen")}}});
  CHECK(world.program.backfill().code == 0);
  auto patient = world.only("Patient"), study = world.only("ImagingStudy");
  CHECK(at(patient, "name[0].given").to_text() == R"(["Ewa"])");
  CHECK(patient.text("gender") == "female");
  CHECK(study.text("started") == "2025-01-02");
  CHECK(study.text("description") == "Abdomen");
  CHECK(study.items("note").size() == 2);
  REQUIRE(study.items("identifier").size() == 3);
  CHECK(text_at(study, "identifier[2].value") == "A2");
  CHECK(text_at(study, "identifier[2].type.coding[0].code") == "ACSN");
}

TEST_CASE("a delete removes the instance, a series left empty, a study left empty; Patient and Endpoint stay") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  World world({}, {}, {"Engine:CommitMode=" + mode});
  Instance one{.instance = "1.2.3.1.1"}, two{.instance = "1.2.3.1.2"}, three{.series = "1.2.3.2"};
  for (const auto& instance : {one, two, three})
    world.create(instance);
  CHECK(world.program.backfill().code == 0);
  auto sizes_without = [&](const Instance& gone) { // instances a series
    world.remove(gone);
    CHECK(world.program.backfill().code == 0);
    auto study = world.study("1.2.3");
    std::vector<std::size_t> sizes;
    for (const auto& series : study.items("series"))
      sizes.push_back(series.items("instance").size());
    if (!study.is_null())
      CHECK(at(study, "numberOfSeries").to_text() == std::to_string(sizes.size()));
    return sizes;
  };
  CHECK(sizes_without(one) == std::vector<std::size_t>{1, 1});
  CHECK(sizes_without(two) == std::vector<std::size_t>{1});
  CHECK(sizes_without(three).empty());
  CHECK(world.fhir.count("ImagingStudy") == 0);
  CHECK(world.fhir.count("Patient") == 1);
  CHECK(world.fhir.count("Endpoint") == 1);
}

TEST_CASE("a study left without series is deleted if it came from this DICOM service, else it is updated") {
  auto [source, is_deleted] = GENERATE(table<std::string, bool>({{public_dicom_url, true},
                                                                 {public_dicom_url + "/", true},
                                                                 {public_dicom_url + "/#1234", true},
                                                                 {public_dicom_url + "#1234", true},
                                                                 {public_dicom_url + "/x", false},
                                                                 {"https://elsewhere.example.org/", false},
                                                                 {"", false}}));
  CAPTURE(source);
  World world;
  world.fhir.preload(R"({"resourceType":"Patient","id":"x"})");
  auto meta = source.empty() ? std::string() : R"("meta":{"source":")" + source + R"("},)";
  world.fhir.preload(
      R"({"resourceType":"ImagingStudy",)" + meta +
      R"("identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.3"}],"status":"available",)" +
      R"("subject":{"reference":"Patient/x"},"series":[{"uid":"1.2.3.1","instance":[{"uid":"1.2.3.1.1"}]}]})");
  world.remove({});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.fhir.count("ImagingStudy") == (is_deleted ? 0 : 1));
  CHECK(world.stored_instances().empty());
  if (!is_deleted)
    CHECK_FALSE(world.only("ImagingStudy").find("series"));
}

TEST_CASE("a delete of an unknown study or instance does nothing") {
  World world;
  world.create({});
  CHECK(world.program.backfill().code == 0);
  auto before = world.fhir.resources();
  world.remove({.study = "1.2.9"});
  world.remove({.instance = "1.2.3.1.9"});
  world.remove({.series = "1.2.3.9", .instance = "1.2.3.1.1"});
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "unchanged") == 3);
  CHECK(number(outcome.json(), "transactions") == 0);
  CHECK(world.fhir.resources() == before);
  CHECK(world.program.rows().empty());
}
