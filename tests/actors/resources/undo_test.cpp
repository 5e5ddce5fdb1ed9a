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
  set.settle(false, {}, true);
  service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
  service.resources.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
  std::vector<std::int64_t> unresolved;
  PrepareRequest request;
  request.entries = {entry};
  CHECK_FALSE(set.prepare(request, unresolved));
  service.answer_all(set);
  group = prepare(set, {entry});
  CHECK(group->is_compensation);
  REQUIRE(group->writes.size() == 1);
  CHECK(group->writes[0].kind == Write::Kind::Delete);
  CHECK(group->writes[0].id == "9");
  CHECK(group->writes[0].version == "3");
  set.settle(true, written(*group), false);
  service.resources.pop_back();
  CHECK_FALSE(set.prepare(request, unresolved));
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
    set.settle(true, written(*group, "4"), false);
    group = prepare(set, {moved});
    set.settle(false, {}, true); // the create of the Patient met ABC-1
    service.resources.resize(1);
    service.resources.push_back(resource(
        R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
    service.resources.push_back(resource(
        R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"5","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
            "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
    std::vector<std::int64_t> unresolved;
    CHECK_FALSE(set.prepare(request_of({moved}), unresolved));
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
  set.settle(false, {}, true);
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
    auto group = set.prepare(request_of(entries), unresolved);
    if (!group) {
      service.answer_all(set);
      continue;
    }
    for (auto& write : group->writes) {
      deleted.push_back(write.id);
      std::erase_if(service.resources, [&](auto& one) { return one.text("id") == write.id; });
    }
    set.settle(true, written(*group), false);
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(group->entries.size()));
  }
  CHECK(entries.empty());
  CHECK(deleted == std::vector<std::string>{"22", "33"});
}
