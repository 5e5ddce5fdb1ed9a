// Random content trees of valid, odd and broken values: whatever they hold, what comes out is well-formed FHIR, and
// processing twice changes nothing.
#include "mapping/dose/observation.hpp"
#include "mapping/merge.hpp"
#include "tests/mapping/bodies.hpp"
#include "tests/mapping/dose/sr_builder.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <regex>
#include <set>

using namespace dicomcast::mapping;

namespace {

const InstanceUids uids{"1.2.3", "1.2.3.4", "1.2.3.4.5"};

class RandomReport {
public:
  explicit RandomReport(unsigned seed) : random_(seed) {}

  Json report() {
    Json dataset = item(0);
    if (chance(70))
      dataset.set("0040A043", sr::sequence({sr::code(sr::ct_report)}));
    for (auto tag : {"00080023", "00080033", "00080050", "00080201"})
      if (chance(50))
        dataset.set(tag, sr::attribute("", {any_value()}));
    return dataset;
  }

private:
  bool chance(int percent) { return std::uniform_int_distribution(1, 100)(random_) <= percent; }
  template<std::size_t N>
  std::string pick(const char* const (&list)[N]) {
    return list[std::uniform_int_distribution<std::size_t>(0, N - 1)(random_)];
  }

  std::string name() {
    static constexpr const char* names[] = {"113500|DCM|",   "113701|DCM|X",    "113706|DCM|Event",
                                            "113819|DCM|",   "113502|DCM|Adm",  "113769|DCM|UID",
                                            "113503|DCM|",   "113725|DCM|",     "113731|DCM|Frames",
                                            "113812|DCM|",   "113830|DCM|CTDI", "113838|DCM|",
                                            "113835|DCM|",   "123014|DCM|",     "111526|DCM|Started",
                                            "113809|DCM|",   "121022|DCM|",     "349358000|SCT|Agent",
                                            "89457008|SRT|", "410675002|SCT|",  "113830|99X|",
                                            "|DCM|",         "1|LN|\x01",       ""};
    return pick(names);
  }
  Json any_value() {
    static constexpr const char* texts[] = {"1",
                                            "1.50",
                                            ".5",
                                            "+1",
                                            "1e5",
                                            "abc",
                                            "",
                                            " ",
                                            "1.2.9",
                                            "1.3.7",
                                            "20230501",
                                            "20230230",
                                            "20230501101530+0200",
                                            "2023",
                                            "10",
                                            "9",
                                            "+0200",
                                            "a\\b",
                                            "a\x01z",
                                            "a  b",
                                            "mGy|UCUM|",
                                            "\xC3\xA4",
                                            "1.2.3",
                                            "NaN",
                                            "12.0",
                                            "99999999999"};
    switch (std::uniform_int_distribution(0, 12)(random_)) {
    case 0:
      return {};
    case 1:
      return true;
    case 2:
      return Json::Number{"1.10"};
    case 3:
      return Json::Number{"-3E400"};
    case 4:
      return Json::array();
    case 5:
      return Json::object();
    default:
      return pick(texts);
    }
  }
  Json any_code() { return chance(80) ? sr::code(name()) : any_value(); }
  /// A sequence of one, sometimes of none or two, or no sequence at all.
  Json sequence_of(Json one) {
    if (chance(5))
      return any_value();
    if (chance(5))
      return sr::sequence({});
    return chance(5) ? sr::sequence({one, one}) : sr::sequence({one});
  }
  Json values() { return chance(5) ? sr::attribute("", {any_value(), any_value()}) : sr::attribute("", {any_value()}); }

  Json item(int depth) {
    Json out;
    if (chance(95))
      out.set("0040A043", sequence_of(any_code()));
    if (chance(40)) {
      Json measured;
      measured.set("0040A30A", values());
      if (chance(70))
        measured.set("004008EA", sequence_of(chance(70) ? sr::code("mGy|UCUM|") : any_code()));
      out.set("0040A300", sequence_of(measured));
    }
    for (auto tag : {"0040A124", "0040A120", "0040A160"})
      if (chance(40))
        out.set(tag, values());
    if (chance(30))
      out.set("0040A168", sequence_of(any_code()));
    if (depth < 5 && chance(depth == 0 ? 100 : 60)) {
      Json::Array children;
      for (int count = std::uniform_int_distribution(0, 4)(random_); count > 0; --count)
        children.push_back(chance(97) ? item(depth + 1) : any_value());
      out.set("0040A730", chance(97) ? sr::sequence(std::move(children)) : any_value());
    }
    return out;
  }

  std::mt19937 random_;
};

/// What FHIR asks of every element: nothing empty, choices of one, codes, numbers and times of their form.
void check_element(const Json& element, const std::string& name) {
  static const std::regex code(R"([^\s]+( [^\s]+)*)");
  static const std::regex date_time(
      R"(\d{4}(-\d\d(-\d\d(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?[+-](0\d|1[0-4]):[0-5]\d)?)?)?)");
  INFO(name);
  if (auto* object = element.if_object()) {
    CHECK_FALSE(object->empty());
    int values = 0;
    std::set<std::string> names;
    for (auto& [member, value] : *object) {
      values += member.starts_with("value") && member != "value";
      CHECK(names.insert(member).second);
      check_element(value, member);
    }
    CHECK(values <= 1);
  } else if (auto* array = element.if_array()) {
    CHECK_FALSE(array->empty());
    for (auto& item : *array)
      check_element(item, name);
  } else if (auto* text = element.if_string()) {
    CHECK(text->find_first_not_of(" \t\r\n") != std::string::npos);
    if (name == "code" || name == "status")
      CHECK(std::regex_match(*text, code));
    if (name == "effectiveDateTime")
      CHECK(std::regex_match(*text, date_time));
  } else if (auto* number = element.if_number()) {
    CHECK(is_json_number(number->token));
  } else {
    FAIL("null or bool");
  }
}

void check_observation(const Json& observation) {
  check_element(observation, "Observation");
  CHECK(observation.text("status") == "final");
  CHECK(observation.find("code"));
  REQUIRE(observation.items("identifier").size() >= 3);
  CHECK(observation.items("identifier")[2].text("value") == "urn:oid:1.2.3.4.5");
  for (auto& component : observation.items("component"))
    CHECK(component.if_object()->size() == 2);
}

} // namespace

TEST_CASE("any content tree makes well-formed Observations, and processing it twice changes nothing", "[bodies]") {
  std::size_t observations = 0, components = 0, rows = 0;
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    INFO("seed " << seed);
    auto dataset = RandomReport(seed).report();
    MappedEntry entry;
    entry.observations = dose_observations(dataset, uids, {}, entry.invalid_tags);

    std::set<std::string> own;
    for (auto& observation : entry.observations) {
      check_observation(observation);
      CHECK(own.insert(std::string(observation.items("identifier")[0].text("value"))).second);
      components += observation.items("component").size();
    }
    for (auto& row : entry.invalid_tags)
      CHECK(row.find("(00") != std::string::npos);
    observations += entry.observations.size();
    rows += entry.invalid_tags.size();

    auto stored = merge_observations(entry, {}, {}, "Patient/1", "ImagingStudy/1").created;
    CHECK(stored.size() == entry.observations.size());
    for (auto& body : stored)
      test::keep_body(body);
    for (bool is_update : {false, true}) {
      entry.is_update = is_update;
      auto again = merge_observations(entry, {}, stored, "Patient/1", "ImagingStudy/1");
      CHECK((again.created.empty() && again.updated.empty() && again.deleted.empty()));
    }

    // An update from any other report ends at this one.
    entry.is_update = true;
    auto other = RandomReport(seed + 10000).report();
    MappedEntry before;
    before.observations = dose_observations(other, uids, {}, before.invalid_tags);
    auto there = merge_observations(before, {}, {}, "Patient/1", "ImagingStudy/1").created;
    auto changes = merge_observations(entry, {}, there, "Patient/1", "ImagingStudy/1");
    for (auto& updated : changes.updated) {
      check_element(updated, "Observation");
      test::keep_body(updated);
    }
    CHECK(there.size() - changes.deleted.size() + changes.created.size() == entry.observations.size());
  }
  // The trees are worth trying: they do make Observations, components and rows.
  CHECK(observations > 1000);
  CHECK(components > 500);
  CHECK(rows > 1000);
}
