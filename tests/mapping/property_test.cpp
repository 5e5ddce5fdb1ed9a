// Seeded properties over generated datasets: valid, odd and broken values, and bytes that are nothing at all.
#include "mapping/extended/extended_tags.hpp"
#include "mapping/tags.hpp"

#include "tests/mapping/bodies.hpp"
#include "tests/mapping/support.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

constexpr unsigned first_seed = 20240601;
constexpr unsigned runs = 400;

class Generator {
public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  /// Elements of a Value for an attribute of that form: valid, odd but valid, or broken.
  std::string elements(Form form) {
    static const std::vector<std::string> broken{"\"a\\\\b\"",  "\"\\u0000\\u0001\"", "true",
                                                 "[]",          "{\"Alphabetic\":1}", "1e999",
                                                 "\"x\",\"y\"", "null,null",          "\"\\uFFFD\\u0085\"",
                                                 "-5",          "\"\xEF\xBF\xBD\"",   "\"=^=\""};
    static const std::vector<std::string> empty{"", "null", "\"\"", "\"  \"", "\"\\u0000\""};
    if (chance(0.1))
      return pick(broken);
    if (chance(0.1))
      return pick(empty);
    return pick(valid(form));
  }

  Json dataset() {
    auto made = Json::object();
    for (auto& rule : tag_table)
      if (chance(0.85)) {
        char key[9];
        std::snprintf(key, sizeof key, chance(0.5) ? "%08X" : "%08x", rule.number);
        made.set(key, attribute(elements(rule.form)));
      }
    for (auto& row : extended_tags)
      if (row.number != rule_of(Tag::PatientName).number && chance(0.3)) {
        char key[9];
        std::snprintf(key, sizeof key, "%08X", row.number);
        made.set(key, attribute(extended_elements(row.vr)));
      }
    return made;
  }

  Json entry() {
    auto made = test::entry(dataset(), chance(0.2) ? "update" : chance(0.15) ? "delete" : "create");
    auto series = std::to_string(below(3));
    made.set("SeriesInstanceUid", "1.2.3." + series);
    made.set("SopInstanceUid", "1.2.3." + series + "." + std::to_string(below(8)));
    return made;
  }

private:
  /// Elements of a Value for a group of `Mapping:Include`, right or wrong.
  const std::string& extended_elements(std::string_view vr) {
    static const std::vector<std::string> items{
        R"({"00080100":{"Value":["T-D3000"]},"00080102":{"Value":["SRT"]},"00080104":{"Value":["Chest"]}})",
        R"({"00080100":{"Value":["1"]},"00080102":{"Value":["99X"]}},{"00080100":{"Value":["2"]}})",
        R"({"00080100":{"Value":["a  b"]},"00080104":{"Value":[" "]}})",
        R"({"00080104":{"Value":["meaning alone"]}})",
        R"({"00400031":{"Value":["RIS"]},"00400032":{"Value":["1.2.3"]},"00400033":{"Value":["ISO"]}})",
        R"({"00080050":{"Value":["A9"]},"00100020":{"Value":["P9"]},"00100021":{"Value":["I"]}},7)",
        R"({"00401101":{"Value":[{"00080100":{"Value":["S1"]}}]},"00401002":{"Value":["Pain"]}})",
        "{}",
        "null",
        "\"x\"",
        "[]"};
    static const std::vector<std::string> texts{"\"L\"",
                                                "\"R\"",
                                                "\"CHEST\"",
                                                "\"ALTERED\"",
                                                "\"A^B\",\"C\"",
                                                R"({"Alphabetic":"A^B","Phonetic":"x"})",
                                                R"({"Ideographic":"x^y"})",
                                                "\"1.2.3\"",
                                                "\"20200101101112.5+0100\"",
                                                "\"2020\"",
                                                "\"  \"",
                                                "null",
                                                "7",
                                                "\"a\\u0001\"",
                                                "\"a\\nb\"",
                                                "true",
                                                "\"\\\\\""};
    return pick(vr == "SQ" ? items : texts);
  }
  static const std::vector<std::string>& valid(Form form) {
    static const std::vector<std::string> uids{R"("1.2.840.10008.5.1.4.1.1.2")", R"("1.2 ")", R"("2.25.0\u0000")"};
    static const std::vector<std::string> codes{R"("CT")", R"("MR ")", R"("A_1 B")"};
    static const std::vector<std::string> sexes{R"("M")", R"("F ")", R"("O")"};
    static const std::vector<std::string> dates{R"("20200229")", R"("19000101 ")", R"("00010101")"};
    static const std::vector<std::string> times{R"("10")", R"("1011")", R"("235960")", R"("101112.000100")"};
    static const std::vector<std::string> zones{R"("+0000")", R"("-1200")", R"("+1400 ")"};
    static const std::vector<std::string> numbers{"0", "7", R"("+007")", "2147483647", "5.0"};
    static const std::vector<std::string> texts{R"("A1")", R"("ä € 😀")", R"(" \"quoted\" / ")", R"("x")",
                                                R"("<b>&amp;")"};
    static const std::vector<std::string> names{R"("Doe^Jane")", R"({"Alphabetic":"A^B C^D^E^F","Ideographic":"山田"})",
                                                R"("^^^")", R"({"Alphabetic":" van  der Berg "})",
                                                R"("Yamada^T=山田^太")"};
    switch (form) {
    case Form::Uid:
      return uids;
    case Form::Code:
      return codes;
    case Form::Sex:
      return sexes;
    case Form::Date:
      return dates;
    case Form::Time:
      return times;
    case Form::Zone:
      return zones;
    case Form::Number:
      return numbers;
    case Form::Text:
    case Form::Line:
      return texts;
    case Form::Name:
      return names;
    }
    return texts;
  }

  std::mt19937 random_;
};

Options some_options(Generator& generate) {
  auto with = options(generate.chance(0.5) ? Profile::R4 : Profile::Original);
  if (!with.is_original() && generate.chance(0.6)) {
    with.profile = generate.chance(0.5) ? Profile::Extended : Profile::R4;
    with.groups = Groups::all();
    with.references = generate.chance(0.7)   ? References::Logical
                      : generate.chance(0.5) ? References::Display
                                             : References::None;
  }
  with.enforce_validation = generate.chance(0.3);
  with.is_issuer_id_used = generate.chance(0.3);
  return with;
}

/// FHIR R4 forbids empty strings, lists and objects (json.html, datatypes.html#string), and we write no control
/// characters.
void check_is_fhir(const Json& json) {
  if (auto* text = json.if_string()) {
    CHECK(text->find_first_not_of(' ') != std::string::npos);
    CHECK(std::none_of(text->begin(), text->end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
  }
  CHECK_FALSE(json.is_null());
  if (auto* elements = json.if_array()) {
    CHECK_FALSE(elements->empty());
    for (auto& element : *elements)
      check_is_fhir(element);
  }
  if (auto* members = json.if_object()) {
    CHECK_FALSE(members->empty());
    std::set<std::string> names;
    for (auto& [name, value] : *members) {
      CHECK(names.insert(name).second);
      check_is_fhir(value);
    }
  }
}

/// What would be sent of these: a study that is left without series is not.
std::vector<Json> bodies_of(const Resources& resources) {
  std::vector<Json> bodies;
  for (auto& resource : {resources.patient, resources.endpoint})
    if (resource)
      bodies.push_back(*resource);
  if (resources.study && !resources.study->series().empty())
    bodies.push_back(resources.study->to_json());
  return bodies;
}

/// Members that dicomcast does not know, put at every level of a resource.
void add_unknown(Json& json, Generator& generate, int& count) {
  if (auto* elements = json.if_array())
    for (auto& element : *elements)
      add_unknown(element, generate, count);
  auto* members = json.if_object();
  if (!members)
    return;
  for (auto& [name, value] : *members)
    add_unknown(value, generate, count);
  auto mark = std::to_string(++count);
  auto unknown = test::json("{\"v\":" + mark + ".10,\"w\":[null,{\"x\":-0.0e+1}],\"y\":\"\\u0001\"}");
  auto at = static_cast<std::ptrdiff_t>(generate.below(members->size() + 1));
  members->insert(members->begin() + at, {"unknown" + mark, unknown});
}

/// The unknown members in the order of the text.
void collect_unknown(const Json& json, std::vector<std::string>& found) {
  for (auto& element : json.if_array() ? *json.if_array() : Json::Array())
    collect_unknown(element, found);
  for (auto& [name, value] : json.if_object() ? *json.if_object() : Json::Object()) {
    if (name.starts_with("unknown"))
      found.push_back(name + value.to_text());
    collect_unknown(value, found);
  }
}

std::vector<std::string> unknown_of(const Json& json) {
  std::vector<std::string> found;
  collect_unknown(json, found);
  return found;
}

std::multiset<std::string> instances_of(const Resources& resources) {
  std::multiset<std::string> found;
  if (resources.study)
    for (auto& series : resources.study->series())
      for (auto& instance : series.instances)
        found.insert(series.uid + " " + instance.uid);
  return found;
}

} // namespace

TEST_CASE("mapping an entry again changes nothing, whatever was there before", "[bodies]") {
  for (unsigned seed = first_seed; seed < first_seed + runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    auto with = some_options(generate);
    Resources resources;
    for (int n = 0; n < 10; ++n) {
      auto mapped = map(generate.entry(), with);
      resources.apply(mapped, with);
      auto text = resources.text();
      for (auto& body : bodies_of(resources))
        keep_body(body);
      CHECK_FALSE(resources.apply(mapped, with));
      REQUIRE(resources.text() == text);
      if (resources.study)
        resources.study.emplace(resources.study->to_json()); // as a FHIR service would give it back
      REQUIRE(resources.text() == text);
      CHECK_FALSE(resources.apply(mapped, with));
    }
  }
}

TEST_CASE("what is written has no empty string, list or object and no control character", "[bodies]") {
  for (unsigned seed = first_seed + runs; seed < first_seed + 2 * runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    auto with = some_options(generate);
    Resources resources;
    for (int n = 0; n < 10; ++n) {
      if (!resources.apply(map(generate.entry(), with), with))
        continue;
      for (auto& body : bodies_of(resources)) {
        check_is_fhir(body);
        keep_body(body);
      }
    }
  }
}

TEST_CASE("members that dicomcast does not know survive to the letter, wherever they stand", "[slow]") {
  for (unsigned seed = first_seed; seed < first_seed + runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    auto with = options();
    auto without_update = [&] {
      auto one = entry(generate.dataset());
      one.set("SopInstanceUid", "1.2.3.4." + std::to_string(generate.below(4)));
      return map(one, with);
    };
    Resources resources;
    resources.apply(map(entry()), with);
    auto patient = *resources.patient, endpoint = *resources.endpoint, study = resources.study->to_json();
    int count = 0;
    for (auto* resource : {&patient, &endpoint, &study})
      add_unknown(*resource, generate, count);
    resources = {patient, endpoint, ImagingStudy(study)};
    auto mapped = map(entry(dataset_with("00080016", "\"1.2.840.10008.5.1.4.1.1.2\"")));
    resources.apply(mapped, with);
    for (int n = 0; n < 5; ++n) {
      auto other = without_update();
      other.study.modality = "CT"; // another modality or class replaces the Coding, with what it held
      other.study.sop_class = mapped.study.sop_class;
      resources.apply(other, with);
    }
    CHECK(unknown_of(*resources.patient) == unknown_of(patient));
    CHECK(unknown_of(*resources.endpoint) == unknown_of(endpoint));
    CHECK(unknown_of(resources.study->to_json()) == unknown_of(study));
  }
}

TEST_CASE("the order of instances within a study does not change the set of series and instances", "[slow]") {
  for (unsigned seed = first_seed; seed < first_seed + runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    std::mt19937 shuffle(seed);
    std::vector<MappedEntry> entries;
    for (int n = 0; n < 20; ++n) {
      auto one = generate.entry();
      one.set("Action", "create");
      entries.push_back(map(one));
    }
    Resources first, second;
    for (auto& mapped : entries)
      first.apply(mapped);
    std::shuffle(entries.begin(), entries.end(), shuffle);
    for (auto& mapped : entries)
      second.apply(mapped);
    CHECK(instances_of(first) == instances_of(second));
    if (first.study) {
      CHECK(*first.study->members().find("numberOfInstances") == *second.study->members().find("numberOfInstances"));
      CHECK(first.study->members().find("numberOfInstances")->to_text() == std::to_string(instances_of(first).size()));
    }
  }
}

TEST_CASE("both ways of reading a page come to the same") {
  for (unsigned seed = first_seed; seed < first_seed + runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    auto with = some_options(generate);
    auto one = generate.entry();
    auto fast = map(one, with);
    one.set("Unknown", Json::Number{"123456789012345678901234567890"}); // not for simdjson's DOM
    auto slow = map(one, with);
    CHECK(fast.effect == slow.effect);
    CHECK(fast.refusal == slow.refusal);
    CHECK(fast.invalid_tags == slow.invalid_tags);
    CHECK(fast.patient == slow.patient);
    if (fast.effect == Effect::Upsert)
      CHECK(study_of(fast, with) == study_of(slow, with));
  }
}

TEST_CASE("no bytes crash, and what is refused says why") {
  for (unsigned seed = first_seed; seed < first_seed + 4 * runs; ++seed) {
    INFO("seed " << seed);
    Generator generate(seed);
    auto page = "[" + generate.entry().to_text() + "," + generate.entry().to_text() + "]";
    for (auto changes = 1 + generate.below(4); changes > 0; --changes) {
      auto at = generate.below(page.size());
      switch (generate.below(5)) {
      case 0:
        page[at] = static_cast<char>(generate.below(256));
        break;
      case 1:
        page.erase(at, 1 + generate.below(8));
        break;
      case 2:
        page.insert(at, 1 + generate.below(3), static_cast<char>(generate.below(256)));
        break;
      case 3:
        page.insert(at, page.substr(generate.below(page.size()), generate.below(40)));
        break;
      case 4:
        page.resize(at);
        break;
      }
      if (page.empty())
        page = " ";
    }
    auto with = some_options(generate);
    std::string error;
    auto entries = read_feed_page(page, with, &error);
    CHECK(entries.has_value() == error.empty());
    Resources resources;
    if (entries)
      for (auto& mapped : *entries) {
        CHECK((mapped.effect == Effect::Refuse) == !mapped.refusal.empty());
        resources.apply(mapped, with);
      }
    CHECK(Json::parse("[" + resources.study_text() + "]")); // UTF-8 and JSON, whatever came
  }
}
