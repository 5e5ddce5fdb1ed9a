// What is kept of a study to the letter.
#include "mapping/study/imaging_study.hpp"

#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

std::string text_of(const ImagingStudy& study) {
  std::string text;
  study.write(text);
  return text;
}

} // namespace

TEST_CASE("a study that is taken apart and not changed is written to the letter") {
  for (
      std::string text :
      {R"({"resourceType":"ImagingStudy","x":1.10,"series":[{"uid":"1","a":[],"instance":[{"uid":"2","n":1.0},{"q":null}],"b":{}},{"c":"\"\n"}],"z":true})",
       R"({"series":[]})", R"({"series":null})", R"({"series":{"a":1}})", R"({"series":[null,1,"x",[],{}]})",
       R"({"series":[{"instance":[]},{"instance":null},{"instance":"x"},{"instance":[null,1,[1.0]]}]})",
       R"({"series":[{"uid":"1","instance":[{"uid":"2"},{"uid":"2"}]},{"uid":"1"}]})", R"({})",
       R"({"series":[{"uid":"1"}],"series":[2]})"}) {
    INFO(text);
    ImagingStudy study(json(text));
    CHECK(text_of(study) == text);
    CHECK(study.to_json().to_text() == text);
  }
}

TEST_CASE("series and instances are found with and without urn:oid:") {
  ImagingStudy study(json(R"({"series":[{"uid":"urn:oid:1.2","instance":[{"uid":"urn:oid:3"},{"uid":"4"}]}]})"));
  REQUIRE(study.find_series("1.2"));
  CHECK(study.find_series("1.2")->instances.find("3"));
  CHECK(study.find_series("1.2")->instances.find("4"));
  CHECK_FALSE(study.find_series("1.2")->instances.find("5"));
  CHECK_FALSE(study.find_series("1"));
  CHECK_FALSE(study.find_series(""));
  CHECK(study.instance_count() == 2);
}

TEST_CASE("instances go where the list stands, or at the end of a series that has none") {
  ImagingStudy study(
      json(R"({"series":[{"uid":"1","instance":[],"x":1},{"uid":"2","instance":[{"uid":"a"}],"y":2}],"z":3})"));
  study.add_instance(*study.find_series("1"), {"b", R"({"uid":"b"})"});
  study.add_instance(*study.find_series("2"), {"c", R"({"uid":"c"})"});
  study.add_instance(study.add_series("3"), {"d", R"({"uid":"d"})"});
  CHECK(text_of(study) == R"({"series":[{"uid":"1","instance":[{"uid":"b"}],"x":1},{"uid":"2","instance":[{"uid":"a"},)"
                          R"({"uid":"c"}],"y":2},{"uid":"3","instance":[{"uid":"d"}]}],"z":3})");
}

TEST_CASE("an instance that is listed twice is removed whole") {
  ImagingStudy study(json(R"({"series":[{"uid":"1","instance":[{"uid":"a","n":1},{"uid":"b"},{"uid":"a","n":2}]}]})"));
  CHECK(study.remove_instance("1", "a"));
  CHECK(text_of(study) == R"({"series":[{"uid":"1","instance":[{"uid":"b"}]}]})");
  CHECK(study.instance_count() == 1);
  CHECK_FALSE(study.remove_instance("1", "a"));
  CHECK(study.remove_instance("1", "b"));
  CHECK(text_of(study) == "{}");
}

TEST_CASE("many are added and removed in any order, and what remains keeps its order") {
  ImagingStudy study(Json::object());
  std::vector<int> left;
  for (int n = 0; n < 1000; ++n) {
    auto* series = study.find_series("1");
    auto uid = std::to_string(n);
    study.add_instance(series ? *series : study.add_series("1"), {uid, '"' + uid + '"'});
  }
  for (int n = 0; n < 1000; ++n)
    if (n % 7 != 0)
      CHECK(study.remove_instance("1", std::to_string(n * 331 % 1000)));
  std::string expected;
  for (int n = 0; n < 1000; ++n)
    if (n * 571 % 1000 % 7 == 0) // 331 * 571 = 1 modulo 1000
      expected += (expected.empty() ? "\"" : ",\"") + std::to_string(n) + '"';
  CHECK(text_of(study) == R"({"series":[{"uid":"1","instance":[)" + expected + "]}]}");
  CHECK(study.instance_count() == 143);
}

TEST_CASE("a copy is independent") {
  ImagingStudy study(json(R"({"series":[{"uid":"1","instance":[{"uid":"a"}]}]})"));
  auto copy = study;
  CHECK(copy.remove_instance("1", "a"));
  CHECK(study.find_series("1")->instances.find("a")->text == R"({"uid":"a"})");
}

TEST_CASE("the footprint grows and shrinks with the instances") {
  ImagingStudy study(json(R"({"series":[{"uid":"1","instance":[{"uid":"a"}]}]})"));
  auto before = study.footprint();
  study.add_instance(*study.find_series("1"), {"b", std::string(1000, ' ') + "{}"});
  CHECK(study.footprint() > before + 1000);
  study.remove_instance("1", "b");
  CHECK(study.footprint() == before);
}
