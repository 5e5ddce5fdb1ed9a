#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using io::fhir::Write;
using mapping::Json;

TEST_CASE("a failure throws out what was merged ahead of it") {
  Running run(2);
  prepare(run.set, {run.entries[0]});
  run.set.prepare_ahead(request_of({run.entries[1]}), t0);
  CHECK(run.set.is_ahead());
  run.set.settle(false, {}, false, t0);
  CHECK_FALSE(run.set.is_ahead());
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(run.set.prepare(request_of({run.entries[0]}), t0, unresolved));
  CHECK(unresolved == std::vector<std::int64_t>{run.entries[0]->sequence});
}

TEST_CASE("an answer that keeps the version to itself stops what was merged ahead") {
  Running run(2);
  auto group = prepare(run.set, {run.entries[0]});
  run.set.prepare_ahead(request_of({run.entries[1]}), t0);
  run.set.settle(true, written(*group, ""), false, t0);
  CHECK_FALSE(run.set.is_ahead());
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(run.set.prepare(request_of({run.entries[1]}), t0, unresolved));
}

TEST_CASE("nothing is merged ahead onto a resource that the group under way creates or deletes") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  std::vector<EntryPtr> entries{image(1, "p", "1.2"), image(2, "p", "1.2"),
                                image(1, "p", "1.2", mapping::Effect::Delete), image(4, "p", "1.2")};
  for (auto& entry : entries)
    set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {entries[0]});
  set.prepare_ahead(request_of({entries[1]}), t0);
  CHECK_FALSE(set.is_ahead());
  set.settle(true, written(*group), false, t0);
  group = prepare(set, {entries[2]});
  REQUIRE(group->writes.size() == 1);
  CHECK(group->writes[0].kind == Write::Kind::Delete);
  set.prepare_ahead(request_of({entries[3]}), t0);
  CHECK_FALSE(set.is_ahead());
}

TEST_CASE("nothing is merged ahead onto a study that refers to a Patient which the group under way creates") {
  Running run(1);
  auto update = std::make_shared<mapping::MappedEntry>(*image(10, "q", "1.2"));
  update->is_update = true;
  auto remove = image(1, "p", "1.2", mapping::Effect::Delete);
  run.set.add(update);
  run.set.add(remove);
  run.service.answer_all(run.set);
  auto group = prepare(run.set, {update});
  REQUIRE(group->writes.size() == 2);
  CHECK(group->writes[0].kind == Write::Kind::Create);
  CHECK(group->writes[1].kind == Write::Kind::Update);
  run.set.prepare_ahead(request_of({remove}), t0);
  CHECK_FALSE(run.set.is_ahead());
  run.set.settle(true, written(*group, "4"), false, t0);
  group = prepare(run.set, {remove});
  REQUIRE(group->writes.size() == 1);
  CHECK(group->bundle.find("urn:uuid") == std::string::npos);
}

TEST_CASE("a Patient merged ahead is searched anew if the group under way creates one that differs only in case") {
  Running run(1);
  auto upper = image(10, "ABC-1", "1.8"), lower = image(11, "abc-1", "1.9");
  run.set.add(upper);
  run.set.add(lower);
  run.service.answer_all(run.set);
  auto group = prepare(run.set, {upper});
  run.set.prepare_ahead(request_of({lower}), t0);
  CHECK(run.set.is_ahead());
  run.set.settle(true, written(*group), false, t0);
  CHECK_FALSE(run.set.is_ahead());
}

TEST_CASE("what was merged ahead is not sent for another run of entries") {
  Running run(3);
  auto group = prepare(run.set, {run.entries[0]});
  run.set.prepare_ahead(request_of({run.entries[2]}), t0);
  CHECK(run.set.is_ahead());
  run.set.settle(true, written(*group, "5"), false, t0);
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(run.set.prepare(request_of({run.entries[1]}), t0, unresolved));
  run.service.resources.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"I-new","meta":{"versionId":"5","source":"http://dicom/"},"subject":{"reference":"Patient/P-new"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
  run.service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"P-new","meta":{"versionId":"5"},"identifier":[{"system":"urn:hospital","value":"p"}]})"));
  run.service.answer_all(run.set);
  group = prepare(run.set, {run.entries[1]});
  CHECK(instances_in(*group) == 1); // as the service has it: without what was never sent
}

TEST_CASE("a lost answer to a Patient's create stops the merging ahead for that Patient alone, and until it is found") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  std::vector<EntryPtr> entries{image(1, "q", "1.1"), image(2, "p", "1.2"), image(3, "p", "1.3"),
                                image(4, "p", "1.4"), image(5, "q", "1.5"), image(6, "q", "1.6")};
  for (auto& entry : entries)
    set.add(entry);
  service.answer_all(set);
  prepare(set, {entries[0]});
  set.settle(false, {}, true, t0); // and the entry is given up
  service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"q"}]})"));
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(set.prepare(request_of({entries[1]}), t0, unresolved));
  service.answer_all(set);
  auto group = prepare(set, {entries[1]});
  set.settle(true, written(*group), false, t0);
  group = prepare(set, {entries[2]});
  set.prepare_ahead(request_of({entries[3]}), t0);
  CHECK(set.is_ahead());
  set.settle(true, written(*group), false, t0);
  group = prepare(set, {entries[3]});
  set.settle(true, written(*group), false, t0);
  CHECK_FALSE(set.prepare(request_of({entries[4]}), t0, unresolved));
  service.answer_all(set);
  group = prepare(set, {entries[4]});
  set.prepare_ahead(request_of({entries[5]}), t0);
  CHECK(set.is_ahead());
}

TEST_CASE("a service whose answers keep the versions to themselves is asked for what was written, and no more") {
  Running run(3);
  auto group = prepare(run.set, {run.entries[0]});
  run.set.prepare_ahead(request_of({run.entries[1]}), t0);
  run.set.settle(true, written(*group, ""), false, t0);
  std::vector<std::int64_t> unresolved;
  for (
      auto text :
      {R"({"resourceType":"Patient","id":"P-new","meta":{"versionId":"5"},"identifier":[{"system":"urn:hospital","value":"p"}]})",
       R"({"resourceType":"ImagingStudy","id":"I-new","meta":{"versionId":"5"},"subject":{"reference":"Patient/P-new"},
            "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})",
       R"({"resourceType":"Endpoint","id":"E-new","meta":{"versionId":"5"},"status":"active","address":"http://dicom/v1",
            "identifier":[{"system":"urn:ietf:rfc:3986","value":"http://dicom/v1"}]})"})
    run.service.resources.push_back(resource(text));
  CHECK_FALSE(run.set.prepare(request_of({run.entries[1]}), t0, unresolved));
  run.service.answer_all(run.set);
  group = prepare(run.set, {run.entries[1]});
  run.set.prepare_ahead(request_of({run.entries[2]}), t0);
  CHECK_FALSE(run.set.is_ahead());
  run.set.settle(true, written(*group, ""), false, t0);
  run.service.paths.clear();
  CHECK_FALSE(run.set.prepare(request_of({run.entries[2]}), t0, unresolved));
  run.service.answer_all(run.set);
  CHECK(run.service.paths == std::vector<std::string>{"ImagingStudy/I-new"});
}
