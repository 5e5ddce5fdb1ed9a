// What goes wrong with a service, and what becomes of it: the same end state, nothing lost, nothing twice, each row in
// its table, the exit code that says so.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace dicomcast;
using namespace dicomcast::e2e;
using How = sim::Fault::How;
using Write = sim::ExternalWriteRule::How;

namespace {

sim::FaultRule fault(std::string kind, How how, int status = 503) {
  sim::FaultRule rule;
  rule.kind = std::move(kind);
  rule.fault.how = how;
  rule.fault.status = status;
  return rule;
}

std::int64_t count_of(const Json& status, const std::string& table) {
  return number(at(status, "errors"), table + "ExceptionTable");
}

/// Whether the only rows are those of retries, as many as the backfill counted.
void require_only_retries(const Program& program, const Json& backfill) {
  auto status = program.status();
  CAPTURE(status.to_text(), backfill.to_text());
  CHECK(count_of(status, "DicomFailToStore") == 0);
  CHECK(count_of(status, "FhirFailToStore") == 0);
  CHECK(count_of(status, "TransientFailure") == 0);
  CHECK(count_of(status, "TransientRetry") <= number(backfill, "retries"));
}

struct Trouble {
  const char* what;
  sim::FaultRule rule;
  /// A kept connection that dies before the first byte: libcurl sends again by itself.
  bool may_go_unseen = false;
};

std::vector<Trouble> troubles() {
  std::vector<Trouble> all;
  auto add = [&](const char* what, sim::FaultRule rule, std::int64_t every, std::int64_t skip = 0) {
    rule.every = every;
    rule.skip = skip;
    bool may_go_unseen = rule.fault.how == How::Reset || rule.fault.how == How::LostReset;
    all.push_back({what, std::move(rule), may_go_unseen});
  };
  add("503 for each third transaction", fault("transaction", How::Status, 503), 3);
  add("502, applied all the same", fault("transaction", How::Lost, 502), 3);
  add("504, applied all the same", fault("transaction", How::Lost, 504), 4, 1);
  add("409", fault("transaction", How::Status, 409), 4);
  add("412", fault("transaction", How::Status, 412), 5);
  add("408", fault("transaction", How::Status, 408), 5);
  add("425", fault("transaction", How::Status, 425), 5);
  add("429 without Retry-After", fault("transaction", How::Status, 429), 3);
  add("500 now and then", fault("transaction", How::Status, 500), 3);
  add("500, applied all the same", fault("transaction", How::Lost, 500), 4);
  add("reset before", fault("transaction", How::Reset), 3);
  add("reset after it was applied", fault("transaction", How::LostReset), 3);
  add("cut off", fault("transaction", How::CutOff), 3);
  add("no JSON", fault("transaction", How::NotJson), 3);
  add("an empty answer", fault("transaction", How::Empty), 3);
  add("503 for searches", fault("search", How::Status, 503), 2);
  add("searches reset", fault("search", How::Reset), 2);
  add("searches cut off", fault("search", How::CutOff), 2);
  add("searches answered with no JSON", fault("search", How::NotJson), 2);
  return all;
}

} // namespace

TEST_CASE("after each kind of trouble with the FHIR service the end state is that of a run without") {
  auto feed = mixed_feed(31, 8);
  feed.generated->broken_required_rate = 0;
  static const std::string expected = sequential_state(feed);
  for (const auto& trouble : troubles())
    for (std::string mode : {"PerEntry", "Grouped"}) {
      CAPTURE(trouble.what, mode);
      sim::FhirOptions options;
      options.batch = false; // so that searches are searches
      World world(feed, options, {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=10"});
      world.fhir.add_fault(trouble.rule);
      auto outcome = world.program.backfill();
      INFO(outcome.err);
      CHECK(outcome.code == 0);
      CHECK(difference(expected, world.fhir.normalised_state()) == "");
      CHECK(world.fhir.stats().overlapping_transactions == 0);
      CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
      require_only_retries(world.program, outcome.json());
      if (!trouble.may_go_unseen)
        CHECK(number(outcome.json(), "retries") > 0);
    }
}

TEST_CASE("trouble with the feed loses no entry and records none") {
  auto feed = mixed_feed(32, 8);
  feed.generated->broken_required_rate = 0;
  for (std::string version : {"v1", "v2"}) {
    auto expected = sequential_state(feed, {"DicomWeb:ApiVersion=" + version});
    for (auto [how, status] : {std::pair(How::Status, 503),
                               {How::Status, 500},
                               {How::Reset, 0},
                               {How::LostReset, 0},
                               {How::CutOff, 0},
                               {How::NotJson, 0}}) {
      CAPTURE(version, how, status);
      World world(feed, {}, {"Engine:FeedPageSize=20", "DicomWeb:ApiVersion=" + version});
      auto rule = fault("", how, status);
      rule.every = 2;
      world.dicom.add_fault(rule);
      auto outcome = world.program.backfill();
      INFO(outcome.err);
      CHECK(outcome.code == 0);
      CHECK(difference(expected, world.fhir.normalised_state()) == "");
      CHECK(count_of(world.program.status(), "TransientRetry") == 0);
      CHECK(world.program.rows_of("DicomFailToStore").empty());
    }
  }
}

TEST_CASE("a 429 is retried when its Retry-After says, whatever MaxDelay says") {
  World world;
  world.create({});
  auto rule = fault("transaction", How::Status, 429);
  rule.fault.retry_after = "1";
  rule.times = 1;
  world.fhir.add_fault(rule);
  REQUIRE(world.program.backfill().code == 0);
  auto transactions = world.fhir.journal("transaction");
  REQUIRE(transactions.size() == 2);
  CHECK(transactions[1].begin - transactions[0].end >= 1'000'000);
  auto rows = world.program.rows_of("TransientRetry");
  REQUIRE(rows.size() == 1);
  CHECK(contains(rows[0].text("message"), "429"));
  CHECK(number(rows[0], "retry_count") == 1);
}

TEST_CASE("delays double from FirstDelay up to MaxDelay") {
  World world({}, {}, {"RetryConfiguration:FirstDelay=00:00:00.050", "RetryConfiguration:MaxDelay=00:00:00.150"});
  world.create({});
  auto rule = fault("transaction", How::Status, 503);
  rule.times = 4;
  world.fhir.add_fault(rule);
  REQUIRE(world.program.backfill().code == 0);
  auto all = world.fhir.journal("transaction");
  REQUIRE(all.size() == 5);
  auto gap = [&](std::size_t after) { return all[after + 1].begin - all[after].end; };
  CHECK(gap(0) >= 45'000);
  CHECK(gap(1) >= 90'000);
  CHECK(gap(2) >= 140'000);
  CHECK(gap(3) >= 140'000);
  auto rows = world.program.rows_of("TransientRetry");
  REQUIRE(rows.size() == 4);
  CHECK(number(rows[3], "retry_count") == 4);
}

TEST_CASE("past TotalRetryDuration the entry is recorded as a transient failure, and no other suffers") {
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  CAPTURE(mode);
  World world(plain_feed(33, 4, 5), {},
              {"Engine:CommitMode=" + mode, "RetryConfiguration:TotalRetryDuration=00:00:00.300"});
  auto victim = world.dicom.items()[7];
  auto rule = fault("transaction", How::Status, 503);
  rule.contains = victim.instance;
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(number(outcome.json(), "failed") == 1);
  auto rows = world.program.rows_of("TransientFailure");
  REQUIRE(rows.size() == 1);
  CHECK(number(rows[0], "sequence") == victim.sequence);
  CHECK(rows[0].text("sop_instance_uid") == victim.instance);
  CHECK(contains(rows[0].text("message"), "503"));
  CHECK(world.program.rows_of("FhirFailToStore").empty());
  CHECK(world.stored_instances().size() == world.dicom.items().size() - 1);
  CHECK(world.program.checkpoint() == world.dicom.latest_sequence());

  world.fhir.clear_faults();
  auto replay = world.program.run({"errors", "replay"});
  INFO(replay.err);
  CHECK(replay.code == 0);
  CHECK(world.stored_instances().size() == world.dicom.items().size());
  CHECK(world.program.rows_of("TransientFailure").empty());
}

TEST_CASE("with OnExhausted Pause an outage records no entry, and a backfill ends with 4 where it can go on later") {
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  CAPTURE(mode);
  World world(plain_feed(34, 4, 5), {},
              {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=6",
               "RetryConfiguration:TotalRetryDuration=00:00:00.200", "RetryConfiguration:OnExhausted=Pause"});
  auto rule = fault("transaction", How::Status, 503);
  rule.skip = 2;
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(count_of(world.program.status(), "TransientFailure") == 0);
  auto stored = world.stored_instances();
  CHECK(!stored.empty());
  for (const auto& item : world.dicom.items())
    CHECK((item.sequence <= world.program.checkpoint()) == (stored.count(item.instance) == 1));
  world.fhir.clear_faults();
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances().size() == world.dicom.items().size());
}

TEST_CASE("an entry that the service refuses is recorded with what it answered; the others are stored") {
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  auto status = GENERATE(400, 405, 413, 422, 501);
  CAPTURE(mode, status);
  World world(plain_feed(35, 4, 6), {}, {"Engine:CommitMode=" + mode});
  auto items = world.dicom.items();
  auto victim = items[9];
  sim::RefuseRule refusal;
  refusal.type = "ImagingStudy";
  refusal.pattern = "\"" + victim.instance + "\"";
  refusal.status = status;
  refusal.diagnostics = "series.instance is not to our taste";
  world.fhir.configure([&](sim::FhirOptions& options) { options.refuse = {refusal}; });
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  auto rows = world.program.rows();
  std::vector<Json> failures;
  for (const auto& row : rows)
    if (row.text("table") != "TransientRetryExceptionTable")
      failures.push_back(row);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].text("table") == "FhirFailToStoreExceptionTable");
  CHECK(number(failures[0], "sequence") == victim.sequence);
  CHECK(failures[0].text("study_instance_uid") == victim.study);
  CHECK(failures[0].text("series_instance_uid") == victim.series);
  CHECK(contains(failures[0].text("message"), std::to_string(status)));
  CHECK(contains(failures[0].text("message"), "series.instance is not to our taste"));
  auto stored = world.stored_instances();
  CHECK(stored.size() == items.size() - 1);
  CHECK(stored.count(victim.instance) == 0);

  world.fhir.configure([](sim::FhirOptions& options) { options.refuse.clear(); });
  auto replay = world.program.run({"errors", "replay", "--json"});
  CHECK(replay.code == 0);
  CHECK(world.stored_instances().size() == items.size());
  CHECK(world.program.rows_of("FhirFailToStore").empty());
}

TEST_CASE("500 for ever is retried three times, then recorded") {
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  CAPTURE(mode);
  World world(plain_feed(36, 3, 5), {}, {"Engine:CommitMode=" + mode});
  auto victim = world.dicom.items()[6];
  auto rule = fault("transaction", How::Status, 500);
  rule.contains = "\"" + victim.instance + "\"";
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  auto rows = world.program.rows_of("FhirFailToStore");
  REQUIRE(rows.size() == 1);
  CHECK(number(rows[0], "sequence") == victim.sequence);
  CHECK(contains(rows[0].text("message"), "500"));
  CHECK(world.program.rows_of("TransientFailure").empty());
  CHECK(world.stored_instances().size() == world.dicom.items().size() - 1);
  if (mode == "PerEntry")
    CHECK(world.program.rows_of("TransientRetry").size() == 3);
}

TEST_CASE("JSON that is no answer to the request is FhirFailToStore, not a retry for ever") {
  World world;
  world.create({});
  auto rule = fault("transaction", How::Status, 200);
  rule.fault.body = R"({"resourceType":"Patient","id":"1"})";
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 3);
  CHECK(world.program.rows_of("FhirFailToStore").size() == 1);
}

TEST_CASE("a service that never answers is given up at Timeout and asked again") {
  World world({}, {}, {"Fhir:Timeout=00:00:00.200"});
  world.create({});
  auto kind = GENERATE(as<std::string>(), "transaction", "search", "metadata", "batch");
  CAPTURE(kind);
  auto rule = fault(kind, How::Silence);
  rule.times = 1;
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.stored_instances().size() == 1);
}

TEST_CASE("a resource that another client changes in between is fetched and merged again") {
  auto feed = plain_feed(37, 6, 6);
  static const std::string expected = sequential_state(feed);
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  CAPTURE(mode);
  World world(feed, {}, {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=8"});
  SECTION("a new version with the same contents") {
    sim::ExternalWriteRule rule;
    rule.how = Write::Touch;
    rule.type = "ImagingStudy";
    rule.every = 2;
    rule.times = 6;
    world.fhir.add_external_write(rule);
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(difference(expected, world.fhir.normalised_state()) == "");
    require_only_retries(world.program, outcome.json());
    CHECK(number(outcome.json(), "retries") > 0);
  }
  SECTION("the resource that was about to be created") {
    for (const char* type : {"Patient", "ImagingStudy", "Endpoint"}) {
      sim::ExternalWriteRule rule;
      rule.how = Write::Create;
      rule.type = type;
      rule.times = 2;
      world.fhir.add_external_write(rule);
    }
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(difference(expected, world.fhir.normalised_state()) == "");
    require_only_retries(world.program, outcome.json());
  }
  SECTION("contents of its own, which survive") {
    sim::ExternalWriteRule rule;
    rule.how = Write::Extend;
    rule.type = "ImagingStudy";
    rule.every = 3;
    rule.times = 3;
    world.fhir.add_external_write(rule);
    auto outcome = world.program.backfill();
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    std::size_t extensions = 0;
    for (const auto& study : world.fhir.documents("ImagingStudy"))
      for (const auto& extension : study.items("extension")) {
        ++extensions;
        CHECK(extension.find("valueDecimal")->to_text() == "1.10");
      }
    CHECK(extensions == 3);
    CHECK(world.stored_instances().size() == world.dicom.items().size());
  }
}

TEST_CASE("a study that another client deletes in between is made anew") {
  World world({}, {}, {"Engine:CommitMode=PerEntry"});
  for (int i = 1; i <= 3; ++i)
    world.create({.instance = "1.2.3.1." + std::to_string(i)});
  sim::ExternalWriteRule rule;
  rule.how = Write::Delete;
  rule.type = "ImagingStudy";
  rule.skip = 1;
  rule.times = 1;
  world.fhir.add_external_write(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.3.1.3"});
  CHECK(world.program.rows_of("TransientRetry").size() == 1);
}

TEST_CASE("answers without etag, version or location are read again before they are written again") {
  auto feed = mixed_feed(38, 8);
  static const std::string expected = sequential_state(feed);
  auto mode = GENERATE(as<std::string>(), "PerEntry", "Grouped");
  sim::FhirOptions options;
  options.etags = false;
  options.locations = GENERATE(sim::LocationForm::WithoutVersion, sim::LocationForm::None);
  options.return_resources = options.locations == sim::LocationForm::None;
  options.store.uuid_versions = true;
  World world(feed, options, {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=5"});
  auto outcome = world.program.backfill();
  CAPTURE(mode, outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 3));
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
  CHECK(number(outcome.json(), "retries") == 0);
}

TEST_CASE("searches that are refused for their size are repeated in smaller ones") {
  auto feed = mixed_feed(39, 16);
  static const std::string expected = sequential_state(feed);
  sim::FhirOptions options;
  options.batch = GENERATE(false, true);
  SECTION("few identifiers in one search") {
    options.max_identifiers = GENERATE(1U, 3U);
  }
  SECTION("short targets") {
    options.max_target_bytes = 400;
    options.long_target_status = GENERATE(414, 431);
  }
  SECTION("small pages") {
    options.page_size = 2, options.max_page_size = 2;
  }
  World world(feed, options);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 3));
  CHECK(difference(expected, world.fhir.normalised_state()) == "");
}

TEST_CASE("a backfill that is not let in ends with 4, records nothing, and goes on once it is") {
  World world(plain_feed(40, 3, 4), {},
              {"Fhir:Authentication:Enabled=true", "Fhir:Authentication:AuthenticationType=Bearer",
               "Fhir:Authentication:BearerCredential:Token=sesame"});
  SECTION("401 from the beginning") {
    world.fhir.set_authorizations({"Bearer another"});
  }
  SECTION("401 for transactions") {
    world.fhir.add_fault(fault("transaction", How::Status, 401));
  }
  SECTION("403 for transactions") {
    world.fhir.add_fault(fault("transaction", How::Status, 403));
  }
  SECTION("403 for searches") {
    world.fhir.add_fault(fault("search", How::Status, 403));
    world.fhir.add_fault(fault("batch", How::Status, 403));
  }
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(!contains(outcome.err, "sesame"));
  CHECK((contains(outcome.err, "401") || contains(outcome.err, "403")));
  CHECK(world.program.rows().empty());
  CHECK(world.program.checkpoint() == 0);
  CHECK(world.fhir.count("ImagingStudy") == 0);
  world.fhir.clear_faults();
  world.fhir.set_authorizations({"Bearer sesame"});
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances().size() == 12);
}

TEST_CASE("a backfill that the DICOM service does not let in ends with 4") {
  World world(plain_feed(41, 2, 2));
  world.dicom.set_authorizations({"Bearer another"});
  auto outcome = world.program.backfill();
  CHECK(outcome.code == 4);
  CHECK(world.program.rows().empty());
  CHECK(world.program.checkpoint() == 0);
}

TEST_CASE("a refused token does not end the daemon: it says so once and goes on when it is let in again") {
  World world(plain_feed(42, 4, 4), {}, {"RetryConfiguration:MaxDelay=00:00:00.030"});
  world.fhir.add_fault(fault("transaction", How::Status, GENERATE(401, 403)));
  auto daemon = world.program.start({"daemon"});
  daemon.until([&] { return world.fhir.journal("transaction").size() >= 5; }, "five refusals");
  auto said = daemon.err();
  auto first = said.find("does not let us in");
  CHECK(first != std::string::npos);
  CHECK(said.find("does not let us in", first + 1) == std::string::npos);
  world.fhir.clear_faults();
  daemon.until([&] { return world.stored_instances().size() == 16; }, "all to be stored");
  daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait().code == 0);
  CHECK(world.program.rows().empty());
}

TEST_CASE("a service that cannot be used ends a backfill with 4 and says why") {
  SECTION("not FHIR R4") {
    sim::FhirOptions options;
    options.fhir_version = "3.0.2";
    World world(plain_feed(43, 1, 1), options);
    auto outcome = world.program.backfill();
    CHECK(outcome.code == 4);
    CHECK(contains(outcome.err, "3.0.2"));
    CHECK(world.fhir.stats().requests["transaction"] == 0);
  }
  SECTION("no transactions") {
    sim::FhirOptions options;
    options.transactions = false;
    World world(plain_feed(43, 1, 1), options);
    auto outcome = world.program.backfill();
    CHECK(outcome.code == 4);
    CHECK(contains(outcome.err, "transaction"));
  }
  SECTION("FHIR 4.0.0 is good enough") {
    sim::FhirOptions options;
    options.fhir_version = "4.0.0";
    World world(plain_feed(43, 1, 1), options);
    CHECK(world.program.backfill().code == 0);
  }
  SECTION("nobody listens, past TotalRetryDuration") {
    std::string nowhere;
    {
      sim::FhirService gone;
      nowhere = gone.url();
    }
    World world(plain_feed(43, 1, 1));
    std::vector<std::string> quick = {"RetryConfiguration:TotalRetryDuration=00:00:00.200"};
    Program no_fhir(world.dicom.url(), nowhere, quick), no_dicom(nowhere, world.fhir.url(), quick);
    CHECK(no_fhir.backfill().code == 4);
    CHECK(no_dicom.backfill().code == 4);
    CHECK(no_fhir.rows().empty());
    CHECK(no_dicom.rows().empty());
  }
  SECTION("a FHIR service that is late is waited for") {
    World world(plain_feed(43, 1, 1));
    auto rule = fault("metadata", How::Status, 503);
    rule.times = 3;
    world.fhir.add_fault(rule);
    CHECK(world.program.backfill().code == 0);
  }
}
