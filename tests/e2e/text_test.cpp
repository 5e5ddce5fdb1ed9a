// Text from outside on terminals and in logs: it forges no line and steers nothing. And what the log says of a failed
// entry.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

/// ESC and BEL, C1's CSI, a line separator, a right-to-left override.
const std::string hostile = "\x1b[2J\a\u009b1m\u2028\u202eend\nforged line";

/// The first of the characters that may not be shown; empty: there is none.
std::string steering_in(const std::string& text) {
  for (const auto* forbidden : {"\x1b", "\a", "\r", "\u009b", "\u2028", "\u202e", "\nforged"})
    if (contains(text, forbidden))
      return text.substr(text.find(forbidden) > 40 ? text.find(forbidden) - 40 : 0, 80);
  return {};
}

void check_shown(const Outcome& outcome) {
  CHECK(steering_in(outcome.out) == "");
  CHECK(steering_in(outcome.err) == "");
}

std::string refusal() {
  Json issue, outcome;
  issue.set("code", "invalid");
  issue.set("diagnostics", "no: " + hostile);
  outcome.set("resourceType", "OperationOutcome");
  outcome.array_at("issue").push_back(issue);
  return outcome.to_text();
}

} // namespace

TEST_CASE("control characters of UIDs and answers reach neither a terminal nor a log, and UIDs are cut in rows") {
  World world;
  auto entry = entry_of("Create", {.instance = "1.2.3.1.1"});
  entry.instance = "1.2" + hostile;
  entry.study = std::string(90, '1');
  world.dicom.append(entry);
  world.create({.instance = "1.2.3.1.2"});
  sim::FaultRule refused;
  refused.kind = "transaction";
  refused.fault.status = 422;
  refused.fault.body = refusal();
  world.fhir.add_fault(refused);
  auto outcome = world.program.run({"backfill", "--set", "Log:Level=debug"});
  CHECK(outcome.code == 3);
  CHECK(contains(outcome.err, "goes into"));
  check_shown(outcome);
  outcome = world.program.run({"errors"});
  CHECK(contains(outcome.out, "2 rows"));
  check_shown(outcome);
  const auto rows = world.program.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].text("study_instance_uid") == std::string(64, '1'));
  CHECK(rows[0].text("sop_instance_uid") == "1.2 [2J 1m end forged line");
  check_shown(world.program.run({"errors", "--json"}));

  refused.kind = "";
  world.fhir.add_fault(refused);
  sim::FaultRule broken;
  broken.fault.status = 400;
  broken.fault.body = refusal();
  world.dicom.add_fault(broken);
  for (const auto* command : {"check", "status", "backfill"}) {
    INFO(command);
    outcome = world.program.run({command});
    CHECK(outcome.code == 4);
    check_shown(outcome);
  }
}

TEST_CASE("map shows text from outside without control characters on stderr") {
  World world;
  Json entry = Json::object();
  entry.set("Sequence", Json::integer(1));
  entry.set("Action", "create");
  entry.set("State", "current");
  entry.set("StudyInstanceUid", "1.2" + hostile);
  entry.set("SeriesInstanceUid", "1.2.3");
  entry.set("SopInstanceUid", "1.2.3.4" + hostile);
  entry.set("Metadata", Json::object());
  const auto outcome =
      world.program.run({"map", world.program.folder.write("entry.json", entry.to_text()), "--explain"});
  CHECK(outcome.code == 3);
  CHECK(steering_in(outcome.err) == "");
}

TEST_CASE("an entry that goes into a table of failed entries is named in the log by sequence and table alone") {
  World world;
  const auto bad = world.create({.instance = "1.2.3.1.1", .elements = {{"00080060", ""}}});
  const auto good = world.create({.instance = "1.2.3.1.2", .elements = {{"00100040", element("CS", "X")}}});
  const auto outcome = world.program.backfill();
  CHECK(outcome.code == 3);
  INFO(outcome.err);
  CHECK(contains(outcome.err, " info entry " + std::to_string(bad) +
                                  " goes into DicomFailToStoreExceptionTable: InvalidRequiredTag\n"));
  CHECK_FALSE(contains(outcome.err, "entry " + std::to_string(good)));
  CHECK_FALSE(contains(outcome.err, "1.2.3"));
}

TEST_CASE("check says that the state store cannot be written, and leaves nothing") {
  World world(plain_feed(41, 1, 1));
  auto outcome = world.another({"StateStore:Path=/sys/kernel/dicomcast.db"}).run({"check"});
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.out, "WRONG  state store: "));
  CHECK(contains(outcome.out, "cannot be written"));
  const TemporaryFolder folder;
  outcome = world.another({"StateStore:Path=" + folder.path("state.db")}).run({"check"});
  CHECK(outcome.code == 0);
  CHECK(std::filesystem::is_empty(std::filesystem::path(folder.path("x")).parent_path()));
}
