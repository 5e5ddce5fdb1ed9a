// What follows the answers to searches: pages, what is not the whole, failures, and how many are under way.
#include "actors/resources/search_desk.hpp"
#include "tests/actors/resources/working_set_support.hpp"

using namespace dicomcast;
using namespace dicomcast::actors;
using mapping::Json;

namespace {

/// A service that answers with texts.
struct Desk {
  WorkingSet set{options_with_observations(), "http://fhir", 1};
  SearchDesk desk{set.cache(), {}, 32, "http://fhir"};
  Clock::time_point now{};
  int requests = 0;
  std::vector<std::string> paths;
  std::vector<std::int64_t> resolved;
  std::vector<SearchDesk::Send> open;

  void take(SearchDesk::Steps steps) {
    resolved.insert(resolved.end(), steps.resolved.begin(), steps.resolved.end());
    open.insert(open.end(), steps.send.begin(), steps.send.end());
  }
  void answer(const SearchDesk::Send& one, std::string body) {
    io::HttpResponse response;
    response.status = 200;
    response.body = std::move(body);
    take(desk.answered(one.search, response, now));
  }
  template<class F>
  void run(F body_of) {
    take(desk.pump());
    while (!open.empty()) {
      auto one = open.front();
      open.erase(open.begin());
      paths.push_back(one.path);
      REQUIRE(++requests < 10'000);
      answer(one, body_of(one.path));
    }
  }
};

std::string page(const std::vector<Json>& resources, const std::string& rest = "") {
  std::string text;
  for (auto& one : resources)
    text += (text.empty() ? "" : ",") + (R"({"resource":)" + one.to_text() + "}");
  return R"({"resourceType":"Bundle","type":"searchset")" + rest + R"(,"entry":[)" + text + "]}";
}

std::string next_link(const std::string& url) {
  return R"(,"link":[{"relation":"next","url":")" + url + R"("}])";
}

bool is_of(const std::string& path, const char* type) {
  return path.starts_with(type) || path.starts_with("http://fhir/" + std::string(type));
}

EntryPtr removal(std::int64_t sequence, const std::string& study) {
  return image(sequence, "p", study, mapping::Effect::Delete);
}

std::vector<io::ExceptionRow> rows_of(Desk& desk, const EntryPtr& entry) {
  std::vector<std::int64_t> unresolved;
  auto group = desk.set.prepare(request_of({entry}), desk.now, unresolved);
  REQUIRE(group);
  return group->rows;
}

} // namespace

TEST_CASE("a search for Observations asks for large pages, and for no number guessed from its keys") {
  Desk desk;
  for (int n = 1; n <= 3; ++n)
    desk.set.add(removal(n, "1." + std::to_string(n)));
  desk.run([](auto&) { return page({}); });
  REQUIRE(desk.paths.size() == 2);
  for (auto& path : desk.paths)
    CHECK(path.ends_with("&_count=1000"));
}

TEST_CASE("what a service hides and tells only in total is asked for again key by key") {
  Desk desk;
  auto first = removal(1, "1.2"), second = removal(2, "1.3");
  desk.set.add(first);
  desk.set.add(second);
  desk.run([](const std::string& path) {
    if (!is_of(path, "Observation"))
      return page({study("9", "1.2", "7", {"1.2.1.1"})});
    bool joined = path.find("%2C") != path.npos;
    if (!joined && path.find("1.2&") == path.npos)
      return page({});
    std::vector<Json> all{observation("a", "2.1", "1.2.1.1"), observation("b", "2.2", "1.2.1.1")};
    if (joined)
      all.pop_back();
    return page(all, R"(,"total":2)");
  });
  std::vector<std::int64_t> unresolved;
  auto group = desk.set.prepare(request_of({first}), t0, unresolved);
  REQUIRE(group);
  CHECK(written_names(*group) ==
        std::vector<std::string>{"delete ImagingStudy/9", "delete Observation/a", "delete Observation/b"});
}

TEST_CASE("an answer that lacks what its total tells is an error of the entry, never the whole") {
  Desk desk;
  auto entry = removal(1, "1.2");
  desk.set.add(entry);
  desk.run([](const std::string& path) {
    return is_of(path, "Observation") ? page({observation("a", "2.1", "1.2.1.1")}, R"(,"total":2)") : page({});
  });
  auto rows = rows_of(desk, entry);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].table == io::ExceptionTable::FhirFailToStore);
  CHECK(rows[0].message.find("there are 2") != std::string::npos);
}

TEST_CASE("links to the next page that go in a circle, or never end, are an error of the entry") {
  for (bool in_circle : {true, false}) {
    Desk desk;
    auto entry = removal(1, "1.2");
    desk.set.add(entry);
    int pages = 0;
    desk.run([&](const std::string& path) {
      if (!is_of(path, "Observation"))
        return page({});
      return page({}, next_link("http://fhir/Observation?page=" + std::to_string(in_circle ? ++pages % 3 : ++pages)));
    });
    CHECK(desk.requests < 2'100);
    auto rows = rows_of(desk, entry);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].table == io::ExceptionTable::FhirFailToStore);
  }
}

TEST_CASE("a search of several pages is made again if a transaction was under way meanwhile") {
  for (bool is_disturbed : {true, false}) {
    Desk desk;
    auto other = image(1, "q", "1.9"), entry = removal(2, "1.2");
    desk.set.add(other);
    desk.run([](auto&) { return page({}); });
    desk.set.add(entry);
    desk.paths.clear();
    bool cut = false;
    desk.run([&](const std::string& path) {
      if (!is_of(path, "Observation"))
        return page({study("9", "1.2", "7", {"1.2.1.1"})});
      if (path.find("page=2") == path.npos) {
        bool is_first = !std::exchange(cut, true);
        return page({observation("a", "2.1", "1.2.1.1")}, is_first ? next_link("http://fhir/Observation?page=2") : "");
      }
      if (is_disturbed) {
        auto group = prepare(desk.set, {other});
        desk.set.settle(true, written(*group), false, t0);
      }
      return page({observation("b", "2.2", "1.2.1.1")});
    });
    auto observations =
        std::count_if(desk.paths.begin(), desk.paths.end(), [](auto& path) { return is_of(path, "Observation"); });
    CHECK(observations == (is_disturbed ? 3 : 2));
    CHECK(desk.resolved.back() == 2);
  }
}

TEST_CASE("the searches under way at once grow with good answers and halve when the service is overloaded") {
  SearchLimit limit(6);
  CHECK(limit.now() == 4);
  for (int n = 0; n < 5; ++n)
    limit.answered();
  CHECK(limit.now() == 6);
  limit.overloaded();
  limit.overloaded();
  limit.overloaded();
  CHECK(limit.now() == 1);
}

TEST_CASE("a search that fails is retried while somebody waits for it, and dropped when nobody does") {
  Desk desk;
  auto entry = removal(1, "1.2");
  desk.set.add(entry);
  desk.take(desk.desk.pump());
  REQUIRE(desk.open.size() == 2);
  io::Error unavailable{io::ErrorCode::Unavailable, "GET ImagingStudy?identifier=...", 503, "", "", {}};
  auto steps = desk.desk.answered(desk.open[0].search, unavailable, t0);
  REQUIRE(steps.retry);
  REQUIRE(steps.failed);
  CHECK(steps.failed->sequence == 1);
  CHECK(steps.failed->retry == 1);
  CHECK(desk.desk.again(steps.retry->search).send.size() == 1);
  steps = desk.desk.answered(desk.open[0].search, unavailable, t0);
  desk.set.release(entry);
  CHECK(desk.desk.again(steps.retry->search).send.empty());
}

TEST_CASE("the path of a next link to another address is asked of the service itself") {
  auto search = make_search({{ResourceKind::Patient, {"s", "v"}}}, Search::By::Identifier, options());
  auto path = [&](const std::string& link) { return next_page(search, link, "http://fhir/base").path; };
  CHECK(path("http://fhir/base/Patient?x=1") == "http://fhir/base/Patient?x=1");
  CHECK(path("https://behind:8443/base/Patient?x=1") == "/Patient?x=1");
  CHECK(path("?x=1") == "Patient?x=1");
  CHECK(path("Patient?x=1") == "Patient?x=1");
}
