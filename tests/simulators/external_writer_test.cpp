// The other writer.
#include "tests/sim/sim.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;
using How = ExternalWriteRule::How;

namespace {

std::vector<std::string> patient_and_study(const std::string& uid) {
  return {create_patient("p1"),
          create(2, "ImagingStudy", study(uid, urn(1)), "identifier=urn%3Adicom%3Auid%7Curn%3Aoid%3A" + uid)};
}

ExternalWriteRule once(How how, const std::string& type) {
  ExternalWriteRule rule;
  rule.how = how;
  rule.type = type;
  rule.times = 1;
  return rule;
}

} // namespace

TEST_CASE("another client makes the resource between search and transaction: the create answers 200") {
  FhirService service;
  Client client(service.url());
  service.add_external_write(once(How::Create, "ImagingStudy"));
  auto answer = client.post("", transaction(patient_and_study("1.2")), {fhir_json});
  CHECK(status_at(answer, 0) == "200 OK"); // the study's subject had to be made, too
  CHECK(status_at(answer, 1) == "200 OK");
  CHECK(service.count("") == 2);
  CHECK(service.documents("ImagingStudy")[0].find("subject")->text("reference") ==
        "Patient/" + std::string(service.documents("Patient")[0].text("id")));
  CHECK(status_at(client.post("", transaction(patient_and_study("1.3")), {fhir_json}), 1) == "201 Created");
}

TEST_CASE("another client makes a twin in the other case: a loose service ties the transaction to it") {
  for (bool loose : {false, true}) {
    FhirOptions options;
    if (loose)
      options.match_loosely();
    FhirService service(options);
    Client client(service.url());
    service.add_external_write(once(How::CreateTwin, "Patient"));
    auto answer = client.post("", transaction(patient_and_study("1.2")), {fhir_json});
    CHECK(status_at(answer, 0) == (loose ? "200 OK" : "201 Created"));
    CHECK(service.documents("Patient")[0].items("identifier")[0].text("value") == "P1");
    CHECK(service.count("Patient") == (loose ? 1 : 2));
  }
}

TEST_CASE("another client changes or deletes the resource between search and transaction") {
  FhirService service;
  Client client(service.url());
  auto id = service.preload(patient("p1"));
  auto send = [&](const std::string& version) {
    auto body = R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"system":"s","value":"p1"}]})";
    return client.post("", transaction({update(service.url(), "Patient/" + id, body, version)}), {fhir_json}).status;
  };
  CHECK(send("1") == 200);
  service.add_external_write(once(How::Touch, "Patient"));
  CHECK(send("2") == 412);
  CHECK(send("3") == 200);
  auto before = service.normalised_state();
  service.add_external_write(once(How::Extend, "Patient"));
  CHECK(send("4") == 412);
  CHECK(service.normalised_state() != before);
  CHECK(service.resources("Patient")[0].find(R"("valueDecimal":1.10)") != std::string::npos);
  service.add_external_write(once(How::Delete, ""));
  CHECK(send("5") == 404);
}

TEST_CASE("rules of the external writer are read from JSON") {
  FhirService service;
  Client client(service.url());
  CHECK(client.post("/_sim/external-writes", R"({"how":"create","type":"Patient","skip":1,"times":1})").status == 204);
  CHECK(client.post("/_sim/external-writes", R"({"how":"nonsense"})").status == 400);
  auto status = [&](const std::string& id) {
    return status_at(client.post("", transaction({create_patient(id)}), {fhir_json}), 0);
  };
  CHECK(status("a") == "201 Created");
  CHECK(status("b") == "200 OK");
  CHECK(status("c") == "201 Created");
}
