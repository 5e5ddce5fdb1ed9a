// Services match loosely, other clients write in between: no entry of one patient ever reaches another's resource.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;
using Write = sim::ExternalWriteRule::How;

namespace {

sim::FhirOptions loose() {
  sim::FhirOptions options;
  options.match_loosely();
  return options;
}

std::string patient(const std::string& id, const std::string& value) {
  return R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"value":")" + value +
         R"("}],"name":[{"use":"usual","family":"Somebody"}]})";
}

std::string subject_value(World& world, const Json& study) {
  auto reference = text_at(study, "subject.reference");
  for (const auto& each : world.fhir.documents("Patient"))
    if ("Patient/" + std::string(each.text("id")) == reference)
      return text_at(each, "identifier[0].value");
  return "(nobody: " + reference + ")";
}

void require_one_failure(World& world, std::int64_t sequence, const std::vector<std::string>& named) {
  auto rows = world.program.rows_of("FhirFailToStore");
  REQUIRE(rows.size() == 1);
  CHECK(number(rows[0], "sequence") == sequence);
  for (const auto& name : named) {
    INFO(rows[0].text("message"));
    CHECK(contains(rows[0].text("message"), name));
  }
}

sim::ExternalWriteRule twin_of(const std::string& type) {
  sim::ExternalWriteRule rule;
  rule.how = Write::CreateTwin;
  rule.type = type;
  rule.times = 1;
  return rule;
}

} // namespace

TEST_CASE("patient abc-1 never touches ABC-1 that is there") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(mode);
  World world({}, loose(), {"Engine:CommitMode=" + mode});
  world.fhir.preload(patient("upper", "ABC-1"));
  auto before = world.fhir.resources("Patient");
  world.create({.study = "1.2.1", .patient = "PAT-1"});
  auto sequence = world.create({.study = "1.2.2", .patient = "abc-1"});
  world.create({.study = "1.2.3", .patient = "PAT-3"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  require_one_failure(world, sequence, {"abc-1", "ABC-1"});
  CHECK(world.fhir.resources("Patient").front() == before.front());
  CHECK(world.patient_ids() == std::multiset<std::string>{"ABC-1", "PAT-1", "PAT-3"});
  CHECK(world.study("1.2.2").is_null());
  CHECK(subject_value(world, world.study("1.2.1")) == "PAT-1");
  CHECK(subject_value(world, world.study("1.2.3")) == "PAT-3");
}

TEST_CASE("abc-1 and ABC-1 in one run: the first is stored, the other is recorded, no study has the wrong patient") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  auto look_ahead = GENERATE(1, 2, 1000);
  CAPTURE(mode, look_ahead);
  World world({}, loose(), {"Engine:CommitMode=" + mode, "Engine:LookAhead=" + std::to_string(look_ahead)});
  world.create({.study = "1.2.1", .patient = "abc-1", .name = "Small^A"});
  auto second = world.create({.study = "1.2.2", .patient = "ABC-1", .name = "Large^A"});
  world.create({.study = "1.2.1", .instance = "1.2.1.1.2", .patient = "abc-1", .name = "Small^A"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  require_one_failure(world, second, {"abc-1", "ABC-1"});
  CHECK(world.patient_ids() == std::multiset<std::string>{"abc-1"});
  CHECK(text_at(world.only("Patient"), "name[0].family") == "Small");
  CHECK(subject_value(world, world.only("ImagingStudy")) == "abc-1");
  CHECK(world.stored_instances().size() == 2);
}

TEST_CASE("a service that compares letter by letter gets both patients") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  World world({}, {}, {"Engine:CommitMode=" + mode});
  world.create({.study = "1.2.1", .patient = "abc-1", .name = "Small^A"});
  world.create({.study = "1.2.2", .patient = "ABC-1", .name = "Large^A"});
  CHECK(world.program.backfill().code == 0);
  CHECK(world.patient_ids() == std::multiset<std::string>{"abc-1", "ABC-1"});
  CHECK(subject_value(world, world.study("1.2.1")) == "abc-1");
  CHECK(subject_value(world, world.study("1.2.2")) == "ABC-1");
}

TEST_CASE("another's patient that came in between search and create keeps nothing of ours") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(mode);
  World world({}, loose(), {"Engine:CommitMode=" + mode});
  SECTION("a new study is taken back") {
    auto sequence = world.create({.study = "1.2.1", .patient = "abc-1"});
    world.fhir.add_external_write(twin_of("Patient"));
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    require_one_failure(world, sequence, {"abc-1", "ABC-1"});
    CHECK(world.fhir.count("ImagingStudy") == 0);
    CHECK(world.patient_ids() == std::multiset<std::string>{"ABC-1"});
    CHECK(world.only("Patient").find("meta")->text("versionId") == "1");
  }
  SECTION("a study that was there gets its own patient back") {
    world.create({.study = "1.2.1", .patient = "PAT-1"});
    REQUIRE(world.program.backfill().code == 0);
    auto before = world.fhir.normalised_state();
    auto sequence = world.update({.study = "1.2.1", .patient = "abc-1"});
    world.fhir.add_external_write(twin_of("Patient"));
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    require_one_failure(world, sequence, {"abc-1", "ABC-1"});
    CHECK(subject_value(world, world.only("ImagingStudy")) == "PAT-1");
    CHECK(world.patient_ids() == std::multiset<std::string>{"ABC-1", "PAT-1"});
  }
  SECTION("the other entries of the run are stored") {
    world.create({.study = "1.2.1", .patient = "PAT-1"});
    auto sequence = world.create({.study = "1.2.2", .patient = "abc-1"});
    world.create({.study = "1.2.3", .patient = "PAT-3"});
    auto rule = twin_of("Patient");
    rule.skip = 1;
    world.fhir.add_external_write(rule);
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    require_one_failure(world, sequence, {"abc-1", "ABC-1"});
    CHECK(world.study("1.2.2").is_null());
    CHECK(subject_value(world, world.study("1.2.1")) == "PAT-1");
    CHECK(subject_value(world, world.study("1.2.3")) == "PAT-3");
  }
  SECTION("a twin of the study is not written to") {
    auto sequence = world.create({.study = "1.2.1", .patient = "PAT-1"});
    world.fhir.add_external_write(twin_of("ImagingStudy"));
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 3);
    require_one_failure(world, sequence, {"urn:oid:1.2.1"});
    auto study = world.only("ImagingStudy");
    CHECK(study.find("meta")->text("versionId") == "1");
    CHECK(text_at(study, "identifier[0].value") == "URN:OID:1.2.1");
  }
}

TEST_CASE("an Endpoint with a longer name is another's, and ours is made beside it") {
  World world({}, loose());
  std::string address = public_dicom_url + "/v1";
  world.fhir.preload(
      R"({"resourceType":"Endpoint","id":"other","status":"active","connectionType":{"system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type","code":"dicom-wado-rs"},"name":"DICOM WADO-RS endpoint )" +
      address + R"(/other","payloadType":[{"text":"DICOM WADO-RS"}],"address":")" + address + R"(/other"})");
  auto before = world.fhir.resources("Endpoint").front();
  world.create({});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.fhir.count("Endpoint") == 2);
  CHECK(world.fhir.resources("Endpoint").front() == before);
  CHECK(text_at(world.only("ImagingStudy"), "endpoint[0].reference") != "Endpoint/other");
  world.create({.study = "1.2.4", .patient = "PAT-4"});
  CHECK(world.program.backfill().code == 0);
  CHECK(world.fhir.count("Endpoint") == 2);
}

TEST_CASE("an Endpoint of our name with another address is an error of the entry") {
  std::string profile = GENERATE("R4", "Original");
  CAPTURE(profile);
  World world({}, {}, {"Mapping:Profile=" + profile});
  std::string name = profile == "R4" ? public_dicom_url + "/v1" : public_dicom_url;
  for (const std::string& each : {name, name + "/"})
    world.fhir.preload(
        R"({"resourceType":"Endpoint","status":"active","connectionType":{"system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type","code":"dicom-wado-rs"},"name":"DICOM WADO-RS endpoint )" +
        each + R"(","payloadType":[{"text":"DICOM WADO-RS"}],"address":"https://elsewhere.example.org"})");
  auto sequence = world.create({});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  require_one_failure(world, sequence, {"https://elsewhere.example.org"});
  CHECK(world.fhir.count("ImagingStudy") == 0);
}

TEST_CASE("several resources of one identifier are an error of the entry, and none is written to") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  World world({}, {}, {"Engine:CommitMode=" + mode});
  world.fhir.preload(patient("one", "PAT-1"));
  world.fhir.preload(patient("two", "PAT-1"));
  auto before = world.fhir.resources("Patient");
  auto sequence = world.create({});
  world.create({.study = "1.2.4", .patient = "PAT-4"});
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 3);
  require_one_failure(world, sequence, {"Patient/one", "Patient/two"});
  auto after = world.fhir.resources("Patient");
  after.resize(2);
  CHECK(after == before);
  CHECK(!world.study("1.2.4").is_null());
}

TEST_CASE("identifiers with characters that a search must escape are found again") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  World world({}, {}, {"Engine:CommitMode=" + mode, "Patient:PatientSystemId=urn:a|b,c$d"});
  int study = 0;
  for (std::string id : {"A,B", "A|B", "A$B", "A&B=C", "A B", "Ä+%2B", "A#?/;"})
    world.create({.study = "1.2." + std::to_string(++study), .patient = id});
  CHECK(world.program.backfill().code == 0);
  auto state = world.fhir.normalised_state();
  CHECK(world.fhir.count("Patient") == 7);
  auto again = world.another({"Engine:CommitMode=" + mode, "Patient:PatientSystemId=urn:a|b,c$d"}).backfill();
  CHECK(again.code == 0);
  CHECK(number(again.json(), "transactions") == 0);
  CHECK(world.fhir.normalised_state() == state);
}

TEST_CASE("what others wrote into our resources stays, to the digit") {
  World world;
  world.fhir.preload(
      R"({"resourceType":"Patient","id":"p","identifier":[{"value":"PAT-1"}],"active":true,"name":[{"use":"official","family":"Other"}],"birthDate":"1900-01-01","extension":[{"url":"urn:x","valueDecimal":1.10}]})");
  world.create({.elements = {{"00100030", element("DA", "19800101")}, {"00100040", element("CS", "F")}}});
  CHECK(world.program.backfill().code == 0);
  auto patient = world.only("Patient");
  CHECK(text_at(patient, "extension[0].valueDecimal") == "1.10");
  CHECK(patient.text("birthDate") == "1900-01-01");
  CHECK(patient.text("gender") == "female");
  CHECK(text_at(patient, "name[0].family") == "Other");
  CHECK(text_at(patient, "name[1].family") == "Nowak");
}

TEST_CASE("the patient policies") {
  SECTION("CreateOnly leaves a patient that is there as it is") {
    World world({}, {}, {"Patient:Policy=CreateOnly"});
    world.fhir.preload(patient("p", "PAT-1"));
    auto before = world.fhir.resources("Patient");
    world.create({.study = "1.2.1"});
    world.create({.study = "1.2.2", .patient = "PAT-2"});
    world.update({.study = "1.2.2", .patient = "PAT-2", .name = "Changed^Name"});
    CHECK(world.program.backfill().code == 0);
    CHECK(world.fhir.resources("Patient").front() == before.front());
    CHECK(world.fhir.count("Patient") == 2);
    CHECK(world.stored_instances().size() == 2);
  }
  SECTION("LinkOnly records an entry whose patient is not there") {
    World world({}, {}, {"Patient:Policy=LinkOnly"});
    world.fhir.preload(patient("p", "PAT-1"));
    auto before = world.fhir.resources("Patient");
    world.create({.study = "1.2.1"});
    auto sequence = world.create({.study = "1.2.2", .patient = "PAT-2"});
    CHECK(world.program.backfill().code == 3);
    require_one_failure(world, sequence, {"LinkOnly"});
    CHECK(world.fhir.resources("Patient") == before);
    CHECK(world.stored_instances().size() == 1);
  }
}
