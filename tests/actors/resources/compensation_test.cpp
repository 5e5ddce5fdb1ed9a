#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using io::fhir::Write;
using mapping::Json;

TEST_CASE("what a create tied to another's Patient is undone before the entry is recorded") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto entry = image(1, "abc-1", "1.2");
  set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {entry});
  CHECK(group->writes[0].kind == Write::Kind::Create);
  // The service's create of the Patient met ABC-1, which came in between; the study is tied to it now.
  set.settle(false, {}, true, t0);
  service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
  service.resources.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
  std::vector<std::int64_t> unresolved;
  PrepareRequest request;
  request.entries = {entry};
  CHECK_FALSE(set.prepare(request, t0, unresolved));
  service.answer_all(set);
  group = prepare(set, {entry});
  CHECK(group->is_compensation);
  REQUIRE(group->writes.size() == 1);
  CHECK(group->writes[0].kind == Write::Kind::Delete);
  CHECK(group->writes[0].id == "9");
  CHECK(group->writes[0].version == "3");
  set.settle(true, written(*group), false, t0);
  service.resources.pop_back();
  CHECK_FALSE(set.prepare(request, t0, unresolved));
  service.answer_all(set);
  group = prepare(set, {entry});
  CHECK_FALSE(group->is_compensation);
  CHECK(group->writes.empty());
  CHECK(group->rows.size() == 1);
}

TEST_CASE("a study that was there is put back and not deleted, where an earlier entry of the group had changed it") {
  for (bool is_there : {true, false}) {
    WorkingSet set(options(), "http://fhir", 1);
    Service service;
    service.resources.push_back(resource(
        R"({"resourceType":"Patient","id":"1","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"p"}]})"));
    if (is_there)
      service.resources.push_back(resource(
          R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/1"},
              "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
    auto first = image(1, "p", "1.2");
    auto moved = std::make_shared<mapping::MappedEntry>(*image(2, "abc-1", "1.2"));
    moved->is_update = true;
    set.add(first);
    set.add(moved);
    service.answer_all(set);
    auto group = prepare(set, {first, moved});
    CHECK(group->entries.size() == 1); // what the first writes is what an undo of the second goes back to
    set.settle(true, written(*group, "4"), false, t0);
    group = prepare(set, {moved});
    set.settle(false, {}, true, t0); // the create of the Patient met ABC-1
    service.resources.resize(1);
    service.resources.push_back(resource(
        R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
    service.resources.push_back(resource(
        R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"5","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
            "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
    std::vector<std::int64_t> unresolved;
    CHECK_FALSE(set.prepare(request_of({moved}), t0, unresolved));
    service.answer_all(set);
    group = prepare(set, {moved});
    REQUIRE(group->is_compensation);
    REQUIRE(group->writes.size() == 1);
    CHECK(group->writes[0].kind == Write::Kind::Update);
    CHECK(group->writes[0].version == "5");
    CHECK(instances_in(*group) == 1); // the first entry's
  }
}

TEST_CASE("what two creates of one group tied to others' Patients is undone for both") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "abc-1", "1.2"), second = image(2, "def-1", "1.3");
  set.add(first);
  set.add(second);
  service.answer_all(set);
  CHECK(prepare(set, {first, second})->entries.size() == 2);
  set.settle(false, {}, true, t0);
  for (
      auto text :
      {R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})",
       R"({"resourceType":"Patient","id":"8","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"DEF-1"}]})",
       R"({"resourceType":"ImagingStudy","id":"22","meta":{"versionId":"1"},"subject":{"reference":"Patient/7"},
            "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})",
       R"({"resourceType":"ImagingStudy","id":"33","meta":{"versionId":"1"},"subject":{"reference":"Patient/8"},
            "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.3"}]})"})
    service.resources.push_back(resource(text));
  std::vector<std::string> deleted;
  std::vector<EntryPtr> entries{first, second};
  for (int step = 0; step < 10 && !entries.empty(); ++step) {
    std::vector<std::int64_t> unresolved;
    auto group = set.prepare(request_of(entries), t0, unresolved);
    if (!group) {
      service.answer_all(set);
      continue;
    }
    for (auto& write : group->writes) {
      deleted.push_back(write.id);
      std::erase_if(service.resources, [&](auto& one) { return one.text("id") == write.id; });
    }
    set.settle(true, written(*group), false, t0);
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(group->entries.size()));
  }
  CHECK(entries.empty());
  CHECK(deleted == std::vector<std::string>{"22", "33"});
}

namespace {

constexpr const char* others_id = "7"; // ABC-1, which the service finds for abc-1

Service service_with_others_patient() {
  Service service;
  service.resources.push_back(patient(others_id, "ABC-1"));
  return service;
}

/// What the head comes to, from a state that no earlier transaction of this run has led to.
std::shared_ptr<const PreparedGroup> after_a_kill(WorkingSet& set, Service& service, const EntryPtr& entry) {
  set.add(entry);
  service.answer_all(set);
  return prepare(set, {entry});
}

} // namespace

TEST_CASE(
    "after a kill, a study that only holds the instance tied to another's Patient is deleted, then the entry fails") {
  WorkingSet set(options(), "http://fhir", 1);
  auto service = service_with_others_patient();
  service.resources.push_back(study("9", "1.2", others_id, {"1.2.1.1"}));
  auto entry = image(1, "abc-1", "1.2");
  auto group = after_a_kill(set, service, entry);
  REQUIRE(group->is_compensation);
  CHECK(group->entries.empty());
  CHECK(written_names(*group) == std::vector<std::string>{"delete ImagingStudy/9"});
  set.settle(true, written(*group), false, t0);
  service.resources.pop_back();
  group = prepare_found(set, service, request_of({entry}));
  CHECK_FALSE(group->is_compensation);
  CHECK(group->writes.empty());
  CHECK(group->results == std::vector{EntryResult::Failed});
}

TEST_CASE("after a kill, the instance alone is taken out of a study that holds others") {
  WorkingSet set(options(), "http://fhir", 1);
  auto service = service_with_others_patient();
  service.resources.push_back(study("9", "1.2", others_id, {"1.2.1.1", "1.2.1.5"}));
  auto group = after_a_kill(set, service, image(1, "abc-1", "1.2"));
  REQUIRE(group->is_compensation);
  REQUIRE(written_names(*group) == std::vector<std::string>{"write ImagingStudy/9"});
  CHECK(group->writes[0].version == "3");
  CHECK(group->writes[0].body.find("1.2.1.1\"") == std::string::npos);
  CHECK(group->writes[0].body.find("1.2.1.5\"") != std::string::npos);
}

TEST_CASE("after a kill, a report's Observations tied to another's Patient are deleted, and nobody else's") {
  WorkingSet set(options_with_observations(), "http://fhir", 1);
  auto service = service_with_others_patient();
  service.resources.push_back(study("9", "1.2", "5", {"1.2.1.1"})); // of another Patient: not this entry's doing
  service.resources.push_back(observation("a", "2.1", "1.2.1.1", others_id));
  service.resources.push_back(observation("b", "2.2", "1.2.1.1", "5"));
  auto report = std::make_shared<mapping::MappedEntry>(*image(1, "abc-1", "1.2"));
  report->is_structured_report = true;
  auto group = after_a_kill(set, service, report);
  REQUIRE(group->is_compensation);
  CHECK(written_names(*group) == std::vector<std::string>{"delete Observation/a"});
}

TEST_CASE("a study of another's Patient that does not hold the instance is left alone") {
  WorkingSet set(options(), "http://fhir", 1);
  auto service = service_with_others_patient();
  service.resources.push_back(study("9", "1.2", others_id, {"1.2.1.5"}));
  auto group = after_a_kill(set, service, image(1, "abc-1", "1.2"));
  CHECK_FALSE(group->is_compensation);
  CHECK(group->results == std::vector{EntryResult::Failed});
}

TEST_CASE("a group is cut before an entry that has something to take back") {
  WorkingSet set(options(), "http://fhir", 1);
  auto service = service_with_others_patient();
  service.resources.push_back(study("9", "1.2", others_id, {"1.2.1.2"}));
  auto first = image(1, "p", "1.3"), second = image(2, "abc-1", "1.2");
  set.add(first);
  set.add(second);
  service.answer_all(set);
  CHECK(prepare(set, {first, second})->entries.size() == 1);
}

TEST_CASE("what this run has tied to another's Patient goes back to the former text, not only without the instance") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  service.resources.push_back(study("9", "1.2", "5", {"1.2.1.8"}));
  auto entry = std::make_shared<mapping::MappedEntry>(*image(1, "abc-1", "1.2"));
  entry->is_update = true; // the subject follows the Patient
  set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {entry});
  set.settle(false, {}, true, t0); // its answer could not be understood
  service.resources.clear();
  service.resources.push_back(patient(others_id, "ABC-1"));
  service.resources.push_back(study("9", "1.2", others_id, {"1.2.1.8", "1.2.1.1"}));
  group = prepare_found(set, service, request_of({entry}));
  REQUIRE(group->is_compensation);
  REQUIRE(written_names(*group) == std::vector<std::string>{"write ImagingStudy/9"});
  auto put_back = *Json::parse(group->writes[0].body);
  CHECK(put_back.find("subject")->text("reference") == "Patient/5");
  CHECK(put_back.items("series")[0].items("instance").size() == 1);
}

TEST_CASE(
    "another's Endpoint whose identifier differs in case only fails the entry, and what is tied to it is taken back") {
  for (bool is_tied : {false, true}) {
    WorkingSet set(options(), "http://fhir", 1);
    Service service;
    service.resources.push_back(patient("1", "p"));
    service.resources.push_back(resource(
        R"({"resourceType":"Endpoint","id":"8","meta":{"versionId":"1"},"name":"theirs","address":"http://DICOM/v1",
            "identifier":[{"system":"urn:ietf:rfc:3986","value":"http://DICOM/v1"}]})"));
    if (is_tied) {
      auto tied = study("9", "1.2", "1", {"1.2.1.1", "1.2.1.5"});
      tied.array_at("endpoint").push_back(resource(R"({"reference":"Endpoint/8"})"));
      service.resources.push_back(tied);
    }
    auto entry = image(1, "p", "1.2");
    auto group = after_a_kill(set, service, entry);
    CHECK(group->is_compensation == is_tied);
    if (is_tied) {
      REQUIRE(written_names(*group) == std::vector<std::string>{"write ImagingStudy/9"});
      CHECK(group->writes[0].body.find("Endpoint/8") == std::string::npos);
      CHECK(group->writes[0].body.find("1.2.1.1\"") == std::string::npos);
      set.settle(true, written(*group), false, t0);
      service.resources.pop_back();
      group = prepare_found(set, service, request_of({entry}));
    }
    CHECK(group->writes.empty());
    REQUIRE(group->rows.size() == 1);
    CHECK(group->rows[0].table == io::ExceptionTable::FhirFailToStore);
    CHECK(group->rows[0].message.find("http://dicom/v1") != std::string::npos);
    CHECK(group->rows[0].message.find("http://DICOM/v1") != std::string::npos);
  }
}

TEST_CASE("an Endpoint of our name is ours although another's identifier differs from ours in case only") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  service.resources.push_back(resource(
      R"({"resourceType":"Endpoint","id":"8","meta":{"versionId":"1"},"name":"theirs","address":"http://DICOM/v1",
          "identifier":[{"system":"urn:ietf:rfc:3986","value":"http://DICOM/v1"}]})"));
  service.named = resource(
      R"({"resourceType":"Endpoint","id":"4","meta":{"versionId":"1"},"name":"DICOM WADO-RS endpoint http://dicom/v1",
          "address":"http://dicom/v1"})");
  auto group = after_a_kill(set, service, image(1, "p", "1.2"));
  CHECK(group->rows.empty());
  CHECK(written_names(*group)[1] == "write Endpoint/4");
}

TEST_CASE("an entry whose Patient is created does not join entries of its study that are another Patient's") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  service.resources.push_back(patient("1", "p"));
  service.resources.push_back(study("9", "1.2", "1", {"1.2.1.8"}));
  auto first = image(1, "p", "1.2"), moved = image(2, "abc-1", "1.2"), again = image(3, "abc-1", "1.2");
  for (auto& entry : {first, moved, again})
    set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {first, moved, again});
  CHECK(group->entries.size() == 1);
  set.settle(true, written(*group, "4"), false, t0);
  CHECK(prepare(set, {moved, again})->entries.size() == 2);
}
