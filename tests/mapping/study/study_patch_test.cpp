// A study's change as JSON Patch.
#include "mapping/study/study_patch.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::mapping;

namespace {

ImagingStudy study() {
  return ImagingStudy(*Json::parse(
      R"({"resourceType":"ImagingStudy","id":"1","note":[{"text":"a"}],"a/b":1,"series":[{"uid":"1.2","instance":[{"uid":"1.2.3"}]},{"uid":"1.5"}]})"));
}

} // namespace

TEST_CASE("what was added to a study goes as a patch, and nothing else does") {
  auto now = study();
  StudyBaseline before(now);
  CHECK(before.patch_to(now) == "[]");
  now.add_instance(*now.find_series("1.2"), {"1.2.4", R"({"uid":"1.2.4"})"});
  now.add_instance(*now.find_series("1.5"), {"1.5.1", R"({"uid":"1.5.1"})"});
  now.members().array_at("note").push_back(*Json::parse(R"({"text":"b"})"));
  now.members().set("a/b", Json::integer(2));
  now.members().set("description", "c");
  auto& series = now.add_series("1.6");
  now.add_instance(series, {"1.6.1", R"({"uid":"1.6.1"})"});
  CHECK(
      before.patch_to(now) ==
      R"([{"op":"add","path":"/note/-","value":{"text":"b"}},{"op":"replace","path":"/a~1b","value":2},)"
      R"({"op":"add","path":"/description","value":"c"},{"op":"add","path":"/series/0/instance/-","value":{"uid":"1.2.4"}},)"
      R"({"op":"add","path":"/series/1/instance","value":[{"uid":"1.5.1"}]},)"
      R"({"op":"add","path":"/series/-","value":{"uid":"1.6","instance":[{"uid":"1.6.1"}]}}])");
}

TEST_CASE("the first series of a study is added as a list") {
  ImagingStudy now(*Json::parse(R"({"resourceType":"ImagingStudy","id":"1"})"));
  StudyBaseline before(now);
  auto& series = now.add_series("1.2");
  now.add_instance(series, {"1.2.1", R"({"uid":"1.2.1"})"});
  CHECK(before.patch_to(now) ==
        R"([{"op":"add","path":"/series","value":[{"uid":"1.2","instance":[{"uid":"1.2.1"}]}]}])");
}

TEST_CASE("a study of which an instance was rewritten or removed goes whole") {
  auto now = study();
  StudyBaseline before(now);
  SECTION("removed") {
    now.remove_instance("1.2", "1.2.3");
  }
  SECTION("rewritten") {
    auto& series = *now.find_series("1.2");
    now.replace_text(series, *series.instances.find("1.2.3"), R"({"uid":"1.2.3","number":1})");
  }
  CHECK_FALSE(before.patch_to(now));
}
