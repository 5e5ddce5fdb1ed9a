// The simulated DICOM service answers as the change feed's interface says.
#include "tests/sim/dicom_service.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using test::Client;

namespace {

DicomOptions small() {
  DicomOptions options;
  options.generated = GeneratorOptions{};
  options.generated->studies = 3;
  options.generated->instances_per_study = 5;
  return options;
}

std::size_t entries(const test::Answer& answer) {
  auto json = answer.json();
  REQUIRE(json.is_array());
  return json.if_array()->size();
}

} // namespace

TEST_CASE("feed v1: pages, their limit, and the latest entry") {
  DicomService service(small());
  Client client(service.url());
  auto page = client.get("/v1/changefeed?offset=0&limit=100&includeMetadata=true");
  CHECK(page.status == 200);
  CHECK(entries(page) == 15);
  auto json = page.json();
  const auto& first = json.if_array()->front();
  CHECK(first.find("Sequence")->if_number()->token == "1");
  CHECK(first.text("Action") == "Create");
  CHECK(first.find("Metadata")->is_object());
  CHECK(entries(client.get("/v1/changefeed?offset=10&limit=3&includeMetadata=true")) == 3);
  CHECK(entries(client.get("/v1/changefeed?offset=15&limit=3")) == 0);
  CHECK(client.get("/v1/changefeed?offset=0&limit=101").status == 400);
  CHECK(client.get("/v1/changefeed?offset=-1").status == 400);
  auto latest = client.get("/v1/changefeed/latest?includeMetadata=false").json();
  CHECK(latest.find("Sequence")->if_number()->token == "15");
  CHECK_FALSE(latest.find("Metadata"));
  CHECK(client.get("/v3/changefeed").status == 404);
  CHECK(client.connections() == 1);
}

TEST_CASE("feed v2: windows of time, offsets as rows, pages of 200") {
  auto options = small();
  options.generated->studies = 60;
  options.keys = Keys::Camel;
  DicomService service(options);
  Client client(service.url());
  CHECK(entries(client.get("/v2/changefeed?offset=0&limit=200")) == 200);
  CHECK(client.get("/v2/changefeed?offset=0&limit=201").status == 400);
  CHECK(entries(client.get("/v2/changefeed?offset=200&limit=200&includeMetadata=false")) == 100);
  auto window = "startTime=2025-01-01T00:00:01Z&endTime=2025-01-01T00:00:02.5000000Z";
  auto page = client.get(std::string("/v2/changefeed?offset=0&limit=200&includeMetadata=false&") + window);
  CHECK(entries(page) == 6);
  auto json = page.json();
  CHECK(json.if_array()->front().text("timestamp") == "2025-01-01T00:00:01.0000000Z");
  CHECK(json.if_array()->back().text("timestamp") == "2025-01-01T00:00:02.2500000Z");
  CHECK(client.get("/v2/changefeed?startTime=nonsense").status == 400);
}

TEST_CASE("a service without entries answers the latest as it is told to") {
  for (auto how : {WhenEmpty::NoContent, WhenEmpty::EmptyBody, WhenEmpty::Null}) {
    DicomOptions options;
    options.latest_when_empty = how;
    DicomService service(options);
    Client client(service.url());
    auto answer = client.get("/v1/changefeed/latest");
    CHECK(answer.status == (how == WhenEmpty::NoContent ? 204 : 200));
    CHECK(answer.body == (how == WhenEmpty::Null ? "null" : ""));
    CHECK(client.get("/v1/changefeed").body == "[]");
  }
}

TEST_CASE("a malformed entry breaks its page's JSON, but neither other pages nor one without metadata") {
  auto options = small();
  options.generated->malformed_every = 4;
  DicomService service(options);
  Client client(service.url());
  CHECK(client.get("/v1/changefeed?offset=0&limit=10").json().is_null());
  CHECK(entries(client.get("/v1/changefeed?offset=0&limit=3")) == 3);
  CHECK(client.get("/v1/changefeed?offset=3&limit=1").json().is_null());
  CHECK(entries(client.get("/v1/changefeed?offset=0&limit=10&includeMetadata=false")) == 10);
}

TEST_CASE("entries are appended while the feed is served, by call and by request") {
  auto options = small();
  options.prefix = "/some/path/";
  DicomService service(options);
  Client client(service.url());
  CHECK(service.append(R"({"Action":"Delete","StudyInstanceUid":"1","SeriesInstanceUid":"2","SopInstanceUid":"3"})") ==
        16);
  Client root(service.url().substr(0, service.url().find("/some")));
  auto added =
      root.post("/_sim/entries", R"([{"action":"create","studyInstanceUid":"9","metadata":null},{"sequence":30}])");
  CHECK(added.body == "[17,30]");
  CHECK(entries(client.get("/v1/changefeed?offset=15&limit=100")) == 3);
  CHECK(root.post("/_sim/entries", R"({"sequence":30})").status == 409);
  CHECK(root.get("/v1/changefeed").status == 404);
  CHECK(service.latest_sequence() == 30);
}

TEST_CASE("partitions are named in the entries") {
  auto options = small();
  options.generated->partitions = 2;
  DicomService service(options);
  auto items = service.items();
  CHECK(items.front().partition == "Microsoft.Default");
  CHECK(items.back().partition == "Microsoft.Default");
  CHECK(items[7].partition == "partition-1");
}

TEST_CASE("who is not authorised gets 401 from either kind of request") {
  auto options = small();
  options.authorizations = {"Bearer abc"};
  DicomService service(options);
  Client client(service.url());
  CHECK(client.get("/v1/changefeed").status == 401);
  CHECK(client.get("/v1/changefeed", {"Authorization: Bearer abd"}).status == 401);
  CHECK(client.get("/v1/changefeed", {"Authorization: Bearer abc"}).status == 200);
  service.set_authorizations({"Bearer new"});
  CHECK(client.get("/v1/changefeed", {"Authorization: Bearer abc"}).status == 401);
}
