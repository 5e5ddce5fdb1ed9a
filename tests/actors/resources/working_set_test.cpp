#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using io::fhir::Write;
using mapping::Json;

TEST_CASE("a resource is searched once, however many entries need it, and several go into one request") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  std::vector<EntryPtr> entries;
  for (int n = 1; n <= 20; ++n) {
    entries.push_back(image(n, "p" + std::to_string(n % 4), "1." + std::to_string(n % 5)));
    CHECK_FALSE(set.add(entries.back()));
  }
  CHECK(service.answer_all(set).size() == 20);
  CHECK(service.searches == 4); // Patients, Endpoint by identifier and by name, studies
}

TEST_CASE("a new study is one transaction of creates; what it wrote is what the next entry is merged onto") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "p", "1.2"), second = image(2, "p", "1.2"), third = image(3, "p", "1.2");
  for (auto& entry : {first, second, third})
    set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {first, second});
  REQUIRE(group->writes.size() == 3);
  CHECK(group->writes[0].type == "Patient");
  CHECK(group->writes[1].type == "Endpoint");
  CHECK(group->writes[2].type == "ImagingStudy");
  CHECK(group->writes[0].if_none_exist == "identifier=urn%3Ahospital%7Cp");
  auto study = *Json::parse(group->writes[2].body);
  CHECK(study.find("subject")->text("reference") == group->writes[0].full_url);
  CHECK(study.items("series")[0].items("instance").size() == 2);
  set.settle(true, written(*group), false, t0);
  set.release(first);
  set.release(second);

  auto before = service.searches;
  group = prepare(set, {third});
  CHECK(service.searches == before);
  REQUIRE(group->writes.size() == 1);
  CHECK(group->writes[0].kind == Write::Kind::Update);
  CHECK(group->writes[0].id == "I-new");
  CHECK(group->writes[0].version == "1");
  study = *Json::parse(group->writes[0].body);
  CHECK(study.text("id") == "I-new");
  CHECK(study.find("subject")->text("reference") == "Patient/P-new");
  CHECK(study.items("series")[0].items("instance").size() == 3);
}

TEST_CASE("an answer that keeps the version to itself has the resource read again before it is written again") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "p", "1.2"), second = image(2, "p", "1.2");
  set.add(first);
  set.add(second);
  service.answer_all(set);
  auto group = prepare(set, {first});
  set.settle(true, written(*group, ""), false, t0);
  std::vector<std::int64_t> unresolved;
  PrepareRequest request;
  request.entries = {second};
  CHECK_FALSE(set.prepare(request, t0, unresolved));
  CHECK(unresolved == std::vector<std::int64_t>{2});
  service.paths.clear();
  service.answer_all(set);
  CHECK(std::find(service.paths.begin(), service.paths.end(), "ImagingStudy/I-new") != service.paths.end());
}

TEST_CASE("a group is cut between a delete from a study and a write to it, either way round") {
  for (bool delete_first : {true, false}) {
    WorkingSet set(options(), "http://fhir", 1);
    Service service;
    auto write = image(1, "p", "1.2"), remove = image(2, "p", "1.2", mapping::Effect::Delete),
         other = image(3, "p", "1.3");
    std::vector<EntryPtr> order = delete_first ? std::vector{remove, write, other} : std::vector{write, remove, other};
    for (auto& entry : order)
      set.add(entry);
    service.answer_all(set);
    CHECK(prepare(set, order)->entries.size() == 1);
  }
}

TEST_CASE("identifiers that differ only in case never share a group, and the second is searched anew after the first's "
          "create") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto upper = image(1, "ABC-1", "1.2"), lower = image(2, "abc-1", "1.3");
  set.add(upper);
  set.add(lower);
  service.answer_all(set);
  auto group = prepare(set, {upper, lower});
  CHECK(group->entries.size() == 1);
  set.settle(true, written(*group), false, t0);
  service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"P-new","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
  std::vector<std::int64_t> unresolved;
  PrepareRequest request;
  request.entries = {lower};
  CHECK_FALSE(set.prepare(request, t0, unresolved));
  service.answer_all(set);
  group = prepare(set, {lower});
  CHECK(group->writes.empty());
  REQUIRE(group->rows.size() == 1);
  CHECK(group->rows[0].table == io::ExceptionTable::FhirFailToStore);
  CHECK(group->rows[0].message.find("abc-1") != std::string::npos);
  CHECK(group->rows[0].message.find("ABC-1") != std::string::npos);
}

TEST_CASE("a refused joined search is repeated in smaller ones, and a single one is its entries' failure") {
  WorkingSet set(options(), "http://fhir", 1);
  std::vector<EntryPtr> entries;
  for (int n = 1; n <= 8; ++n) {
    entries.push_back(image(n, "p" + std::to_string(n), "1.2"));
    set.add(entries.back());
  }
  std::vector<std::int64_t> resolved;
  while (auto search = set.cache().next_search()) {
    bool bad = search->keys.front().kind == ResourceKind::Patient &&
               (search->keys.size() > 2 || search->keys.front().identifier.value == "p3");
    auto more = bad ? set.cache().refused(*search, {io::ErrorCode::Refused, "GET Patient", 414, "too long", "", {}}, t0)
                    : set.cache().found(*search, t0);
    resolved.insert(resolved.end(), more.begin(), more.end());
  }
  CHECK(resolved.size() == 8);
  auto group = prepare(set, {entries[2]});
  REQUIRE(group->rows.size() == 1);
  CHECK(group->rows[0].table == io::ExceptionTable::FhirFailToStore);
  CHECK(prepare(set, {entries[3]})->rows.empty());
}

TEST_CASE("what no entry in flight needs is let go, all of it once nothing is in flight") {
  WorkingSet::Limits limits;
  limits.idle_bytes = 10'000;
  WorkingSet set(options(), "http://fhir", 1, limits);
  Service service;
  auto anchor = image(1, "p", "1.1");
  set.add(anchor);
  for (int n = 2; n <= 500; ++n) {
    auto entry = image(n, "p" + std::to_string(n), "1." + std::to_string(n));
    set.add(entry);
    service.answer_all(set);
    auto group = prepare(set, {entry});
    set.settle(true, written(*group), false, t0);
    set.release(entry);
    CHECK(set.cache().idle_bytes() < 20'000);
    CHECK(set.cache().slots() < 40);
  }
  set.release(anchor);
  CHECK(set.cache().slots() == 0);
  CHECK(set.cache().idle_bytes() == 0);
}

TEST_CASE("an entry that changes nothing makes no transaction") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "p", "1.2");
  set.add(first);
  service.answer_all(set);
  auto group = prepare(set, {first});
  for (auto& write : group->writes) {
    auto stored = *Json::parse(write.body);
    auto text = stored.to_text();
    for (auto& [type, other] : {std::pair("P", 0), std::pair("E", 1), std::pair("I", 2)})
      if (auto& url = group->writes[static_cast<std::size_t>(other)].full_url; text.find(url) != std::string::npos)
        text.replace(text.find(url), url.size(),
                     group->writes[static_cast<std::size_t>(other)].type + "/" + type + "-new");
    stored = *Json::parse(text);
    stored.set("id", write.type.substr(0, 1) + "-new");
    stored["meta"].set("versionId", "1");
    service.resources.push_back(stored);
  }
  set.settle(true, written(*group), false, t0);
  set.release(first);
  set.add(first);
  service.answer_all(set);
  group = prepare(set, {first});
  CHECK(group->writes.empty());
  CHECK(group->results == std::vector{EntryResult::Unchanged});
}

TEST_CASE("an entry still being resolved asks anew for what a refused group threw out in the meantime") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "p", "1.2"), second = image(2, "p", "1.3");
  set.add(first);
  service.answer_all(set);
  set.add(second); // shares the Patient and the Endpoint; its study is searched
  auto study = set.cache().next_search();
  REQUIRE(study);
  prepare(set, {first});
  set.settle(false, {}, false, t0);
  CHECK(set.cache().found(*study, t0).empty());
  CHECK(service.answer_all(set) == std::vector<std::int64_t>{2});
}

TEST_CASE("the Observations of a study whose last instance goes are all deleted, in pieces too") {
  auto with_observations = options();
  with_observations.generate_observations = true;
  WorkingSet set(with_observations, "http://fhir", 1);
  Service service;
  service.resources.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}],"series":[{"uid":"1.2.1","instance":[{"uid":"1.2.1.1"}]}]})"));
  for (auto id : {"a", "b", "c"}) { // of another report of the study
    auto observation = resource(
        R"({"resourceType":"Observation","meta":{"versionId":"1"},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.7"},
            {"system":"urn:dicom:uid","value":"urn:oid:1.2"},{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.9"}]})");
    observation.set("id", id);
    service.resources.push_back(observation);
  }
  auto entry = image(1, "p", "1.2", mapping::Effect::Delete);
  set.add(entry);
  service.answer_all(set);
  PrepareRequest request;
  request.entries = {entry};
  std::vector<std::int64_t> unresolved;
  std::vector<std::string> deleted;
  for (auto [piece, left, more] : {std::tuple(0u, 3u, true), std::tuple(8u, 2u, true), std::tuple(8u, 0u, false)}) {
    request.piece = piece;
    auto group = set.prepare(request, t0, unresolved);
    if (!group) {
      service.answer_all(set);
      group = set.prepare(request, t0, unresolved);
    }
    REQUIRE(group);
    CHECK(group->observations == left);
    CHECK(group->more == more);
    for (auto& write : group->writes) {
      deleted.push_back(write.type + "/" + write.id);
      std::erase_if(service.resources, [&](auto& one) { return one.text("id") == write.id; });
    }
    set.settle(true, written(*group), false, t0);
  }
  CHECK(deleted == std::vector<std::string>{"Observation/a", "Observation/b", "Observation/c", "ImagingStudy/9"});
}

TEST_CASE("the next transaction is merged while one is under way, and names the version that the answer tells") {
  Running run(3);
  for (int n = 0; n < 3; ++n) {
    auto group = prepare(run.set, {run.entries[n]});
    CHECK_FALSE(run.set.is_ahead());
    REQUIRE(group->writes.size() == 1);
    CHECK(group->writes[0].version == std::to_string(n * 7));
    CHECK(group->bundle.find("W/\\\"" + std::to_string(n * 7) + "\\\"") != std::string::npos);
    CHECK(instances_in(*group) == static_cast<std::size_t>(n) + 2);
    if (n < 2) {
      run.set.prepare_ahead(request_of({run.entries[n + 1]}), t0);
      CHECK(run.set.is_ahead());
    }
    run.set.settle(true, written(*group, std::to_string((n + 1) * 7)), false, t0);
    run.set.release(run.entries[n]);
  }
}

TEST_CASE("a delete whose Observations cannot be told is recorded, and removes nothing") {
  auto with_observations = options();
  with_observations.generate_observations = true;
  WorkingSet set(with_observations, "http://fhir", 1);
  Service service;
  service.resources.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}],"series":[{"uid":"1.2.1","instance":[{"uid":"1.2.1.1"}]}]})"));
  service.resources.push_back(resource( // without a version it cannot be deleted
      R"({"resourceType":"Observation","id":"a","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
  auto entry = image(1, "p", "1.2", mapping::Effect::Delete);
  set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {entry});
  CHECK(group->results == std::vector{EntryResult::Failed});
  REQUIRE(group->rows.size() == 1);
  CHECK(group->rows[0].table == io::ExceptionTable::FhirFailToStore);
  CHECK(group->writes.empty());
}

TEST_CASE("what is read while nobody waits for it any more is counted once, and let go") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto first = image(1, "p", "1.2"), second = image(2, "p", "1.2");
  set.add(first);
  set.add(second);
  service.answer_all(set);
  auto group = prepare(set, {first});
  auto answer = written(*group);
  answer.back().version.clear();
  set.settle(true, answer, false, t0);
  std::vector<std::int64_t> unresolved;
  CHECK_FALSE(set.prepare(request_of({second}), t0, unresolved));
  auto search = set.cache().next_search();
  REQUIRE(search);
  CHECK(search->path == "ImagingStudy/I-new");
  set.release(first);
  set.release(second); // given up while the study is read
  search->found.push_back(resource(
      R"({"resourceType":"ImagingStudy","id":"I-new","meta":{"versionId":"1"},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}]})"));
  CHECK(set.cache().found(*search, t0).empty());
  CHECK(set.cache().idle_bytes() == 0);
  CHECK(set.cache().slots() == 0); // the next entry may come hours later
}

TEST_CASE("a group is cut between the deletion of an Observation and the create of one with its identifier") {
  auto with_observations = options();
  with_observations.generate_observations = true;
  for (bool delete_first : {true, false}) {
    WorkingSet set(with_observations, "http://fhir", 1);
    Service service;
    service.resources.push_back(resource(
        R"({"resourceType":"ImagingStudy","id":"9","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/7"},
          "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2"}],"series":[{"uid":"1.2.1","instance":[{"uid":"1.2.1.1"}]}]})"));
    service.resources.push_back(resource(
        R"({"resourceType":"Observation","id":"a","meta":{"versionId":"1"},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.7"},
          {"system":"urn:dicom:uid","value":"urn:oid:1.2"},{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.1.1"}]})"));
    auto remove = image(1, "p", "1.2", mapping::Effect::Delete);
    auto report = std::make_shared<mapping::MappedEntry>(*image(2, "p", "1.3"));
    report->is_structured_report = true;
    report->observations.push_back(
        resource(R"({"resourceType":"Observation","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.7"}]})"));
    set.add(remove);
    set.add(report);
    service.answer_all(set);
    auto order = delete_first ? std::vector<EntryPtr>{remove, report} : std::vector<EntryPtr>{report, remove};
    CHECK(prepare(set, order)->entries.size() == 1);
  }
}

TEST_CASE("a Patient whose search is under way while one is created that differs only in case is searched anew") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto upper = image(1, "ABC-1", "1.2"), lower = image(2, "abc-1", "1.2");
  set.add(upper);
  service.answer_all(set);
  set.add(lower);
  auto search = set.cache().next_search(); // answered before the create
  REQUIRE(search);
  auto group = prepare(set, {upper});
  set.settle(true, written(*group), false, t0);
  CHECK(set.cache().found(*search, t0).empty());
  service.resources.push_back(resource(
      R"({"resourceType":"Patient","id":"P-new","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"ABC-1"}]})"));
  CHECK(service.answer_all(set) == std::vector<std::int64_t>{2});
  group = prepare(set, {lower});
  CHECK(group->writes.empty());
  CHECK(group->rows.size() == 1);
}

TEST_CASE("a study that comes to refer to what its transaction creates is sent whole, not as a patch") {
  WorkingSet set(options(), "http://fhir", 1);
  set.use_patch(true);
  Service service;
  auto first = image(1, "p", "1.2"), second = image(2, "p", "1.2"), moved = image(3, "q", "1.2");
  auto update = std::make_shared<mapping::MappedEntry>(*moved);
  update->is_update = true;
  for (auto& entry : std::vector<EntryPtr>{first, second, update})
    set.add(entry);
  service.answer_all(set);
  auto group = prepare(set, {first});
  set.settle(true, written(*group), false, t0);
  group = prepare(set, {second});
  CHECK(group->writes.back().kind == Write::Kind::Patch);
  set.settle(true, written(*group, "2"), false, t0);
  group = prepare(set, {update});
  REQUIRE(group->writes.size() == 2);
  CHECK(group->writes[0].type == "Patient");
  CHECK(group->writes[1].kind == Write::Kind::Update);
  CHECK(Json::parse(group->writes[1].body)->find("subject")->text("reference") == group->writes[0].full_url);
}

TEST_CASE("of two Patients that differ only in case and were searched together, the absent one is searched by itself") {
  WorkingSet set(options(), "http://fhir", 1);
  Service service;
  auto lower = image(1, "p", "1.2"), upper = image(2, "P", "1.3");
  set.add(lower);
  set.add(upper);
  auto joined = set.cache().next_search();
  REQUIRE(joined);
  REQUIRE(joined->keys.size() == 2);
  joined->found.push_back(resource(
      R"({"resourceType":"Patient","id":"7","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":"p"}]})"));
  set.cache().found(*joined, t0);
  service.answer_all(set); // it compares exactly: alone, nothing is found for P
  CHECK(std::find(service.paths.begin(), service.paths.end(), "Patient?identifier=urn%3Ahospital%7CP") !=
        service.paths.end());
  auto group = prepare(set, {upper});
  CHECK(group->rows.empty());
  REQUIRE_FALSE(group->writes.empty());
  CHECK(group->writes[0].type == "Patient");
  CHECK(group->writes[0].kind == Write::Kind::Create);
}

TEST_CASE("a Patient that differs in case from one whose create may have been applied is searched anew") {
  for (bool maybe_applied : {true, false}) {
    WorkingSet set(options(), "http://fhir", 1);
    Service service;
    auto upper = image(1, "ABC-1", "1.2"), lower = image(2, "abc-1", "1.3");
    set.add(upper);
    set.add(lower);
    service.answer_all(set);
    prepare(set, {upper});
    set.settle(false, {}, maybe_applied, t0);
    service.paths.clear();
    prepare_found(set, service, request_of({lower}));
    auto is_of_lower = [](auto& path) { return path == "Patient?identifier=urn%3Ahospital%7Cabc-1"; };
    CHECK(std::any_of(service.paths.begin(), service.paths.end(), is_of_lower) == maybe_applied);
  }
}
