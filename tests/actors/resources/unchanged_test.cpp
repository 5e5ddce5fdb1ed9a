// No resource in a Bundle that ends as it stood; and Observations whose report is one no more.
#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;

namespace {

EntryPtr of_gender(std::int64_t sequence, const char* gender, std::int32_t number = 0) {
  auto entry = std::make_shared<mapping::MappedEntry>(*image(1, "p", "1.2"));
  entry->sequence = sequence;
  entry->patient.gender = gender;
  if (number)
    entry->study.instance_number = number;
  return entry;
}

/// A Patient, an Endpoint and a study as the first entry leaves them.
struct Known {
  WorkingSet set{options(), "http://fhir", 1};
  Service service;
  EntryPtr anchor = of_gender(1, "female", 5);
  Known() {
    set.add(anchor);
    service.answer_all(set);
    auto group = prepare(set, {anchor});
    set.settle(true, written(*group), false, t0);
  }
  std::shared_ptr<const PreparedGroup> prepare_all(const std::vector<EntryPtr>& entries) {
    for (auto& entry : entries)
      set.add(entry);
    return prepare_found(set, service, request_of(entries));
  }
};

} // namespace

TEST_CASE("a group that changes a Patient and changes it back sends nothing, and its entries are unchanged") {
  Known world;
  auto group = world.prepare_all({of_gender(2, "male", 5), of_gender(3, "female", 5)});
  CHECK(group->writes.empty());
  CHECK(group->bundle.empty());
  CHECK(group->results == std::vector{EntryResult::Unchanged, EntryResult::Unchanged});
}

TEST_CASE("an instance that is changed and changed back is not written, and what else the group changes is") {
  Known world;
  auto group = world.prepare_all({of_gender(2, "female", 6), of_gender(3, "male", 5)});
  CHECK(written_names(*group) == std::vector<std::string>{"write Patient/P-new"});
  CHECK(group->results == std::vector{EntryResult::Unchanged, EntryResult::Committed});
}

TEST_CASE("a group whose last change stays is written, however often it went to and fro") {
  Known world;
  auto group = world.prepare_all({of_gender(2, "male", 6), of_gender(3, "female", 5), of_gender(4, "male", 6)});
  CHECK(written_names(*group) == std::vector<std::string>{"write Patient/P-new", "write ImagingStudy/I-new"});
}

TEST_CASE("a resource that stands otherwise, and is brought there and back by one group, is not written") {
  Known world;
  auto group = world.prepare_all({of_gender(2, "male", 5)});
  world.set.settle(true, written(*group, "2"), false, t0); // male stands
  group = world.prepare_all({of_gender(3, "female", 5), of_gender(4, "male", 5)});
  CHECK(group->writes.empty());
}

TEST_CASE("an update that turns a report into something else takes its Observations away") {
  WorkingSet set(options_with_observations(), "http://fhir", 1);
  Service service;
  service.resources.push_back(patient("7", "p"));
  service.resources.push_back(study("9", "1.2", "7", {"1.2.1.1"}));
  service.resources.push_back(observation("a", "2.1", "1.2.1.1"));
  service.resources.push_back(observation("b", "2.2", "1.2.1.2"));
  auto update = std::make_shared<mapping::MappedEntry>(*image(1, "p", "1.2"));
  update->is_update = true;
  set.add(update);
  auto group = prepare_found(set, service, request_of({update}));
  auto names = written_names(*group);
  CHECK(std::count(names.begin(), names.end(), "delete Observation/a") == 1);
  CHECK(std::count(names.begin(), names.end(), "delete Observation/b") == 0);
}

TEST_CASE("a report in pieces comes to an end although an event of it belongs to another report") {
  WorkingSet set(options_with_observations(), "http://fhir", 1);
  Service service;
  auto report = std::make_shared<mapping::MappedEntry>(*image(1, "p", "1.2"));
  report->is_structured_report = true;
  for (int n = 1; n <= 3; ++n) {
    auto one = observation("", "2." + std::to_string(n), "1.2.1.1");
    one.erase("id");
    one.erase("meta");
    report->observations.push_back(one);
  }
  set.add(report);
  auto request = request_of({report});
  request.piece = 0;
  std::vector<std::size_t> pieces;
  for (bool more = true; more; request.piece = 2) {
    REQUIRE(pieces.size() < 10);
    auto group = prepare_found(set, service, request);
    more = group->more;
    auto answer = written(*group);
    for (std::size_t w = 0; w < answer.size(); ++w)
      if (group->writes[w].type == "Observation")
        answer[w].status = 200; // it is another report's: a search by this one does not find it
    pieces.push_back(group->writes.size());
    set.settle(true, answer, false, t0);
    if (pieces.size() == 1) {
      service.resources.push_back(patient("P-new", "p"));
      service.resources.push_back(study("I-new", "1.2", "P-new", {"1.2.1.1"}));
    }
  }
  CHECK(pieces == std::vector<std::size_t>{3, 2, 1});
}
