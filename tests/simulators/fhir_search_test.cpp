// Searches, strict and loose.
#include "tests/sim/fhir_service.hpp"
#include "tests/sim/target.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using test::Client;

namespace {

std::vector<std::string> ids(const mapping::Json& bundle) {
  std::vector<std::string> out;
  for (const auto& entry : bundle.items("entry"))
    out.emplace_back(entry.find("resource")->text("id"));
  return out;
}

std::vector<std::string> found(Client& client, const std::string& type, const std::string& parameter,
                               const std::string& value) {
  auto answer = client.get("/" + type + "?" + parameter + "=" + percent_encode(value));
  CAPTURE(answer.body);
  CHECK(answer.status == 200);
  return ids(answer.json());
}

using Ids = std::vector<std::string>;

std::string identified(const std::string& id, const std::string& identifier) {
  return R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[)" + identifier + "]}";
}

} // namespace

TEST_CASE("identifiers are found by system and value, without system, and by value alone") {
  FhirService service;
  Client client(service.url());
  service.preload(identified("a", R"({"system":"s","value":"1"})"));
  service.preload(identified("b", R"({"value":"1"})"));
  service.preload(identified("c", R"({"system":"t","value":"1"},{"system":"s","value":"2"})"));
  CHECK(found(client, "Patient", "identifier", "s|1") == Ids{"a"});
  CHECK(found(client, "Patient", "identifier", "|1") == Ids{"b"});
  CHECK(found(client, "Patient", "identifier", "1") == Ids{"a", "b", "c"});
  CHECK(found(client, "Patient", "identifier", "s|2,s|1") == Ids{"a", "c"});
  CHECK(found(client, "Patient", "identifier", "s|2,t|1") == Ids{"c"});
  CHECK(found(client, "Patient", "identifier", "s|") == Ids{"a", "c"});
  CHECK(found(client, "Patient", "identifier", "s|3").empty());
  CHECK(found(client, "Observation", "identifier", "s|1").empty());
}

TEST_CASE("escaped characters are part of a search's value; a dollar sign without escape is refused") {
  FhirService service;
  Client client(service.url());
  service.preload(identified("a", R"({"system":"s|x","value":"a,b|c$d\\e"})"));
  CHECK(found(client, "Patient", "identifier", R"(s\|x|a\,b\|c\$d\\e)") == Ids{"a"});
  CHECK(client.get("/Patient?identifier=a%24b").status == 400);
  CHECK(client.get("/Patient?identifier=a%7Cb%7Cc").status == 400);
  CHECK(client.get("/Patient?identifer=a").status == 400);
}

TEST_CASE("values match to the letter, or in any case where the service is loose") {
  for (bool loose : {false, true}) {
    FhirOptions options;
    if (loose)
      options.match_loosely();
    FhirService service(options);
    Client client(service.url());
    service.preload(identified("a", R"({"system":"s","value":"abc-1"})"));
    service.preload(identified("b", R"({"system":"s","value":"ABC-1"})"));
    CHECK(found(client, "Patient", "identifier", "s|abc-1") == (loose ? Ids{"a", "b"} : Ids{"a"}));
    CHECK(found(client, "Patient", "identifier", "S|abc-1").empty());
  }
}

TEST_CASE("Endpoints are found by name and connection type") {
  for (bool loose : {false, true}) {
    FhirOptions options;
    if (loose)
      options.match_loosely();
    FhirService service(options);
    Client client(service.url());
    auto endpoint = [&](const std::string& id, const std::string& name, const std::string& code) {
      service.preload(R"({"resourceType":"Endpoint","id":")" + id + R"(","name":")" + name +
                      R"(","connectionType":{"system":"ct","code":")" + code + "\"}}");
    };
    endpoint("a", "DICOM http://d/v1", "dicom-wado-rs");
    endpoint("b", "DICOM http://d/v1/partitions/p", "dicom-wado-rs");
    endpoint("c", "DICOM http://d/v1", "other");
    auto by_name = [&](const std::string& name) {
      auto answer = client.get("/Endpoint?name=" + percent_encode(name) + "&connection-type=ct%7Cdicom-wado-rs");
      return ids(answer.json());
    };
    CHECK(by_name("DICOM http://d/v1") == (loose ? Ids{"a", "b"} : Ids{"a"}));
    CHECK(by_name("dicom HTTP://d/v1/p") == (loose ? Ids{"b"} : Ids{}));
  }
}

TEST_CASE("a search comes in pages with links to the next, until all are there once") {
  FhirOptions options;
  options.page_size = 3;
  options.max_page_size = 5;
  options.prefix = "/fhir";
  FhirService service(options);
  Client client(service.url().substr(0, service.url().size() - 5));
  for (int i = 0; i < 12; ++i)
    service.preload(identified("p" + std::to_string(i), R"({"system":"s","value":"x"})"));
  for (std::string start : {"/fhir/Patient?identifier=s%7Cx", "/fhir/Patient?_count=100&identifier=s%7Cx"}) {
    Ids all;
    int pages = 0;
    for (auto next = start; !next.empty(); ++pages) {
      auto bundle = client.get(next).json();
      CHECK(bundle.text("type") == "searchset");
      CHECK(bundle.find("total")->if_number()->token == "12");
      for (auto& id : ids(bundle))
        all.push_back(id);
      next.clear();
      for (const auto& link : bundle.items("link"))
        if (link.text("relation") == "next")
          next = std::string(link.text("url")).substr(service.url().size() - 5);
    }
    CHECK(all.size() == 12);
    CHECK(all.back() == "p11");
    CHECK(pages == (start.find("_count") == std::string::npos ? 4 : 3));
  }
}

TEST_CASE("a batch of searches answers each by itself") {
  FhirService service;
  Client client(service.url());
  service.preload(identified("a", R"({"system":"s","value":"1"})"));
  auto batch = R"({"resourceType":"Bundle","type":"batch","entry":[)"
               R"({"request":{"method":"GET","url":"Patient?identifier=s%7C1"}},)"
               R"({"request":{"method":"GET","url":"Patient?nonsense=1"}},)"
               R"({"request":{"method":"GET","url":"Patient/a"}},)"
               R"({"request":{"method":"GET","url":"Patient/b"}}]})";
  auto answer = client.post("", batch, {test::fhir_json});
  CHECK(answer.status == 200);
  auto bundle = answer.json();
  CHECK(bundle.text("type") == "batch-response");
  REQUIRE(bundle.items("entry").size() == 4);
  CHECK(ids(*bundle.items("entry")[0].find("resource")) == Ids{"a"});
  CHECK(test::status_at(answer, 1) == "400");
  CHECK(bundle.items("entry")[2].find("resource")->text("id") == "a");
  CHECK(test::status_at(answer, 3) == "404");
  service.configure([](FhirOptions& options) { options.batch = false; });
  CHECK(client.post("", batch, {test::fhir_json}).status == 400);
  auto metadata = client.get("/metadata").body;
  CHECK(metadata.find("transaction") != std::string::npos);
  CHECK(metadata.find("batch") == std::string::npos);
}

TEST_CASE("a search by POST means the same as by GET") {
  FhirService service;
  Client client(service.url());
  service.preload(identified("a", R"({"system":"s","value":"1"})"));
  auto answer =
      client.post("/Patient/_search", "identifier=s%7C1", {"Content-Type: application/x-www-form-urlencoded"});
  CHECK(ids(answer.json()) == Ids{"a"});
}

TEST_CASE("searches past the service's limits are refused with the status of each limit") {
  FhirOptions options;
  options.max_identifiers = 2;
  options.max_target_bytes = 60;
  options.long_target_status = 431;
  FhirService service(options);
  Client client(service.url());
  CHECK(client.get("/Patient?identifier=s%7C1,s%7C2").status == 200);
  CHECK(client.get("/Patient?identifier=s%7C1,s%7C2,s%7C3").status == 400);
  CHECK(client.get("/Patient?identifier=" + std::string(60, 'x')).status == 431);
}

TEST_CASE("numbers and unknown members come back to the letter") {
  FhirService service;
  Client client(service.url());
  auto text =
      std::string(R"({"resourceType":"Patient","id":"a","x":[1.10,1e5,-0.0],"meta":{"source":"u","versionId":"7"},)"
                  R"("name":[{"text":"a\"b\\é"}]})");
  service.preload(text);
  auto answer = client.get("/Patient/a");
  CHECK(answer.headers["etag"] == "W/\"1\"");
  CHECK(answer.body.find(R"("x":[1.10,1e5,-0.0])") != std::string::npos);
  CHECK(answer.body.find(R"("name":[{"text":"a\"b\\é"}])") != std::string::npos);
  CHECK(answer.json().find("meta")->text("source") == "u");
  CHECK(answer.json().find("meta")->text("versionId") == "1");
}
