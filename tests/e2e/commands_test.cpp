// Each command from outside: what it prints, its JSON, its exit code.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

sim::DicomOptions numbered_feed() {
  auto feed = plain_feed(61, 4, 5);
  feed.generated->gap_every = 0;
  return feed;
}

} // namespace

TEST_CASE("backfill --json prints one object with all counts") {
  World world(mixed_feed(60, 6));
  auto outcome = world.program.backfill();
  REQUIRE(outcome.lines().size() == 1);
  auto json = outcome.json();
  for (const char* name : {"first_sequence", "last_sequence", "entries", "committed", "unchanged", "skipped", "failed",
                           "invalid_tags", "retries", "transactions", "seconds", "entries_per_second"})
    CHECK(json.find(name));
  CHECK(number(json, "committed") + number(json, "unchanged") + number(json, "skipped") + number(json, "failed") ==
        number(json, "entries"));
  CHECK(outcome.out.find('\n') == outcome.out.size() - 1);
  CHECK(number(json, "transactions") == static_cast<std::int64_t>(world.fhir.journal("transaction").size()));
}

TEST_CASE("backfill is bounded by --from and --to, both inclusive, and moves the checkpoint over what was done alone") {
  World world(numbered_feed());
  auto middle = world.program.backfill({"--from", "6", "--to", "10"});
  CHECK(middle.code == 0);
  CHECK(number(middle.json(), "first_sequence") == 6);
  CHECK(number(middle.json(), "last_sequence") == 10);
  CHECK(world.program.checkpoint() == 0);
  auto first = world.program.backfill({"--to", "3"});
  CHECK(number(first.json(), "entries") == 3);
  CHECK(world.program.checkpoint() == 3);
  auto overlapping = world.program.backfill({"--from", "2", "--to", "8"});
  CHECK(number(overlapping.json(), "entries") == 7);
  CHECK(world.program.checkpoint() == 8);
  auto back = world.program.backfill({"--from", "1", "--to", "2"});
  CHECK(back.code == 0);
  CHECK(world.program.checkpoint() == 8);
  auto rest = world.program.backfill();
  CHECK(number(rest.json(), "first_sequence") == 9);
  CHECK(world.program.checkpoint() == 20);
  CHECK(world.stored_instances().size() == 20);
}

TEST_CASE("backfill --commit-mode wins over the configuration") {
  World world(numbered_feed());
  auto outcome = world.program.backfill({"--commit-mode", "per-entry", "--set", "Engine:CommitMode=Grouped"});
  CHECK(number(outcome.json(), "transactions") == 20);
  auto grouped = world.another({"StateStore:Path=other.db"});
}

TEST_CASE("status tells checkpoint, latest sequence, lag, and rows per table") {
  World world(numbered_feed());
  world.create({.study = "1.2.9", .modality = "not valid!"});
  auto before = world.program.status();
  CHECK(number(before, "synced_sequence") == 0);
  CHECK(number(before, "latest_sequence") == 21);
  CHECK(number(before, "lag") == 21);
  CHECK(world.program.backfill().code == 3);
  auto outcome = world.program.run({"status", "--json"});
  CHECK(outcome.code == 0);
  auto after = outcome.json();
  CHECK(number(after, "synced_sequence") == 21);
  CHECK(!after.text("synced_date").empty());
  CHECK(number(after, "lag") == 0);
  for (const char* table :
       {"InvalidDicomTagExceptionTable", "DicomFailToStoreExceptionTable", "FhirFailToStoreExceptionTable",
        "TransientRetryExceptionTable", "TransientFailureExceptionTable"})
    CHECK(number(at(after, "errors"), table) == (std::string(table) == "DicomFailToStoreExceptionTable"));
  auto plain = world.program.run({"status"});
  CHECK(plain.code == 0);
  CHECK(contains(plain.out, "21"));
}

TEST_CASE("for people, one of a thing is told as one") {
  World world;
  world.create({});
  auto one = world.program.run({"backfill"});
  CHECK(contains(one.out, "1 entry (sequence 1) in"));
  CHECK(contains(one.out, "1 transaction taking"));
  CHECK(contains(one.out, "0 retries, 0 invalid tags"));
  for (auto* study : {"1.2.4", "1.2.5"})
    world.create({.study = study});
  CHECK(contains(world.program.run({"backfill"}).out, "2 entries (sequences 2 to 3) in"));
}

TEST_CASE("errors lists rows by filter, and replay processes failed entries again, in order, once") {
  World world;
  auto one = world.create({.study = "1.2.1"});
  auto two = world.create({.study = "1.2.2", .patient = "PAT-2"});
  auto three = world.create({.study = "1.2.2", .instance = "1.2.2.1.2", .patient = "PAT-2"});
  sim::RefuseRule refusal;
  refusal.type = "ImagingStudy";
  refusal.pattern = "urn:oid:1\\.2\\.[12]\"";
  world.fhir.configure([&](sim::FhirOptions& options) { options.refuse = {refusal}; });
  CHECK(world.program.backfill().code == 3);

  auto rows = world.program.rows();
  REQUIRE(rows.size() == 3);
  for (const char* name : {"table", "sequence", "study_instance_uid", "series_instance_uid", "sop_instance_uid",
                           "exception", "message", "retry_count", "timestamp"})
    CHECK(rows[0].find(name));
  CHECK(number(rows[0], "sequence") == one);
  CHECK(world.program.rows({"--study", "1.2.2"}).size() == 2);
  CHECK(world.program.rows({"--since-sequence", std::to_string(three)}).size() == 1);
  CHECK(world.program.rows({"--table", "TransientFailure"}).empty());
  CHECK(world.program.run({"errors", "--table", "NoSuchTable"}).code == 2);

  auto still = world.program.run({"errors", "replay"});
  CHECK(still.code == 3);
  CHECK(world.program.rows().size() == 3);
  CHECK(world.program.rows({"--all"}).size() == 6);

  world.fhir.configure([](sim::FhirOptions& options) { options.refuse.clear(); });
  auto filtered = world.program.run({"errors", "replay", "--study", "1.2.1"});
  CHECK(filtered.code == 0);
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.1.1.1"});
  CHECK(world.program.rows().size() == 2);
  auto rest = world.program.run({"errors", "replay"});
  CHECK(rest.code == 0);
  CHECK(contains(rest.err, "2 entries"));
  CHECK(!contains(rest.err, " of ")); // all that there was to replay, not all of the feed
  CHECK(world.stored_instances().size() == 3);
  CHECK(world.program.rows().empty());
  for (const auto& row : world.program.rows({"--all"}))
    CHECK(!row.text("replayed_at").empty());
  CHECK(world.program.run({"errors", "replay"}).code == 0);
  CHECK(world.program.checkpoint() == three);
  CHECK(two < three);
}

TEST_CASE("a failed delete whose instance is there again is passed over by replay") {
  World world;
  world.create({.study = "1.2.1"});
  CHECK(world.program.backfill().code == 0);
  sim::FaultRule rule;
  rule.kind = "transaction";
  rule.fault.status = 422;
  world.fhir.add_fault(rule);
  world.remove({.study = "1.2.1"});
  CHECK(world.program.backfill().code == 3);
  world.fhir.clear_faults();
  world.create({.study = "1.2.1"});
  CHECK(world.program.backfill().code == 0);
  auto replay = world.program.run({"errors", "replay"});
  INFO(replay.err);
  CHECK(replay.code == 0);
  CHECK(world.stored_instances().size() == 1);
  CHECK(world.program.rows().empty());
}

TEST_CASE("map prints the Bundle that an entry would cause, and sends nothing") {
  World world;
  std::string entry;
  sim::write_item(entry_of("Create", {}), true, sim::Keys::Pascal, entry);
  auto file = world.program.folder.write("entry.json", entry);
  auto outcome = world.program.run({"map", file});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  auto bundle = Json::parse(outcome.out).value();
  CHECK(bundle.text("resourceType") == "Bundle");
  CHECK(bundle.text("type") == "transaction");
  REQUIRE(bundle.items("entry").size() == 3);
  const char* types[] = {"Patient", "Endpoint", "ImagingStudy"};
  for (std::size_t e = 0; e < 3; ++e) {
    const auto& each = bundle.items("entry")[e];
    CHECK(text_at(each, "resource.resourceType") == types[e]);
    CHECK(text_at(each, "request.method") == "POST");
    CHECK(contains(each.text("fullUrl"), "urn:uuid:"));
  }
  CHECK(world.fhir.journal().empty());
  CHECK(world.dicom.journal().empty());

  world.create({});
  REQUIRE(world.program.backfill().code == 0);
  std::vector<std::string> command = {"map", file};
  int count = 0;
  for (const auto& resource : world.fhir.resources()) {
    command.push_back("--existing");
    command.push_back(world.program.folder.write("existing" + std::to_string(++count), resource));
  }
  auto unchanged = world.program.run(command);
  CHECK(unchanged.code == 0);
  CHECK(Json::parse(unchanged.out).value().items("entry").empty());
  CHECK(world.program.run({"map", world.program.folder.path("absent.json")}).code == 2);
}

TEST_CASE("check says that all is well, or in words what is not") {
  World world(numbered_feed());
  auto good = world.program.run({"check"});
  CAPTURE(good.out, good.err);
  CHECK(good.code == 0);
  CHECK(world.fhir.stats().requests["transaction"] == 0);
  world.fhir.configure([](sim::FhirOptions& options) { options.fhir_version = "5.0.0"; });
  auto version = world.program.run({"check"});
  CHECK(version.code == 4);
  CHECK(contains(version.out + version.err, "5.0.0"));
  world.fhir.configure([](sim::FhirOptions& options) { options.fhir_version = "4.0.1", options.transactions = false; });
  CHECK(world.program.run({"check"}).code == 4);
  world.fhir.configure([](sim::FhirOptions& options) { options.transactions = true; });
  world.dicom.set_authorizations({"Bearer other"});
  auto locked = world.program.run({"check"});
  CHECK(locked.code == 4);
  CHECK(contains(locked.out + locked.err, "401"));
}

TEST_CASE("reset sets the checkpoint, and the next backfill goes on from there") {
  World world(numbered_feed());
  CHECK(world.program.backfill().code == 0);
  CHECK(world.program.run({"reset", "--to", "15"}).code == 0);
  CHECK(world.program.checkpoint() == 15);
  auto outcome = world.program.backfill();
  CHECK(number(outcome.json(), "first_sequence") == 16);
  CHECK(number(outcome.json(), "unchanged") == 5);
  CHECK(world.program.run({"reset"}).code == 2);
}

TEST_CASE("a wrong command line or configuration ends with 2 and names what is wrong") {
  World world;
  CHECK(world.program.run({"frobnicate"}).code == 2);
  CHECK(world.program.run({}).code == 2);
  auto key = world.program.run({"status", "--set", "Engine:LookAhed=5"});
  CHECK(key.code == 2);
  CHECK(contains(key.err, "Engine:LookAhed"));
  CHECK(contains(key.err, "Engine:LookAhead"));
  CHECK(world.program.run({"status", "--set", "Engine:LookAhead=many"}).code == 2);
  CHECK(world.program.run({"backfill", "--from", "5", "--to", "4"}).code == 2);
  CHECK(world.program.run({"backfill", "--commit-mode", "both"}).code == 2);
  CHECK(world.program.run({"--help"}).code == 0);
  CHECK(world.program.run({"backfill", "--help"}).code == 0);
  auto absent = world.program.start({"status", "--config", "/nonexistent.json"});
  CHECK(absent.wait().code == 2);
}

TEST_CASE("the option --set wins over the environment, the environment over the file") {
  World world(numbered_feed());
  world.program.environment = {{"mapping__profile", "Original"}, {"PATIENT__PatientSystemId", "urn:env"}};
  CHECK(world.program.backfill({"--set", "Patient:PatientSystemId=urn:set"}).code == 0);
  CHECK(world.only("Endpoint").text("address") == public_dicom_url); // profile Original
  CHECK(text_at(world.fhir.documents("Patient").front(), "identifier[0].system") == "urn:set");
}

TEST_CASE("a state file that is damaged or another's ends with 4 and is not touched") {
  World world(numbered_feed());
  std::string foreign = "This is somebody's letter and no database, whatever its name says. " + std::string(2000, '.');
  world.program.folder.write("state.db", foreign);
  for (std::string command : {"backfill", "status", "errors", "check"}) {
    auto outcome = world.program.run({command});
    CAPTURE(command, outcome.out, outcome.err);
    CHECK(outcome.code == 4);
    CHECK(contains(outcome.out + outcome.err, "state.db"));
  }
  CHECK(read_file(world.program.folder.path("state.db")) == foreign);
  CHECK(world.fhir.count("ImagingStudy") == 0);
}

TEST_CASE("no secret and no patient's data appear in what is logged") {
  auto feed = mixed_feed(63, 6);
  sim::FhirOptions fhir;
  fhir.authorizations = {"Basic dXNlcjpzZXNhbWU="};
  World world(feed, fhir,
              {"Fhir:Authentication:Enabled=true", "Fhir:Authentication:AuthenticationType=Basic",
               "Fhir:Authentication:BasicCredential:Username=user",
               "Fhir:Authentication:BasicCredential:Password=sesame"});
  sim::FaultRule rule;
  rule.every = 3;
  world.fhir.add_fault(rule);
  auto outcome = world.program.backfill();
  CHECK((outcome.code == 0 || outcome.code == 3));
  for (const char* word : {"sesame", "dXNlcjpzZXNhbWU=", "PAT0", "Nowak", "Smith", "Yamada"}) {
    CAPTURE(word, outcome.err);
    CHECK(!contains(outcome.err, word));
    CHECK(!contains(outcome.out, word));
  }
  for (const auto& row : world.program.rows())
    CHECK(!contains(row.text("message"), "sesame"));
}
