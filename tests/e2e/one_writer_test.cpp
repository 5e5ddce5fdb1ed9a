// One writer at a time, with real processes: who comes second, who was killed, who stands by, and who loses the store.
#include "tests/e2e/world.hpp"
#include "tests/sim/table_service.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

/// A daemon that has caught up and waits for the next entry.
struct Caught {
  explicit Caught(World& world, const Program& program) : daemon(program.start({"daemon"})) {
    daemon.until([&] { return program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
  }
  Process daemon;
};

void check_refused(const Outcome& outcome, std::string_view first) {
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "is held by another dicomcast (" + std::string(first) + " on host "));
  CHECK(contains(outcome.err, ", process "));
  CHECK(contains(outcome.err, ", since 20"));
}

std::vector<std::string> in_tables(const sim::TableService& tables, std::vector<std::string> more = {}) {
  more.push_back("TableStore:ConnectionString=" + tables.connection_string());
  return more;
}

std::string entry_file(const World& world) {
  return world.program.folder.write("entry.json", R"({"Sequence":1,"Action":"delete","State":"deleted",)"
                                                  R"("StudyInstanceUid":"1.2","SeriesInstanceUid":"1.2.3",)"
                                                  R"("SopInstanceUid":"1.2.3.4"})");
}

} // namespace

TEST_CASE("beside a daemon each command that writes ends with 4 and names it, and those that read run") {
  World world(plain_feed(21, 2, 2));
  Caught first(world, world.program);
  const auto checkpoint = world.program.checkpoint();
  const std::vector<std::vector<std::string>> writers = {
      {"backfill"}, {"daemon"}, {"errors", "replay"}, {"reset", "--to", "0"}};
  for (const auto& writer : writers) {
    INFO(writer.front());
    check_refused(world.program.run(writer, std::chrono::seconds(10)), "daemon");
  }
  CHECK(world.program.checkpoint() == checkpoint);
  CHECK(world.program.run({"status"}).code == 0);
  CHECK(world.program.run({"errors"}).code == 0);
  CHECK(world.program.run({"check"}).code == 0);
  CHECK(world.program.run({"map", entry_file(world)}).code == 0);
  first.daemon.signal(SIGTERM);
  CHECK(first.daemon.wait().code == 0);
  CHECK(world.program.run({"reset", "--to", "0"}).code == 0);
  CHECK(world.program.backfill().code == 0);
}

TEST_CASE("the hold of a process that was killed with -9 ends at once on SQLite") {
  World world(plain_feed(22, 2, 2), {}, {"Engine:CommitMode=PerEntry"});
  sim::FaultRule silence;
  silence.kind = "transaction";
  silence.fault.how = sim::Fault::How::Silence;
  world.fhir.add_fault(silence);
  auto first = world.program.start({"backfill"});
  first.until([&] { return !world.fhir.journal("transaction").empty(); }, "the transaction");
  check_refused(world.program.run({"backfill"}, std::chrono::seconds(10)), "backfill");
  first.signal(SIGKILL);
  CHECK(first.wait().signal == SIGKILL);
  world.fhir.clear_faults();
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances().size() == 4);
}

TEST_CASE("a daemon with StateStore:Lease = Wait stands by, says so once, and takes over") {
  World world(plain_feed(23, 1, 2), {}, {"StateStore:Lease=Wait"});
  Caught first(world, world.program);
  auto second = world.program.start({"daemon"});
  second.until([&] { return contains(second.err(), "stands by: "); }, "it to stand by");
  CHECK(contains(second.err(), "held by another dicomcast (daemon on host "));
  SECTION("when the first one ends") {
    first.daemon.signal(GENERATE(SIGTERM, SIGKILL));
    first.daemon.wait();
    world.create({.instance = "1.2.3.1.9"});
    second.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
    CHECK(world.stored_instances().count("1.2.3.1.9") == 1);
    CHECK(contains(second.err(), "the standby takes over"));
    const auto said = second.err();
    CHECK(said.find("stands by", said.find("stands by") + 1) == std::string::npos);
  }
  SECTION("unless it is stopped before") {}
  second.signal(SIGTERM);
  CHECK(second.wait(std::chrono::seconds(5)).code == 0);
}

TEST_CASE("in tables a second process is refused, and the hold of a killed one ends with its lease") {
  sim::TableService tables;
  World world(plain_feed(24, 2, 2), {}, in_tables(tables, {"StateStore:LeaseDuration=00:00:03"}));
  Caught first(world, world.program);
  check_refused(world.program.run({"backfill"}), "daemon");
  check_refused(world.program.run({"reset", "--to", "0"}), "daemon");
  first.daemon.signal(SIGKILL);
  first.daemon.wait();
  check_refused(world.program.run({"reset", "--to", "0"}), "daemon");
  const auto killed = std::chrono::steady_clock::now();
  Outcome outcome;
  while ((outcome = world.program.backfill()).code == 4 &&
         std::chrono::steady_clock::now() - killed < std::chrono::seconds(20)) {
  }
  CHECK(outcome.code == 0);
  CHECK(std::chrono::steady_clock::now() - killed < std::chrono::seconds(3 + 5));
  CHECK(world.program.run({"reset", "--to", "0"}).code == 0); // and a hold that was let go is free at once
}

TEST_CASE("a daemon whose lease cannot be renewed ends with 4, and starts no commit when it nears its end") {
  sim::TableService tables;
  World world(plain_feed(25, 1, 2), {}, in_tables(tables, {"StateStore:LeaseDuration=00:00:02"}));
  Caught first(world, world.program);
  sim::FaultRule refused;
  refused.kind = "write";
  refused.contains = "LeaseRowKey";
  tables.add_fault(refused);
  const auto outcome = first.daemon.wait(std::chrono::seconds(15));
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "the lease of the state store is lost: it could not be renewed in time"));
  tables.clear_faults();
}

TEST_CASE("a state folder that is deleted under a daemon is told, and ends it with 4") {
  World world(plain_feed(26, 1, 2));
  const TemporaryFolder folder;
  auto program = world.another({"StateStore:Path=" + folder.path("state/state.db")});
  std::filesystem::create_directory(folder.path("state"));
  Caught first(world, program);
  std::filesystem::remove_all(folder.path("state"));
  const auto outcome = first.daemon.wait(std::chrono::seconds(10));
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "has been deleted or replaced while it was in use"));
}
