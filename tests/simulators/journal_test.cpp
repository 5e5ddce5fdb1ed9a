// The journal.
#include "tests/sim/sim.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;
using namespace std::chrono_literals;

TEST_CASE("latency goes by timers: many searches wait at once, and each at least its time") {
  FhirOptions options;
  options.latency = 30ms;
  FhirService service(options);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(service.url()));
    clients.back()->begin("GET", "/Patient?identifier=1", "");
  }
  for (auto& client : clients)
    CHECK(client->receive().status == 200);
  auto stats = service.stats();
  CHECK(stats.max_concurrent_searches > 1);
  CHECK(stats.requests["search"] == 20);
  for (const auto& one : service.journal("search"))
    CHECK(one.end - one.begin >= 30'000);
}

TEST_CASE("two transactions at once are counted, and stand among the violations") {
  FhirOptions options;
  options.latency_of["transaction"] = 50ms;
  FhirService service(options);
  Client one(service.url()), two(service.url());
  one.begin("POST", "", transaction({create_patient("p1")}), {fhir_json});
  while (service.journal().empty()) {
  }
  two.begin("POST", "", transaction({create_patient("p2")}), {fhir_json});
  CHECK(one.receive().status == 200);
  CHECK(two.receive().status == 200);
  CHECK(service.stats().overlapping_transactions == 1);
  REQUIRE(service.violations().size() == 1);
  CHECK(service.violations()[0].find("request 2 is a transaction") == 0);
}

TEST_CASE("a transaction whose client has gone is done, and does not overlap with the next") {
  FhirOptions options;
  options.latency_of["transaction"] = 50ms;
  FhirService service(options);
  Client one(service.url()), two(service.url());
  one.begin("POST", "", transaction({create_patient("p1")}), {fhir_json});
  while (service.journal().empty()) {
  }
  one.close();
  CHECK(two.post("", transaction({create_patient("p1")}), {fhir_json}).status == 200);
  CHECK(service.stats().overlapping_transactions == 0);
  CHECK(service.count("Patient") == 1);
}

TEST_CASE("a search sees the state at its arrival, a transaction writes at its end") {
  FhirOptions options;
  options.latency_of["transaction"] = 50ms;
  FhirService service(options);
  Client writer(service.url()), reader(service.url());
  writer.begin("POST", "", transaction({create_patient("p1")}), {fhir_json});
  while (service.journal().empty()) {
  }
  CHECK(reader.get("/Patient?identifier=s%7Cp1").json().items("entry").empty());
  CHECK(writer.receive().status == 200);
  CHECK(reader.get("/Patient?identifier=s%7Cp1").json().items("entry").size() == 1);
}

TEST_CASE("the journal tells kind, target, status, bytes and, if asked, bodies; stats add them up") {
  FhirOptions options;
  options.journal_bodies = true;
  FhirService service(options);
  Client client(service.url());
  auto body = transaction({create_patient("p1")});
  auto answer = client.post("", body, {fhir_json});
  client.get("/Patient?identifier=s%7Cp1");
  auto all = service.journal();
  REQUIRE(all.size() == 2);
  CHECK(all[0].kind == "transaction");
  CHECK(all[0].request_body == body);
  CHECK(all[0].response_body == answer.body);
  CHECK(all[0].status == 200);
  CHECK(all[0].end >= all[0].begin);
  CHECK(all[1].begin >= all[0].end);
  CHECK(all[1].type == "Patient");
  CHECK(all[1].target == "/Patient?identifier=s%7Cp1");
  auto stats = client.get("/_sim/stats").json();
  CHECK(stats.find("requests")->find("transaction")->if_number()->token == "1");
  CHECK(stats.find("transaction_entries")->if_number()->token == "1");
  auto journal = client.get("/_sim/journal").json();
  REQUIRE(journal.is_array());
  CHECK(journal.if_array()->size() == 2);
  CHECK(journal.if_array()->front().text("request_body") == body);
  CHECK(client.send("DELETE", "/_sim/journal", "", {}).status == 204);
  CHECK(service.journal().empty());
}

TEST_CASE("the journal keeps so many exchanges, and the figures of all") {
  Journal journal;
  journal.limit = 10;
  for (int i = 0; i < 100; ++i) {
    Exchange exchange;
    exchange.kind = "search";
    journal.end(journal.begin(exchange, nullptr), 200, "xx");
  }
  CHECK(journal.exchanges().size() == 10);
  CHECK(journal.exchanges().back().number == 100);
  CHECK(journal.stats().requests.at("search") == 100);
  CHECK(journal.stats().bytes_out == 200);
  CHECK(journal.stats().max_concurrent_searches == 1);
}
