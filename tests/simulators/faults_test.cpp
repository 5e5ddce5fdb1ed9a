// Faults by rule.
#include "tests/sim/sim.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;

namespace {

FaultRule rule(Fault::How how, std::int64_t times = 1, int status = 503) {
  FaultRule out;
  out.times = times;
  out.fault.how = how;
  out.fault.status = status;
  return out;
}

Answer write(Client& client, const std::string& id = "p1") {
  return client.post("", transaction({create_patient(id)}), {fhir_json});
}

} // namespace

TEST_CASE("a fault of the status kind answers instead of doing, with Retry-After if asked") {
  FhirService service;
  Client client(service.url());
  auto busy = rule(Fault::How::Status, 2, 429);
  busy.fault.retry_after = "3";
  service.add_fault(busy);
  auto answer = write(client);
  CHECK(answer.status == 429);
  CHECK(answer.headers["retry-after"] == "3");
  CHECK(issue(answer, "code") == "throttled");
  CHECK(write(client).status == 429);
  CHECK(service.count("") == 0);
  CHECK(write(client).status == 200);
  CHECK(service.journal()[0].fault == "status");
}

TEST_CASE("answers are lost, cut off, empty or no JSON after the transaction was done") {
  struct Case {
    Fault::How how;
    int status;
    bool whole;
  };
  for (const auto& one : std::vector<Case>{{Fault::How::Lost, 504, true},
                                           {Fault::How::LostReset, 0, false},
                                           {Fault::How::CutOff, 200, false},
                                           {Fault::How::Empty, 200, true},
                                           {Fault::How::NotJson, 200, true}}) {
    FhirService service;
    Client client(service.url());
    service.add_fault(rule(one.how, 1, 504));
    auto answer = write(client);
    CAPTURE(static_cast<int>(one.how), answer.body);
    CHECK(answer.status == one.status);
    CHECK(answer.whole == one.whole);
    CHECK(answer.json().text("type") != "transaction-response");
    CHECK(service.count("") == 1);
    CHECK(status_at(write(client), 0) == "200 OK");
  }
}

TEST_CASE("a connection that is reset before has done nothing") {
  FhirService service;
  Client client(service.url());
  service.add_fault(rule(Fault::How::Reset));
  auto answer = write(client);
  CHECK(answer.reset);
  CHECK(answer.status == 0);
  CHECK(service.count("") == 0);
  CHECK(write(client).status == 200);
  CHECK(client.connections() == 2);
}

TEST_CASE("rules choose by kind, type, text, place and number") {
  FhirService service;
  Client client(service.url());
  auto searches = rule(Fault::How::Status, 2, 500);
  searches.kind = "search";
  searches.type = "Patient";
  searches.skip = 1;
  searches.every = 2;
  service.add_fault(searches);
  std::vector<int> statuses;
  for (int i = 0; i < 7; ++i) {
    statuses.push_back(client.get("/Patient?identifier=1").status);
    CHECK(client.get("/Endpoint?identifier=1").status == 200);
  }
  CHECK(statuses == std::vector<int>{200, 500, 200, 500, 200, 200, 200});
  service.clear_faults();
  auto text = rule(Fault::How::Status, -1, 422);
  text.contains = "\"p2\"";
  service.add_fault(text);
  CHECK(write(client, "p1").status == 200);
  CHECK(write(client, "p2").status == 422);
  service.clear_faults();
  auto type = rule(Fault::How::Status, -1, 409);
  type.kind = "transaction";
  type.type = "ImagingStudy";
  service.add_fault(type);
  CHECK(write(client).status == 200);
  auto with_study = transaction({create(2, "ImagingStudy", study("1.2", "Patient/1"), "identifier=1.2")});
  CHECK(client.post("", with_study, {fhir_json}).status == 409);
}

TEST_CASE("faults by chance are the same for the same seed") {
  auto run = [](std::uint64_t seed) {
    FhirService service;
    Client client(service.url());
    auto chance = rule(Fault::How::Status, -1);
    chance.probability = 0.3;
    service.seed_faults(seed);
    service.add_fault(chance);
    std::string out;
    for (int i = 0; i < 200; ++i)
      out += client.get("/metadata").status == 200 ? '.' : 'x';
    return out;
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
  auto text = run(7);
  auto failed = std::count(text.begin(), text.end(), 'x');
  CHECK(failed > 30);
  CHECK(failed < 90);
}

TEST_CASE("faults are set at run time by request; a rule with an unknown name is refused") {
  Simulators simulators;
  Client fhir(simulators.fhir.url()), dicom(simulators.dicom.url());
  CHECK(fhir.post("/_sim/faults",
                  R"({"seed":3,"rules":[{"kind":"metadata","how":"status","status":503,"retry_after":1,"times":1}]})")
            .status == 204);
  CHECK(fhir.get("/metadata").headers["retry-after"] == "1");
  CHECK(fhir.get("/metadata").status == 200);
  auto wrong = fhir.post("/_sim/faults", R"({"rules":[{"knd":"metadata"}]})");
  CHECK(wrong.status == 400);
  CHECK(diagnostics(wrong).find("'knd'") != std::string::npos);
  CHECK(dicom.post("/_sim/faults", R"({"rules":[{"kind":"feed","how":"not_json"}]})").status == 204);
  CHECK(dicom.get("/v1/changefeed").json().is_null());
  CHECK(dicom.send("DELETE", "/_sim/faults", "", {}).status == 204);
  CHECK(dicom.get("/v1/changefeed").body == "[]");
}

TEST_CASE("a request that is never answered leaves the service to the others") {
  FhirService service;
  Client client(service.url()), other(service.url());
  service.add_fault(rule(Fault::How::Silence));
  client.begin("GET", "/metadata", "");
  // The second request is the one that goes well once the first has come; until then it may be the silent one.
  while (service.journal().empty()) {
  }
  CHECK(other.get("/metadata").status == 200);
  CHECK(service.journal()[0].status == 0);
}
