// status, errors, reset: against a SQLite file of the test's own and an HTTP server on a free loopback port.
#include "actors/commands/commands.hpp"
#include "mapping/json/json.hpp"
#include "tests/conf/support.hpp"
#include "tests/sim/http_server.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace dicomcast;
using conf::test::contains;
using mapping::Json;

namespace {

struct Bench {
  conf::test::TemporaryFolder folder;
  conf::Config config;
  std::ostringstream out, err;

  Bench() {
    config.state_store_path = folder.path() + "/state.db";
    config.dicom.endpoint = "http://127.0.0.1:1/dicom"; // nothing listens there
    config.dicom_source = "https://dicom/";
    config.fhir.endpoint = "https://fhir";
  }
  template<class Command>
  int run(const Command& command) {
    out.str("");
    err.str("");
    return actors::run(command, config, {out, err});
  }
  Json json() const {
    auto text = out.str();
    REQUIRE(text.ends_with('\n'));
    auto json = Json::parse(text);
    REQUIRE(json);
    return *json;
  }
  std::vector<Json> lines() const {
    std::vector<Json> all;
    std::istringstream text(out.str());
    for (std::string line; std::getline(text, line);)
      all.push_back(Json::parse(line).value());
    return all;
  }
};

io::ExceptionRow row(io::ExceptionTable table, std::int64_t sequence, std::string study) {
  io::ExceptionRow row;
  row.table = table;
  row.sequence = sequence;
  row.uids = {std::move(study), "1.2.3", "1.2.3.4"};
  row.exception = "FhirRefused";
  row.message = "what was\nwrong \x1b[2J";
  row.retry_count = 2;
  row.timestamp = "2026-01-02T03:04:05.678Z";
  return row;
}

/// A server that answers every request like this, and remembers the last one.
class Feed {
public:
  Feed(int status, std::string body) : server_(0) {
    server_.start([this, status, body](sim::HttpRequest request, const sim::HttpServer::Respond& respond) {
      target = request.target;
      sim::HttpReply reply;
      reply.status = status;
      reply.body = body;
      respond(reply);
    });
  }
  std::string url() const { return server_.url(); }
  std::string target;

private:
  sim::HttpServer server_;
};

} // namespace

TEST_CASE("reset sets the checkpoint back and forward") {
  Bench bench;
  CHECK(bench.run(conf::Reset{500}) == 0);
  CHECK(bench.out.str() == "checkpoint: 500, was 0\n");
  CHECK(bench.run(conf::Reset{20}) == 0);
  CHECK(bench.out.str() == "checkpoint: 20, was 500\n");
  CHECK(io::open_state_store(bench.config, true)->checkpoint().synced_sequence == 20);
}

TEST_CASE("a store that is none is told and ends with 4") {
  Bench bench;
  bench.folder.write("state.db", "this is no database, and long enough to be seen as none by its header");
  CHECK(bench.run(conf::Reset{1}) == 4);
  CHECK(contains(bench.err.str(), "state.db"));
  CHECK(bench.run(conf::Errors{}) == 4);
  CHECK(bench.run(conf::Status{true}) == 4);
  CHECK(bench.out.str() == "");
}

TEST_CASE("errors lists rows by filter, an object a line") {
  Bench bench;
  using Table = io::ExceptionTable;
  io::open_state_store(bench.config, false)
      ->commit(7, {row(Table::FhirFailToStore, 5, "1.1"), row(Table::DicomFailToStore, 6, "1.1"),
                   row(Table::FhirFailToStore, 7, "1.2")});
  CHECK(bench.run(conf::Errors{{}, false, true}) == 0);
  auto all = bench.lines();
  REQUIRE(all.size() == 3);
  CHECK(all[0].to_text() ==
        R"({"table":"FhirFailToStoreExceptionTable","sequence":5,"study_instance_uid":"1.1",)"
        R"("series_instance_uid":"1.2.3","sop_instance_uid":"1.2.3.4","exception":"FhirRefused",)"
        R"("message":"what was wrong [2J","retry_count":2,"timestamp":"2026-01-02T03:04:05.678Z"})");
  CHECK(all[1].text("table") == "DicomFailToStoreExceptionTable");

  CHECK(bench.run(conf::Errors{{{"fhirfailtostore"}, "", {}}, false, true}) == 0);
  CHECK(bench.lines().size() == 2);
  CHECK(bench.run(conf::Errors{{{"FhirFailToStoreExceptionTable", "DicomFailToStore"}, "1.1", 6}, false, true}) == 0);
  REQUIRE(bench.lines().size() == 1);
  CHECK(bench.lines()[0].text("table") == "DicomFailToStoreExceptionTable");
  CHECK(bench.run(conf::Errors{{{}, "1.3", {}}, false, true}) == 0);
  CHECK(bench.out.str() == "");
}

TEST_CASE("errors --all shows what was replayed, and when") {
  Bench bench;
  {
    auto store = io::open_state_store(bench.config, false);
    store->commit(5, {row(io::ExceptionTable::FhirFailToStore, 5, "1.1")});
    std::vector<io::ExceptionRow> rows;
    store->list({}, [&](const io::ExceptionRow& each) { rows.push_back(each); });
    store->mark_replayed(rows, {});
  }
  CHECK(bench.run(conf::Errors{{}, false, true}) == 0);
  CHECK(bench.lines().empty());
  CHECK(bench.run(conf::Errors{{}, true, true}) == 0);
  REQUIRE(bench.lines().size() == 1);
  CHECK(bench.lines()[0].text("replayed_at") != "");
  CHECK(bench.run(conf::Errors{{}, true, false}) == 0);
  CHECK(contains(bench.out.str(), "[replayed "));
}

TEST_CASE("errors for people is in columns, and steers no terminal") {
  Bench bench;
  CHECK(bench.run(conf::Errors{}) == 0);
  CHECK(bench.out.str() == "0 rows\n");
  io::open_state_store(bench.config, false)->commit(5, {row(io::ExceptionTable::TransientRetry, 5, "1.1")});
  CHECK(bench.run(conf::Errors{}) == 0);
  auto text = bench.out.str();
  INFO(text);
  CHECK(contains(text, "SEQUENCE"));
  CHECK(contains(text, "TransientRetry"));
  CHECK(contains(text, "1.1 / 1.2.3 / 1.2.3.4"));
  CHECK(contains(text, "what was wrong"));
  CHECK(contains(text, "\n1 row\n"));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("an unknown exception table is a wrong command line that names the known ones") {
  Bench bench;
  CHECK(bench.run(conf::Errors{{{"Nope"}, "", {}}, false, true}) == 2);
  CHECK(bench.out.str() == "");
  CHECK(contains(bench.err.str(), "'Nope'"));
  CHECK(contains(bench.err.str(), "TransientRetry"));
}

TEST_CASE("status shows checkpoint, latest, lag and counts") {
  Bench bench;
  io::open_state_store(bench.config, false)->commit(30, {row(io::ExceptionTable::FhirFailToStore, 5, "1.1")});
  Feed feed(200, R"({"Sequence": 42, "StudyInstanceUid": "1", "SeriesInstanceUid": "2", "SopInstanceUid": "3",
                     "Action": "Create", "State": "Current", "Timestamp": "2026-01-01T00:00:00Z"})");
  bench.config.dicom.endpoint = feed.url() + "/root/";
  CHECK(bench.run(conf::Status{true}) == 0);
  auto json = bench.json();
  INFO(json.to_text());
  CHECK(json.find("synced_sequence")->if_number()->token == "30");
  CHECK(json.text("synced_date") != "");
  CHECK(json.find("latest_sequence")->if_number()->token == "42");
  CHECK(json.find("lag")->if_number()->token == "12");
  CHECK(json.find("errors")->to_text() ==
        R"({"InvalidDicomTagExceptionTable":0,"DicomFailToStoreExceptionTable":0,"FhirFailToStoreExceptionTable":1,)"
        R"("TransientRetryExceptionTable":0,"TransientFailureExceptionTable":0})");
  CHECK(feed.target == "/root/v1/changefeed/latest?includeMetadata=false");

  bench.config.api_version = conf::ApiVersion::V2;
  CHECK(bench.run(conf::Status{false}) == 0);
  CHECK(feed.target == "/root/v2/changefeed/latest?includeMetadata=false");
  CHECK(contains(bench.out.str(), "lag                                       12\n"));
  CHECK(contains(bench.out.str(), "FhirFailToStoreExceptionTable              1\n"));
}

TEST_CASE("an empty feed has no latest entry and no lag") {
  for (auto [status, body] : {std::pair(204, ""), std::pair(200, ""), std::pair(200, "null")}) {
    Bench bench;
    Feed feed(status, body);
    bench.config.dicom.endpoint = feed.url();
    CHECK(bench.run(conf::Status{true}) == 0);
    CHECK(bench.out.str().find(
              R"({"synced_sequence":0,"synced_date":null,"latest_sequence":null,"lag":0,"errors":{)") == 0);
    CHECK_FALSE(std::filesystem::exists(bench.config.state_store_path));
    CHECK(bench.run(conf::Status{false}) == 0);
    CHECK(contains(bench.out.str(), "none"));
  }
}

TEST_CASE("where the feed does not tell, status prints the rest and ends with 4") {
  Bench bench;
  auto check = [&] {
    CHECK(bench.run(conf::Status{true}) == 4);
    CHECK(bench.out.str().find(
              R"({"synced_sequence":0,"synced_date":null,"latest_sequence":null,"lag":null,"errors":{)") == 0);
    CHECK(contains(bench.err.str(), "dicomcast status: "));
    CHECK(bench.run(conf::Status{false}) == 4);
    CHECK(contains(bench.out.str(), "unknown"));
  };
  check(); // nothing listens
  for (auto [status, body] : {std::pair(401, "{}"), std::pair(404, "no such page"), std::pair(500, ""),
                              std::pair(302, ""), std::pair(200, "<html>"), std::pair(200, R"({"error": 1})")}) {
    Feed feed(status, body);
    bench.config.dicom.endpoint = feed.url();
    INFO(status << " " << body);
    check();
  }
}
