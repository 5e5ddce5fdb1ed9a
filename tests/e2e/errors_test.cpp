// What is wrong with an entry, or with the answer to it, and where it is recorded: a test a row of the table of cases
// and effects, as far as other files do not hold it (refusals, Pause, tokens: faults_test; malformed pages: feed_test;
// wrong Endpoints and several matches: identity_test).
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;
using How = sim::Fault::How;

namespace {

const std::vector<std::string> tables = {"InvalidDicomTag", "DicomFailToStore", "FhirFailToStore", "TransientRetry",
                                         "TransientFailure"};

std::string enforcement(bool on) {
  return std::string("DicomCast:Features:EnforceValidationOfTagValues=") + (on ? "true" : "false");
}

/// A birth date that is none and a series number that is none, beside a sex that is one.
Instance with_two_invalid_tags(std::string study = "1.2.3") {
  Instance instance;
  instance.study = std::move(study);
  instance.elements = {
      {"00100030", element("DA", "19991345")}, {"00200011", element("IS", "1a")}, {"00100040", element("CS", "F")}};
  return instance;
}

/// Whether a row names what it is about, and what is wrong with it.
void require_row(const Json& row, const std::string& table, std::int64_t sequence, const Instance& instance,
                 const std::vector<std::string>& said) {
  CAPTURE(row.to_text());
  CHECK(row.text("table") == table + "ExceptionTable");
  CHECK(number(row, "sequence") == sequence);
  CHECK(row.text("study_instance_uid") == instance.study);
  CHECK(row.text("series_instance_uid") == instance.series_uid());
  CHECK(row.text("sop_instance_uid") == instance.instance_uid());
  CHECK(!row.text("exception").empty());
  CHECK(!row.text("timestamp").empty());
  for (const auto& part : said)
    CHECK(contains(row.text("message"), part));
}

/// How many rows each table has, in the order of `tables`.
std::vector<std::int64_t> counts(const World& world) {
  auto status = world.program.status();
  std::vector<std::int64_t> all;
  for (const auto& table : tables)
    all.push_back(number(at(status, "errors"), table + "ExceptionTable"));
  return all;
}
using Counts = std::vector<std::int64_t>;

struct Trouble {
  std::string name; ///< of a patient whose entry has it
  sim::Fault fault;
};

/// What may go away by itself.
std::vector<Trouble> transient_troubles() {
  std::vector<Trouble> all;
  for (int status : {408, 409, 412, 425, 429, 502, 503, 504}) {
    sim::Fault fault;
    fault.status = status;
    all.push_back({"PAT-" + std::to_string(status), fault});
  }
  for (auto [name, how] : {std::pair("PAT-LATE", How::Silence),
                           {"PAT-CUT", How::CutOff},
                           {"PAT-NOJSON", How::NotJson},
                           {"PAT-EMPTY", How::Empty}}) {
    sim::Fault fault;
    fault.how = how;
    all.push_back({name, fault});
  }
  return all;
}

/// One entry a trouble, of a patient that the faulty request names. Searches go one by one, and are no batch.
struct TroubledWorld : World {
  TroubledWorld(const std::vector<Trouble>& troubles, const std::string& kind, std::int64_t times,
                const std::string& total)
      : World({}, without_batch(),
              {"Engine:CommitMode=PerEntry", "Engine:LookAhead=1", "Fhir:Timeout=00:00:00.300",
               "RetryConfiguration:FirstDelay=00:00:00.020", "RetryConfiguration:TotalRetryDuration=" + total}) {
    int study = 0;
    for (const auto& trouble : troubles) {
      sim::FaultRule rule;
      rule.kind = kind;
      rule.type = "Patient";
      rule.contains = trouble.name;
      rule.times = times;
      rule.fault = trouble.fault;
      fhir.add_fault(rule);
      create({.study = "1.2.3." + std::to_string(++study), .patient = trouble.name});
    }
  }
  static sim::FhirOptions without_batch() {
    sim::FhirOptions options;
    options.batch = false;
    return options;
  }
};

} // namespace

TEST_CASE("an optional tag that is invalid, not enforced: not mapped, a row for each, and the rest is committed") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  bool is_update = GENERATE(false, true);
  CAPTURE(mode, is_update);
  World world({}, {}, {"Engine:CommitMode=" + mode, enforcement(false)});
  auto instance = with_two_invalid_tags();
  auto sequence = is_update ? world.update(instance) : world.create(instance);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(number(outcome.json(), "committed") == 1);
  CHECK(number(outcome.json(), "invalid_tags") == 2);
  CHECK(number(outcome.json(), "failed") == 0);
  CHECK(counts(world) == Counts{2, 0, 0, 0, 0});
  auto rows = world.program.rows();
  REQUIRE(rows.size() == 2);
  require_row(rows[0], "InvalidDicomTag", sequence, instance, {"PatientBirthDate (0010,0030)", "19991345"});
  require_row(rows[1], "InvalidDicomTag", sequence, instance, {"SeriesNumber (0020,0011)", "1a"});
  auto patient = world.only("Patient");
  CHECK(patient.text("gender") == "female");
  CHECK_FALSE(patient.find("birthDate"));
  auto series = at(world.only("ImagingStudy"), "series[0]");
  CHECK_FALSE(series.find("number"));
  CHECK(series.items("instance").size() == 1);
}

TEST_CASE("an optional tag that is invalid, enforced: nothing is committed, one row in DicomFailToStore") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  bool is_update = GENERATE(false, true);
  CAPTURE(mode, is_update);
  World world({}, {}, {"Engine:CommitMode=" + mode, enforcement(true)});
  auto instance = with_two_invalid_tags();
  auto sequence = is_update ? world.update(instance) : world.create(instance);
  world.create({.study = "1.2.4", .patient = "PAT-2"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(number(outcome.json(), "failed") == 1);
  CHECK(number(outcome.json(), "invalid_tags") == 0);
  CHECK(counts(world) == Counts{0, 1, 0, 0, 0});
  auto rows = world.program.rows();
  REQUIRE(rows.size() == 1);
  require_row(rows[0], "DicomFailToStore", sequence, instance,
              {"PatientBirthDate (0010,0030)", "19991345", "SeriesNumber (0020,0011)", "1a"});
  CHECK(world.patient_ids() == std::multiset<std::string>{"PAT-2"});
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.4.1.1"});
  CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
}

TEST_CASE("invalid optional tags have their rows also where FHIR then refuses the rest") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  CAPTURE(mode);
  World world({}, {},
              {"Engine:CommitMode=" + mode, enforcement(false), "RetryConfiguration:TotalRetryDuration=00:00:00.200"});
  auto instance = with_two_invalid_tags();
  auto before = world.create({.study = "1.2.1", .patient = "PAT-2"});
  auto sequence = world.create(instance);
  world.create({.study = "1.2.5", .patient = "PAT-3"});
  std::string table = "FhirFailToStore";
  SECTION("by a refused transaction") {
    sim::RefuseRule refusal;
    refusal.type = "ImagingStudy";
    refusal.pattern = "urn:oid:1\\.2\\.3\"";
    world.fhir.configure([&](sim::FhirOptions& options) { options.refuse = {refusal}; });
  }
  SECTION("by several matches of a search") {
    for (int twin = 0; twin < 2; ++twin)
      world.fhir.preload(R"({"resourceType":"Patient","identifier":[{"value":"PAT-1"}]})");
  }
  SECTION("by not being there for TotalRetryDuration") {
    table = "TransientFailure";
    sim::FaultRule rule;
    rule.kind = "transaction";
    rule.contains = "urn:oid:1.2.3\"";
    world.fhir.add_fault(rule);
  }
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(number(outcome.json(), "invalid_tags") == 2);
  auto invalid = world.program.rows_of("InvalidDicomTag"), failed = world.program.rows_of(table);
  REQUIRE(invalid.size() == 2);
  REQUIRE(failed.size() == 1);
  for (auto& row : invalid)
    require_row(row, "InvalidDicomTag", sequence, instance, {});
  require_row(failed[0], table, sequence, instance, {});
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.1.1.1", "1.2.5.1.1"});
  CHECK(before < sequence);
}

TEST_CASE("a required tag missing or invalid, enforced or not: nothing committed, one row that names all, no other") {
  bool enforced = GENERATE(false, true);
  std::string mode = GENERATE("PerEntry", "Grouped");
  std::string action = GENERATE("Create", "Update");
  CAPTURE(enforced, mode, action);
  World world({}, {}, {"Engine:CommitMode=" + mode, enforcement(enforced)});
  std::map<std::int64_t, std::vector<std::string>> expected; // what the row of each entry must name
  auto add = [&](const auto& spoil, std::vector<std::string> named) {
    auto instance = with_two_invalid_tags(); // one of its own, since an entry carries its instance's newest metadata
    instance.instance = "1.2.3.1." + std::to_string(expected.size() + 1);
    auto item = entry_of(action, instance);
    spoil(item);
    expected[world.dicom.append(item)] = std::move(named);
  };
  auto replace = [](const std::string& tag, const std::string& value) {
    return [=](sim::FeedItem& item) {
      auto dataset = *Json::parse(item.metadata);
      dataset.erase(tag);
      if (!value.empty())
        dataset.set(tag, *Json::parse(value));
      item.metadata = dataset.to_text();
    };
  };
  for (const auto& [tag, label, wrong] :
       {std::tuple("00100020", "PatientID (0010,0020)", R"({"vr":"LO","Value":["A\\B"]})"),
        {"00080060", "Modality (0008,0060)", R"({"vr":"CS","Value":["ct"]})"},
        {"00080016", "SOPClassUID (0008,0016)", R"({"vr":"UI","Value":["1.02"]})"}})
    for (std::string value :
         {"", R"({"vr":"UN"})", R"({"vr":"UN","Value":["  "]})", R"({"vr":"UN","Value":["1","2"]})", wrong})
      add(replace(tag, value), {label});
  for (std::string value : {"", "1.02", "x"}) {
    add([&](sim::FeedItem& item) { item.study = value; }, {"StudyInstanceUID (0020,000D)"});
    add([&](sim::FeedItem& item) { item.series = value; }, {"SeriesInstanceUID (0020,000E)"});
    add([&](sim::FeedItem& item) { item.instance = value; }, {"SOPInstanceUID (0008,0018)"});
  }
  add(replace("0020000D", R"({"vr":"UI","Value":["1..2"]})"), {"StudyInstanceUID (0020,000D)"});
  add(
      [&](sim::FeedItem& item) {
        item.study = item.series = item.instance = "01";
        item.metadata = R"({"00080060":{"vr":"CS","Value":["ct"]}})";
      },
      {"StudyInstanceUID (0020,000D)", "SeriesInstanceUID (0020,000E)", "SOPInstanceUID (0008,0018)",
       "SOPClassUID (0008,0016)", "Modality (0008,0060)", "PatientID (0010,0020)"});

  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  auto failed = static_cast<std::int64_t>(expected.size());
  CHECK(number(outcome.json(), "failed") == failed);
  CHECK(number(outcome.json(), "transactions") == 0);
  CHECK(counts(world) == Counts{0, failed, 0, 0, 0});
  for (const auto& row : world.program.rows()) {
    CAPTURE(row.to_text());
    CHECK(row.text("table") == "DicomFailToStoreExceptionTable");
    for (const auto& label : expected.at(number(row, "sequence")))
      CHECK(contains(row.text("message"), label));
    CHECK(!contains(row.text("message"), "PatientBirthDate"));
  }
  CHECK(world.fhir.resources().empty());
}

TEST_CASE("every attribute is checked whatever the FHIR service holds and whether or not it would be written") {
  bool enforced = GENERATE(false, true);
  CAPTURE(enforced);
  World world({}, {}, {"Patient:Policy=CreateOnly", enforcement(enforced)});
  world.fhir.preload(R"({"resourceType":"Patient","identifier":[{"value":"PAT-1"}]})");
  auto patient = world.fhir.resources("Patient").front();
  Instance instance;
  instance.elements = {{"00100010", element("PN", "A^B^C^D^E^F")},
                       {"00100030", element("DA", "1999")},
                       {"00080030", element("TM", "2500")}};
  world.create(instance);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == (enforced ? 3 : 0));
  CHECK(counts(world) == (enforced ? Counts{0, 1, 0, 0, 0} : Counts{3, 0, 0, 0, 0}));
  CHECK(world.fhir.resources("Patient") == std::vector<std::string>{patient});
  CHECK(world.stored_instances().size() == (enforced ? 0 : 1));
}

TEST_CASE("what may go away is retried, and each retry is a row in TransientRetry") {
  std::string kind = GENERATE("transaction", "search");
  CAPTURE(kind);
  auto troubles = transient_troubles();
  TroubledWorld world(troubles, kind, 2, "00:00:20");
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  std::map<std::int64_t, std::vector<Json>> rows;
  for (const auto& row : world.program.rows())
    rows[number(row, "sequence")].push_back(row);
  std::int64_t retries = 0;
  for (std::size_t at = 0; at < troubles.size(); ++at) {
    auto& [name, fault] = troubles[at];
    auto& own = rows[static_cast<std::int64_t>(at + 1)];
    CAPTURE(name);
    // A transaction whose answer was broken was done: sent again it meets what it made, which is a conflict.
    bool is_done = kind == "transaction" && fault.how != How::Status && fault.how != How::Silence;
    REQUIRE(own.size() == (is_done ? 3 : 2));
    for (auto& row : own)
      CHECK(number(row, "retry_count") == &row - own.data() + 1);
    if (fault.how == How::Status)
      CHECK(contains(own[0].text("message"), std::to_string(fault.status)));
    retries += static_cast<std::int64_t>(own.size());
  }
  CHECK(number(outcome.json(), "retries") == retries);
  CHECK(counts(world) == Counts{0, 0, 0, retries, 0});
  CHECK(world.stored_instances().size() == troubles.size());
}

TEST_CASE("what does not go away within TotalRetryDuration is one row in TransientFailure, however it fails") {
  std::string kind = GENERATE("transaction", "search");
  CAPTURE(kind);
  auto troubles = transient_troubles();
  sim::Fault no_connection;
  no_connection.how = How::Reset;
  troubles.push_back({"PAT-RESET", no_connection});
  sim::Fault much_later; // longer than there is time
  much_later.status = 503;
  much_later.retry_after = "3600";
  troubles.push_back({"PAT-AFTER", much_later});
  TroubledWorld world(troubles, kind, -1, "00:00:00.150");
  world.create({.study = "1.2.4", .patient = "PAT-WELL"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  auto failed = static_cast<std::int64_t>(troubles.size());
  CHECK(number(outcome.json(), "failed") == failed);
  auto all = counts(world);
  CHECK(all[4] == failed);
  CHECK(all[3] >= failed);
  CHECK(all[0] + all[1] + all[2] == 0);
  auto rows = world.program.rows_of("TransientFailure");
  REQUIRE(rows.size() == troubles.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    CAPTURE(troubles[at].name);
    CHECK(number(rows[at], "sequence") == static_cast<std::int64_t>(at + 1));
  }
  CHECK(contains(world.stored_instances().empty() ? "" : *world.stored_instances().rbegin(), "1.2.4.1.1"));
}

TEST_CASE("500 for ever to a search is retried three times, then recorded") {
  sim::Fault fault;
  fault.status = 500;
  TroubledWorld world({{"PAT-500", fault}}, "search", -1, "00:00:20");
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(counts(world) == Counts{0, 0, 1, 3, 0});
  CHECK(contains(world.program.rows_of("FhirFailToStore").at(0).text("message"), "500"));
}

TEST_CASE("JSON that is not the answer to a search is FhirFailToStore, not a retry for ever") {
  sim::Fault fault;
  fault.status = 200;
  fault.body = GENERATE(as<std::string>(), R"({"resourceType":"Patient","id":"1"})", "[]", "7", "{}");
  CAPTURE(fault.body);
  TroubledWorld world({{"PAT-ODD", fault}}, "search", -1, "00:00:20");
  world.create({.study = "1.2.4", .patient = "PAT-2"});
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 3);
  CHECK(counts(world) == Counts{0, 0, 1, 0, 0});
  CHECK(world.stored_instances() == std::multiset<std::string>{"1.2.4.1.1"});
}

TEST_CASE("a row says what the service answered: the status and its outcome's code, diagnostics and text") {
  std::string kind = GENERATE("transaction", "search");
  CAPTURE(kind);
  sim::Fault fault;
  fault.status = 422;
  fault.body = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"business-rule",)"
               R"("diagnostics":"a rule of the house","details":{"text":"not on Sundays"}}]})";
  TroubledWorld world({{"PAT-422", fault}}, kind, -1, "00:00:20");
  CHECK(world.program.backfill().code == 3);
  auto rows = world.program.rows();
  REQUIRE(rows.size() == 1);
  require_row(rows[0], "FhirFailToStore", 1, {.study = "1.2.3.1"},
              {"422", "business-rule", "a rule of the house", "not on Sundays"});
}

TEST_CASE("a feed that goes away in the middle ends a backfill with 4 after TotalRetryDuration, and records nothing") {
  World world(plain_feed(81, 4, 10), {},
              {"Engine:FeedPageSize=10", "RetryConfiguration:TotalRetryDuration=00:00:00.300"});
  sim::FaultRule rule;
  rule.kind = "feed";
  rule.skip = 2;
  rule.fault.status = GENERATE(503, 500);
  world.dicom.add_fault(rule);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(counts(world) == Counts{0, 0, 0, 0, 0});
  auto done = static_cast<std::size_t>(world.program.checkpoint());
  CHECK(done < 40);
  CHECK(world.stored_instances().size() == done);
  world.dicom.clear_faults();
  CHECK(world.program.backfill().code == 0);
  CHECK(world.stored_instances().size() == 40);
}
