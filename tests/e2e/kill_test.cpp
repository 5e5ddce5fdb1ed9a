// Ended at any moment, by force or politely: nothing is lost, nothing is there twice, the checkpoint is never ahead.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>
#include <random>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

std::int64_t requests(const sim::Service& service) {
  std::int64_t sum = 0;
  for (const auto& [kind, count] : service.stats().requests)
    sum += count;
  return sum;
}

/// Kills backfills until `kills` were killed, at random moments, then lets one finish.
void kill_and_finish(World& world, int kills, std::uint64_t seed, const std::function<void()>& after_kill) {
  std::mt19937_64 random(seed);
  for (int killed = 0, tries = 0; killed < kills && tries < 10 * kills; ++tries) {
    auto backfill = world.program.start({"backfill", "--json"});
    auto at = requests(world.fhir) + requests(world.dicom) + static_cast<std::int64_t>(random() % 12);
    while (requests(world.fhir) + requests(world.dicom) < at && !backfill.has_ended(milliseconds(0)))
      backfill.has_ended(std::chrono::milliseconds(random() % 3));
    backfill.signal(SIGKILL);
    killed += backfill.wait().signal == SIGKILL;
    after_kill();
  }
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 3));
}

} // namespace

TEST_CASE("a backfill killed 20 times at random moments ends in the same state") {
  int kills = std::getenv("DICOMCAST_HEAVY") ? 200 : 20;
  auto seed = GENERATE(std::uint64_t(11), std::uint64_t(12));
  std::string mode = seed % 2 ? "PerEntry" : "Grouped";
  CAPTURE(seed, mode);
  auto feed = mixed_feed(seed, 40);
  feed.generated->dose_report_rate = 0.3;
  std::vector<std::string> settings = {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=8",
                                       "DicomCast:Features:GenerateObservations=true"};
  sim::FhirOptions fhir;
  fhir.latency_of["transaction"] = std::chrono::milliseconds(2);
  World undisturbed(feed, {}, settings);
  auto expected_outcome = undisturbed.program.backfill();
  World world(feed, fhir, settings);
  kill_and_finish(world, kills, seed, [] {});
  CHECK(difference(undisturbed.fhir.normalised_state(), world.fhir.normalised_state()) == "");
  CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
  // Rows: each failure and each invalid tag once, whatever was repeated.
  auto expected = undisturbed.program.status(), actual = world.program.status();
  for (const char* table : {"InvalidDicomTag", "DicomFailToStore", "FhirFailToStore", "TransientFailure"})
    CHECK(number(at(expected, "errors"), std::string(table) + "ExceptionTable") ==
          number(at(actual, "errors"), std::string(table) + "ExceptionTable"));
}

TEST_CASE("whenever it is killed, all up to the checkpoint is in the FHIR service") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(mode);
  sim::FhirOptions fhir;
  fhir.latency_of["transaction"] = std::chrono::milliseconds(2);
  World world(plain_feed(13, 20, 10), fhir, {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=7"});
  auto items = world.dicom.items();
  std::int64_t last = 0;
  kill_and_finish(world, 10, 7, [&] {
    auto checkpoint = world.program.checkpoint();
    CHECK(checkpoint >= last);
    last = checkpoint;
    auto stored = world.stored_instances();
    for (const auto& item : items)
      if (item.sequence <= checkpoint)
        CHECK(stored.count(item.instance) == 1);
  });
  CHECK(world.stored_instances().size() == items.size());
}

TEST_CASE("the checkpoint follows each commit, so that a crash repeats no batch of entries") {
  World world(plain_feed(14, 4, 5), {}, {"Engine:CommitMode=PerEntry"});
  auto items = world.dicom.items();
  sim::FaultRule silence;
  silence.kind = "transaction";
  silence.skip = 11;
  silence.fault.how = sim::Fault::How::Silence;
  world.fhir.add_fault(silence);
  auto backfill = world.program.start({"backfill"});
  backfill.until([&] { return world.program.checkpoint() == items[10].sequence; }, "the checkpoint to follow");
  CHECK(world.fhir.stats().requests["transaction"] == 12);
  backfill.signal(SIGKILL);
  CHECK(backfill.wait().signal == SIGKILL);
  CHECK(world.program.checkpoint() == items[10].sequence);
  world.fhir.clear_faults();
  auto outcome = world.program.backfill();
  CHECK(number(outcome.json(), "entries") == 9);
  CHECK(number(outcome.json(), "first_sequence") == items[11].sequence);
}

TEST_CASE("on SIGTERM and SIGINT the daemon lets the commit under way end, persists, and exits with 0 within 10 s") {
  auto signal = GENERATE(SIGTERM, SIGINT);
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(signal, mode);
  sim::FhirOptions fhir;
  fhir.journal_bodies = true;
  fhir.latency_of["transaction"] = std::chrono::milliseconds(150);
  World world(plain_feed(15, 5, 5), fhir, {"Engine:CommitMode=" + mode, "Engine:GroupMaxEntries=4"});
  auto daemon = world.program.start({"daemon"});
  daemon.until([&] { return world.fhir.stats().requests["transaction"] == 3; }, "the third transaction");
  daemon.signal(signal);
  auto outcome = daemon.wait(std::chrono::seconds(10));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  auto transactions = world.fhir.journal("transaction");
  CHECK(transactions.size() == 3);
  CHECK(transactions.back().status == 200);
  auto stored = world.stored_instances();
  auto checkpoint = world.program.checkpoint();
  for (const auto& item : world.dicom.items())
    CHECK((item.sequence <= checkpoint) == (stored.count(item.instance) == 1));
  world.fhir.set_latency("transaction", std::chrono::milliseconds(0));
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances().size() == 25);
}

TEST_CASE("SIGTERM ends a daemon that waits") {
  SECTION("for the next poll") {
    World world(plain_feed(16, 1, 2), {}, {"DicomCastWorker:PollInterval=01:00:00"});
    auto daemon = world.program.start({"daemon"});
    daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(3)).code == 0);
  }
  SECTION("for a retry") {
    World world(plain_feed(16, 1, 2), {},
                {"RetryConfiguration:FirstDelay=00:01:00", "RetryConfiguration:MaxDelay=00:01:00",
                 "RetryConfiguration:TotalRetryDuration=01:00:00"});
    sim::FaultRule rule;
    rule.kind = GENERATE(as<std::string>(), "transaction", "metadata", "");
    CAPTURE(rule.kind);
    world.fhir.add_fault(rule);
    auto daemon = world.program.start({"daemon"});
    daemon.until(
        [&] {
          return requests(world.fhir) > 0 && !world.fhir.journal(rule.kind.empty() ? "metadata" : rule.kind).empty();
        },
        "the fault");
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(3)).code == 0);
    CHECK(world.program.checkpoint() == 0);
  }
  SECTION("for a feed that does not answer") {
    World world;
    sim::FaultRule rule;
    rule.fault.how = sim::Fault::How::Silence;
    world.dicom.add_fault(rule);
    auto daemon = world.program.start({"daemon"});
    daemon.until([&] { return requests(world.dicom) > 0; }, "the feed to be asked");
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(10)).code == 0);
  }
  SECTION("for an answer to a transaction that never comes") {
    World world(plain_feed(16, 1, 2), {}, {"Engine:CommitMode=PerEntry"});
    sim::FaultRule rule;
    rule.kind = "transaction";
    rule.fault.how = sim::Fault::How::Silence;
    world.fhir.add_fault(rule);
    auto daemon = world.program.start({"daemon"});
    daemon.until([&] { return !world.fhir.journal("transaction").empty(); }, "the transaction");
    daemon.signal(SIGTERM);
    CHECK(daemon.wait(std::chrono::seconds(10)).code == 0);
    CHECK(world.program.checkpoint() == 0);
    world.fhir.clear_faults();
    CHECK(world.program.backfill().code == 0);
    CHECK(world.stored_instances().size() == 2);
  }
}

TEST_CASE("the daemon brings what arrives, in order, and waits out services that go away and come back") {
  World world;
  auto daemon = world.program.start({"daemon"});
  auto caught_up = [&] {
    daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
  };
  world.create({.instance = "1.2.3.1.1"});
  world.create({.instance = "1.2.3.1.2"});
  caught_up();
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.3.1.1", "1.2.3.1.2"});
  world.update({.instance = "1.2.3.1.1", .patient = "PAT-2"});
  world.remove({.instance = "1.2.3.1.2"});
  caught_up();
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.3.1.1"});
  CHECK(world.patient_ids() == std::multiset<std::string>{"PAT-1", "PAT-2"});

  sim::FaultRule away;
  away.fault.how = sim::Fault::How::Reset;
  world.dicom.add_fault(away);
  auto asked = requests(world.dicom);
  daemon.until([&] { return requests(world.dicom) > asked + 5; }, "the feed to be asked again and again");
  world.dicom.clear_faults();
  world.create({.instance = "1.2.3.1.4"});
  caught_up();
  CHECK(world.stored_instances().count("1.2.3.1.4") == 1);
  auto said = daemon.err();
  auto first = said.find("out of reach");
  CHECK(first != std::string::npos);
  CHECK(said.find("out of reach", first + 1) == std::string::npos);
  CHECK(contains(said, "answers again"));
  daemon.signal(SIGTERM);
  CHECK(daemon.wait().code == 0);
  CHECK(world.program.rows().empty());
}

TEST_CASE("a daemon that is started before the services waits for them") {
  std::uint16_t dicom_port = 0, fhir_port = 0;
  {
    World reserved;
    dicom_port = reserved.dicom.port();
    fhir_port = reserved.fhir.port();
  }
  auto url = [](std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); };
  Program program(url(dicom_port), url(fhir_port), {"RetryConfiguration:TotalRetryDuration=00:00:00.050"});
  auto daemon = program.start({"daemon"});
  daemon.until([&] { return contains(daemon.err(), "waiting"); }, "it to say that it waits");
  sim::FhirOptions fhir;
  fhir.port = fhir_port;
  sim::FhirService fhir_service(fhir);
  auto dicom = plain_feed(17, 2, 2);
  dicom.port = dicom_port;
  sim::DicomService dicom_service(dicom);
  daemon.until([&] { return program.checkpoint() == dicom_service.latest_sequence(); }, "the checkpoint");
  CHECK(fhir_service.count("ImagingStudy") == 2);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait().code == 0);
  CHECK(program.rows().empty());
}
