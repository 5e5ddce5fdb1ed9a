// What the strict service refuses, so that a mistake of the engine's shows as one.
#include "tests/sim/fhir_service.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

const std::string series =
    R"(,"series":[{"uid":"1.3","modality":{"code":"CT"},"instance":[{"uid":"1.4","sopClass":{"code":"c"}}]}])";

} // namespace

TEST_CASE("a malformed Bundle is refused, with an outcome that says why, and nothing is stored") {
  FhirService service;
  Client client(service.url());
  service.preload(R"({"resourceType":"Patient","id":"there","identifier":[{"system":"s","value":"x"}]})");
  auto base = service.url();
  auto good_patient = create_patient("p1");
  auto good_study = create(2, "ImagingStudy", study("1.2", urn(1), series), "identifier=1.2");
  auto good_update = update(base, "Patient/there", R"({"resourceType":"Patient","id":"there","active":true})", "1");
  auto make = [&](const std::string& patient_entry, const std::string& study_entry) {
    return transaction({patient_entry, good_update, study_entry});
  };
  REQUIRE(client.post("", make(good_patient, good_study), {"Content-Type: application/json"}).status == 415);

  struct Case {
    std::string body, says;
  };
  std::vector<Case> cases{
      {replaced(make(good_patient, good_study), "\"transaction\"", "\"collection\""), "no transaction Bundle"},
      {make(good_patient, good_study).substr(0, 300), "malformed"},
      {make(good_patient, good_study) + "}", "malformed"},
      {make(replaced(good_patient, "\"POST\"", "\"POST"), good_study), "malformed"},
      {make(replaced(good_patient, "\"POST\"", "\"GET\""), good_study), "method"},
      {make(replaced(good_patient, "\"url\":\"Patient\"", "\"url\":\"Patient/7\""), good_study), "POST to"},
      {make(replaced(good_patient, "\"url\":\"Patient\"", "\"url\":\"Endpoint\""), good_study), "is sent to Endpoint"},
      {make(replaced(good_patient, "identifier=s", "Patient?identifier=s"), good_study), "ifNoneExist"},
      {make(replaced(good_patient, "identifier=s", "nonsense=s"), good_study), "unknown search parameter"},
      {make(replaced(good_patient, urn(1), "urn:uuid:1"), good_study), "urn:uuid"},
      {make(replaced(good_patient, urn(1), urn(2)), good_study), "stands twice"},
      {make(good_patient, replaced(good_study, urn(1), urn(7))), "leads to nothing in the Bundle"},
      {make(good_patient, replaced(good_study, urn(1), "Patient/gone")), "leads to nothing"},
      {make(good_patient, replaced(good_study, "\"status\":\"available\",", "")), "lacks /status"},
      {make(good_patient, replaced(good_study, "\"1.3\"", "\"\"")), "empty string"},
      {make(good_patient, replaced(good_study, "\"uid\":\"1.3\",", "")), "no uid"},
      {make(good_patient, replaced(good_study, "{\"code\":\"c\"}", "{}")), "empty object"},
      {make(good_patient, replaced(good_study, "\"instance\":[", "\"x\":[],\"instance\":[")), "empty array"},
      {make(good_patient, replaced(good_study, "\"instance\":[", "\"x\":null,\"instance\":[")), "is null"},
      {make(good_patient,
            replaced(good_study, R"({"uid":"1.4")", R"({"uid":"1.4","sopClass":{"code":"c"}},{"uid":"1.4")")),
       "twice"},
      {transaction({good_update, good_update}), "stands twice"},
      {transaction({good_update, test::remove("Patient/there")}), "written twice"},
      {transaction({replaced(good_update, base, "")}), "absolute URL"},
      {transaction({replaced(good_update, "\"id\":\"there\"", "\"id\":\"other\"")}), "not that of its request"},
      {transaction({replaced(good_update, R"(W/\"1\")", "1")}), "ifMatch"},
      {transaction({good_patient, replaced(good_patient, urn(1), urn(9))}), "stands twice"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.body, one.says);
    auto answer = client.post("", one.body, {fhir_json});
    CHECK(answer.status == 400);
    CHECK(answer.json().text("resourceType") == "OperationOutcome");
    CAPTURE(diagnostics(answer));
    CHECK(diagnostics(answer).find(one.says) != std::string::npos);
  }
  CHECK(service.count("") == 1);
  CHECK(client.post("", make(good_patient, good_study), {fhir_json}).status == 200);
  CHECK(service.violations().empty());
}

TEST_CASE("what is allowed but not expected of dicomcast stands among the violations") {
  FhirService service;
  Client client(service.url());
  client.post("",
              transaction({create(2, "ImagingStudy", study("1.2", urn(1)), "identifier=1.2"), create_patient("p1")}),
              {fhir_json});
  CHECK(service.violations() == std::vector<std::string>{"a Patient after a ImagingStudy in a transaction"});
  service.clear_journal();
  auto unconditional =
      replaced(update(service.url(), "Patient/2", R"({"resourceType":"Patient","id":"2","active":true})", "1"),
               R"(,"ifMatch":"W/\"1\"")", "");
  CHECK(client.post("", transaction({unconditional}), {fhir_json}).status == 200);
  REQUIRE(service.violations().size() == 1);
  CHECK(service.violations()[0] == "a PUT of Patient/2 without ifMatch");
}

TEST_CASE("an update by another base URL, as through a proxy, is done and noted") {
  FhirService service;
  Client client(service.url());
  service.preload(patient("p1"));
  auto entry = update("http://proxy/fhir", "Patient/1", R"({"resourceType":"Patient","id":"1","active":true})", "1");
  CHECK(client.post("", transaction({entry}), {fhir_json}).status == 200);
  REQUIRE(service.violations().size() == 1);
  CHECK(service.violations()[0].find("http://proxy/fhir/Patient/1") != std::string::npos);
}

TEST_CASE("a service that is not strict takes resources as they come") {
  FhirOptions options;
  options.strict = false;
  FhirService service(options);
  Client client(service.url());
  auto bare = create(1, "ImagingStudy", R"({"resourceType":"ImagingStudy","note":[]})", "identifier=1");
  CHECK(client.post("", transaction({bare}), {fhir_json}).status == 200);
  CHECK(service.count("ImagingStudy") == 1);
}
