// A dose report as an entry of the feed: what is wrong in its content counts as an optional tag.
#include "tests/mapping/dose/sr_builder.hpp"
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

/// The sample dataset with a dose report's content: this number, and one that is right.
Json report_with(std::string_view number) {
  auto metadata = dataset();
  auto content = sr::container(sr::ct_report, {sr::number(sr::ctdi, number), sr::number("113813|DCM|DLP Total", "7")});
  for (auto& [key, value] : *content.if_object())
    metadata.set(key, value);
  return metadata;
}

Options generating(bool enforce) {
  auto with = enforce ? enforcing() : options();
  with.generate_observations = true;
  return with;
}

} // namespace

TEST_CASE("a broken number of a dose report, not enforced: the component is left out, one row, the rest is mapped") {
  auto mapped = map(entry(report_with("1,5")), generating(false));
  CHECK(mapped.effect == Effect::Upsert);
  REQUIRE(mapped.invalid_tags.size() == 1);
  CHECK(mapped.invalid_tags[0].starts_with("NumericValue (0040,A30A)"));
  REQUIRE(mapped.observations.size() == 1);
  CHECK(mapped.observations[0].items("component").size() == 1);
}

TEST_CASE("a broken number of a dose report, enforced: nothing is mapped, and the message names it") {
  auto mapped = map(entry(report_with("1,5")), generating(true));
  CHECK(mapped.effect == Effect::Refuse);
  CHECK(mapped.fault == DicomFault::InvalidTag);
  CHECK(mapped.refusal.find("NumericValue (0040,A30A)") != std::string::npos);
  CHECK(mapped.invalid_tags.empty());
  CHECK(mapped.observations.empty());

  auto both = report_with("1,5");
  both.set("00100030", attribute("\"19991345\""));
  CHECK(map(entry(both), generating(true)).refusal.starts_with("PatientBirthDate (0010,0030)"));
  CHECK(map(entry(report_with("1.5")), generating(true)).effect == Effect::Upsert);
}

TEST_CASE("with the feature off, a dose report's content is not looked at") {
  auto mapped = map(entry(report_with("1,5")), enforcing());
  CHECK(mapped.effect == Effect::Upsert);
  CHECK(mapped.observations.empty());
}

TEST_CASE("a report whose required tag is wrong, or that is skipped, makes no Observation and no other row") {
  for (bool enforce : {false, true}) {
    auto metadata = report_with("1,5");
    metadata.erase("00100020");
    auto mapped = map(entry(metadata), generating(enforce));
    CHECK(mapped.fault == DicomFault::InvalidRequiredTag);
    CHECK(mapped.invalid_tags.empty());
    CHECK(mapped.observations.empty());
    CHECK(map(entry(report_with("1,5"), "create", "deleted"), generating(enforce)).effect == Effect::Skip);
    CHECK(map(entry(report_with("1,5"), "delete", "deleted"), generating(enforce)).effect == Effect::Delete);
  }
}

TEST_CASE("enforced, an entry with several broken tags is refused once and names each") {
  auto two = report_with("x");
  two.set("00080023", sr::attribute("DA", {"20230230"}));
  auto mapped = map(entry(two), generating(true));
  CHECK(mapped.refusal.find("NumericValue (0040,A30A)") != std::string::npos);
  CHECK(mapped.refusal.find("ContentDate (0008,0023)") != std::string::npos);
}

TEST_CASE("of a page with a dose report its entries are those that each gives alone") {
  auto with = generating(false);
  auto odd = dataset_with("00081030", R"("[{\"]}\\\"")"); // brackets and quotes in a string end nothing
  auto report = report_with("1.50");
  std::vector<std::string> texts;
  for (auto& metadata : {odd, report, odd, report})
    texts.push_back(entry(metadata).to_text());
  auto page =
      read_feed_page(" [ " + texts[0] + " , " + texts[1] + "," + texts[2] + "," + texts[3] + " ] ", with, nullptr);
  REQUIRE(page);
  REQUIRE(page->size() == 4);
  for (std::size_t at = 0; at < 4; ++at) {
    auto alone = map_text(texts[at], with);
    CHECK((*page)[at].observations.size() == (at % 2 ? 1 : 0));
    CHECK((*page)[at].observations == alone.observations);
    CHECK((*page)[at].invalid_tags == alone.invalid_tags);
    CHECK((*page)[at].study.description == alone.study.description);
  }
}
