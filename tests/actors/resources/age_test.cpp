// How long what was found is believed.
#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using namespace std::chrono_literals;

namespace {

struct Aging {
  WorkingSet set{options(), "http://fhir", 1};
  Service service;
  Aging() {
    service.resources.push_back(patient("7", "p"));
    service.resources.push_back(resource(
        R"({"resourceType":"Endpoint","id":"4","meta":{"versionId":"1"},"name":"DICOM WADO-RS endpoint http://dicom/v1",
            "address":"http://dicom/v1","identifier":[{"system":"urn:ietf:rfc:3986","value":"http://dicom/v1"}]})"));
  }
};

} // namespace

TEST_CASE("a Patient that was found longer ago than it is believed is found anew before a transaction refers to it") {
  Aging world;
  auto entry = image(1, "p", "1.2");
  world.set.add(entry);
  world.service.answer_all(world.set);
  std::vector<std::int64_t> unresolved;
  world.service.resources[0] = patient("8", "p"); // the identifier is given to another person's record
  CHECK_FALSE(world.set.prepare(request_of({entry}), t0 + 11s, unresolved));
  CHECK(unresolved == std::vector<std::int64_t>{1});
  world.service.answer_all(world.set, t0 + 11s);
  auto group = world.set.prepare(request_of({entry}), t0 + 11s, unresolved);
  REQUIRE(group);
  CHECK(group->oldest == t0); // the study's
  CHECK(group->writes.back().body.find("Patient/8") != std::string::npos);
  world.set.settle(true, written(*group), false, t0 + 12s);
}

TEST_CASE("an Endpoint that has gone in the meantime is created again before a study refers to it") {
  Aging world;
  auto entry = image(1, "p", "1.2");
  world.set.add(entry);
  world.service.answer_all(world.set);
  world.service.resources.pop_back();
  auto group = prepare_found(world.set, world.service, request_of({entry}), t0 + 11s);
  REQUIRE(group->writes.size() == 2);
  CHECK(group->writes[0].type == "Endpoint");
  CHECK(group->writes[1].body.find(group->writes[0].full_url) != std::string::npos);
}

TEST_CASE("what was written with its version told counts as found then; what stands unwritten does not") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  std::vector<EntryPtr> entries;
  for (int n = 1; n <= 3; ++n) {
    entries.push_back(image(n, "p", "1.2"));
    set.add(entries.back());
  }
  service.answer_all(set);
  auto group = prepare(set, {entries[0]});
  set.settle(true, written(*group), false, t0 + 9s);
  std::vector<std::int64_t> unresolved;
  group = set.prepare(request_of({entries[1]}), t0 + 18s, unresolved);
  REQUIRE(group);
  CHECK(group->oldest == t0 + 9s);
  set.settle(true, written(*group), false, t0 + 18s);
  CHECK_FALSE(set.prepare(request_of({entries[2]}), t0 + 20s, unresolved));
}

TEST_CASE("a head that has waited for what was too old goes on with what has come, however long that took") {
  Aging world;
  auto first = image(1, "p", "1.2"), second = image(2, "q", "1.3");
  world.set.add(first);
  world.set.add(second);
  world.service.answer_all(world.set);
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(world.set.prepare(request_of({first, second}), t0 + 11s, unresolved));
  CHECK(unresolved == std::vector<std::int64_t>{1, 2}); // the whole group, in one go
  world.service.answer_all(world.set, t0 + 11s);
  auto group = world.set.prepare(request_of({first, second}), t0 + 30s, unresolved);
  REQUIRE(group);
  CHECK(group->entries.size() == 1); // the other's Patient is too old again: it waits when it is at the head
}

TEST_CASE("what was merged ahead is not sent when the Patient that it refers to is too old") {
  Running run(2);
  auto group = prepare(run.set, {run.entries[0]});
  run.set.prepare_ahead(request_of({run.entries[1]}), t0);
  REQUIRE(run.set.is_ahead());
  run.set.settle(true, written(*group, "5"), false, t0);
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(run.set.prepare(request_of({run.entries[1]}), t0 + 11s, unresolved));
  CHECK(unresolved == std::vector<std::int64_t>{run.entries[1]->sequence});
}
