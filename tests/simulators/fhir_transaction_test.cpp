// Transactions and their references.
#include "tests/sim/fhir_service.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;

namespace {

struct Fixture {
  explicit Fixture(FhirOptions options = {}) : service(std::move(options)), client(service.url()) {}
  Answer send(const std::vector<std::string>& entries, std::vector<std::string> headers = {}) {
    headers.push_back(fhir_json);
    return client.post("", transaction(entries), headers);
  }
  std::string version(const std::string& type, const std::string& id) {
    auto json = client.get("/" + type + "/" + id).json();
    auto* meta = json.find("meta");
    return meta ? std::string(meta->text("versionId")) : "";
  }
  FhirService service;
  Client client;
};

std::string study_condition(const std::string& uid) {
  return "identifier=urn%3Adicom%3Auid%7Curn%3Aoid%3A" + uid;
}

} // namespace

TEST_CASE("a conditional create makes the resource once and then answers with the one there") {
  Fixture fhir;
  std::vector<std::string> entries{create_patient("p1"),
                                   create(2, "ImagingStudy", study("1.2", urn(1)), study_condition("1.2"))};
  auto first = fhir.send(entries);
  CAPTURE(first.body);
  CHECK(first.status == 200);
  CHECK(status_at(first, 0) == "201 Created");
  auto second = fhir.send(entries);
  CHECK(status_at(second, 0) == "200 OK");
  CHECK(status_at(second, 1) == "200 OK");
  CHECK(fhir.service.count("") == 2);
  auto response = *first.json().items("entry")[1].find("response");
  CHECK(response.text("location") == "ImagingStudy/2/_history/1");
  CHECK(response.text("etag") == "W/\"1\"");
  CHECK(fhir.service.documents("ImagingStudy")[0].find("subject")->text("reference") == "Patient/1");
  CHECK(fhir.service.violations().empty());
}

TEST_CASE("a reference by fullUrl leads to the resource that a conditional create met") {
  Fixture fhir;
  fhir.service.preload(R"({"resourceType":"Patient","id":"old","identifier":[{"system":"s","value":"p1"}]})");
  fhir.send({create_patient("p1"), create(2, "ImagingStudy", study("1.2", urn(1)), study_condition("1.2"))});
  CHECK(fhir.service.documents("ImagingStudy")[0].find("subject")->text("reference") == "Patient/old");
}

TEST_CASE("several matches of a conditional create refuse the whole Bundle with 412") {
  Fixture fhir;
  for (int i = 0; i < 2; ++i)
    fhir.service.preload(patient("p1"));
  auto answer = fhir.send({create(2, "Patient", patient("p2"), "identifier=s%7Cp2"), create_patient("p1")});
  CHECK(answer.status == 412);
  CHECK(issue(answer, "code") == "multiple-matches");
  CHECK(fhir.service.count("Patient") == 2);
}

TEST_CASE("an update needs the version that is there, else nothing of its Bundle is done") {
  Fixture fhir;
  fhir.send({create_patient("p1")});
  auto changed = R"({"resourceType":"Patient","id":"1","identifier":[{"system":"s","value":"p1"}],"gender":"male"})";
  CHECK(fhir.send({update(fhir.service.url(), "Patient/1", changed, "1")}).status == 200);
  CHECK(fhir.version("Patient", "1") == "2");
  auto stale = fhir.send({create(2, "Patient", patient("p2"), "identifier=s%7Cp2"),
                          update(fhir.service.url(), "Patient/1", changed, "1")});
  CHECK(stale.status == 412);
  CHECK(fhir.service.count("Patient") == 1);
  CHECK(fhir.version("Patient", "1") == "2");
}

TEST_CASE("an update or delete of what is not there answers 404 for the whole Bundle") {
  Fixture fhir;
  auto body = R"({"resourceType":"Patient","id":"9","identifier":[{"system":"s","value":"p1"}]})";
  CHECK(fhir.send({update(fhir.service.url(), "Patient/9", body, "1")}).status == 404);
  CHECK(fhir.send({test::remove("Patient/9")}).status == 404);
}

TEST_CASE("a delete takes the resource away; reading it answers 410") {
  Fixture fhir;
  fhir.send({create_patient("p1")});
  auto answer = fhir.send({test::remove("Patient/1")});
  CHECK(status_at(answer, 0) == "204 No Content");
  CHECK(fhir.client.get("/Patient/1").status == 410);
  CHECK(fhir.client.get("/Patient/2").status == 404);
  CHECK(fhir.client.get("/Patient?identifier=s%7Cp1").json().items("entry").empty());
  CHECK(fhir.send({create_patient("p1")}).status == 200);
  CHECK(fhir.service.count("Patient") == 1);
}

TEST_CASE("a delete can be conditional on the version") {
  Fixture fhir;
  fhir.send({create_patient("p1")});
  auto with = [](const std::string& version) {
    return R"({"request":{"method":"DELETE","url":"Patient/1","ifMatch":"W/\")" + version + R"(\""}})";
  };
  CHECK(fhir.send({with("2")}).status == 412);
  CHECK(fhir.send({with("1")}).status == 200);
}

TEST_CASE("a create that meets what its Bundle deletes is refused") {
  Fixture fhir;
  fhir.send({create_patient("p1")});
  auto answer = fhir.send({test::remove("Patient/1"), create_patient("p1")});
  CHECK(answer.status == 400);
  CHECK(answer.body.find("meets Patient/1, which the Bundle deletes") != std::string::npos);
  CHECK(fhir.service.count("Patient") == 1);
}

TEST_CASE("answers can leave out etag, version and location, and hold the resources") {
  FhirOptions options;
  options.etags = false;
  options.locations = LocationForm::WithoutVersion;
  Fixture fhir(options);
  auto response = *fhir.send({create_patient("p1")}).json().items("entry")[0].find("response");
  CHECK(response.text("location") == "Patient/1");
  CHECK_FALSE(response.find("etag"));
  fhir.service.configure([](FhirOptions& o) { o.locations = LocationForm::None; });
  auto entry = fhir.send({create_patient("p2")}, {"Prefer: return=representation"}).json().items("entry")[0];
  CHECK_FALSE(entry.find("response")->find("location"));
  CHECK(entry.find("resource")->text("id") == "2");
  CHECK_FALSE(fhir.send({create_patient("p3")}).json().items("entry")[0].find("resource"));
}

TEST_CASE("versions can be UUIDs, and are never the same twice") {
  FhirOptions options;
  options.store.uuid_versions = options.store.uuid_ids = true;
  Fixture fhir(options);
  fhir.send({create_patient("p1")});
  auto id = std::string(fhir.service.documents("Patient")[0].text("id"));
  CHECK(id.size() == 36);
  auto first = fhir.version("Patient", id);
  CHECK(first.size() == 36);
  fhir.service.change("Patient", id, false);
  CHECK(fhir.version("Patient", id) != first);
}

TEST_CASE("a loose service lets a conditional create meet another's resource") {
  FhirOptions options;
  options.match_loosely();
  Fixture fhir(options);
  fhir.service.preload(R"({"resourceType":"Patient","id":"other","identifier":[{"system":"s","value":"ABC-1"}]})");
  auto answer =
      fhir.send({create_patient("abc-1"), create(2, "ImagingStudy", study("1.2", urn(1)), study_condition("1.2"))});
  CHECK(status_at(answer, 0) == "200 OK");
  CHECK(fhir.service.documents("ImagingStudy")[0].find("subject")->text("reference") == "Patient/other");
}

TEST_CASE("Bundles past the service's limits are refused") {
  FhirOptions options;
  options.max_entries = 3;
  options.max_conditional_entries = 2;
  options.max_body_bytes = 2000;
  Fixture fhir(options);
  auto patient_of = [](int n) {
    auto id = "p" + std::to_string(n);
    return create(n, "Patient", patient(id), "identifier=s%7C" + id);
  };
  CHECK(fhir.send({patient_of(1), patient_of(2)}).status == 200);
  CHECK(fhir.send({patient_of(3), patient_of(4), patient_of(5)}).status == 400);
  CHECK(fhir.send({create(1, "Patient", patient("x", R"(,"gender":")" + std::string(2000, 'x') + "\""),
                          "identifier=s%7Cx")})
            .status == 413);
  CHECK(fhir.service.count("Patient") == 2);
}

TEST_CASE("resources are refused by rule, with the outcome that the rule says") {
  FhirOptions options;
  options.refuse = {{"Patient", "\"value\":\"bad-[0-9]+\"", 422, "business-rule", "no such patients here"}};
  Fixture fhir(options);
  auto answer = fhir.send({create_patient("bad-7")});
  CHECK(answer.status == 422);
  CHECK(diagnostics(answer) == "no such patients here");
  CHECK(fhir.send({create_patient("good-7")}).status == 200);
}

TEST_CASE("single writes outside of Bundles work, for tests that prepare something") {
  Fixture fhir;
  auto made = fhir.client.post("/Patient", patient("p1"), {fhir_json});
  CHECK(made.status == 201);
  CHECK(made.headers["location"] == fhir.service.url() + "/Patient/1/_history/1");
  auto changed = R"({"resourceType":"Patient","id":"1","identifier":[{"system":"s","value":"p1"}],"gender":"male"})";
  CHECK(fhir.client.send("PUT", "/Patient/1", changed, {fhir_json, "If-Match: W/\"9\""}).status == 412);
  CHECK(fhir.client.send("PUT", "/Patient/1", changed, {fhir_json, "If-Match: W/\"1\""}).status == 200);
  CHECK(fhir.client.send("DELETE", "/Patient/1", "", {}).status == 204);
}

TEST_CASE("a random run of transactions leaves what a naive model says") {
  auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Fixture fhir;
  std::map<std::string, std::pair<std::string, int>> model; // patient's id -> resource id, version
  for (int step = 0; step < 400; ++step) {
    auto id = "p" + std::to_string(random() % 12);
    auto there = model.find(id);
    auto choice = random() % 3;
    if (choice == 0) {
      auto answer = fhir.send({create_patient(id)});
      REQUIRE(status_at(answer, 0) == (there == model.end() ? "201 Created" : "200 OK"));
      auto location = std::string(answer.json().items("entry")[0].find("response")->text("location"));
      if (there == model.end())
        model[id] = {location.substr(8, location.find('/', 8) - 8), 1};
    } else if (there != model.end()) {
      auto& [key, version] = there->second;
      if (choice == 1) {
        bool stale = random() % 3 == 0;
        auto body =
            R"({"resourceType":"Patient","id":")" + key + R"(","identifier":[{"system":"s","value":")" + id + "\"}]}";
        auto answer = fhir.send({update(fhir.service.url(), "Patient/" + key, body, std::to_string(version - stale))});
        REQUIRE(answer.status == (stale ? 412 : 200));
        version += !stale;
      } else {
        REQUIRE(fhir.send({test::remove("Patient/" + key)}).status == 200);
        model.erase(there);
      }
    }
  }
  CHECK(fhir.service.count("Patient") == model.size());
  for (const auto& [id, resource] : model)
    CHECK(fhir.version("Patient", resource.first) == std::to_string(resource.second));
}
