// Generated feeds.
#include "tests/sim/generator.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace dicomcast;
using namespace dicomcast::sim;

namespace {

GeneratorOptions lively() {
  GeneratorOptions options;
  options.seed = 42;
  options.studies = 301;
  options.instances_per_study = 9;
  options.interleave = 4;
  options.update_rate = 0.1;
  options.delete_rate = 0.2;
  options.recreate_rate = 0.3;
  options.odd_rate = 0.3;
  options.broken_rate = 0.1;
  options.broken_required_rate = 0.05;
  options.dose_report_rate = 0.2;
  options.gap_every = 7;
  return options;
}

} // namespace

TEST_CASE("each instance of each study is created once, and its states fit what happens to it later") {
  Generator generator(lively());
  std::map<std::string, std::vector<FeedItem>> history;
  for (std::int64_t i = 0; i < generator.size(); ++i) {
    auto item = generator.item(i, false);
    history[item.instance].push_back(item);
  }
  CHECK(history.size() == 301 * 9);
  std::map<std::string, int> endings;
  for (const auto& [uid, items] : history) {
    CAPTURE(uid);
    std::string actions;
    for (const auto& item : items)
      actions += item.action + " " + item.state + ", ";
    ++endings[actions];
  }
  CHECK(endings.size() == 4);
  CHECK(endings["Create Current, "] > 1500);
  CHECK(endings["Create Replaced, Update Current, "] > 200);
  CHECK(endings["Create Deleted, Delete Deleted, "] > 300);
  CHECK(endings["Create Replaced, Delete Replaced, Create Current, "] > 100);
}

TEST_CASE("sequences and timestamps of a generated feed rise, and are found again") {
  Generator generator(lively());
  std::int64_t last = 0, missing = 0;
  Ticks time = 0;
  for (std::int64_t i = 0; i < generator.size(); ++i) {
    auto sequence = generator.sequence(i);
    REQUIRE(sequence > last);
    REQUIRE(generator.timestamp(i) >= time);
    REQUIRE(generator.first_after(last) == i);
    REQUIRE(generator.first_after(sequence - 1) == i);
    missing += sequence - last - 1;
    last = sequence;
    time = generator.timestamp(i);
  }
  CHECK(missing > 0);
  CHECK(generator.first_after(last) == generator.size());
  CHECK(generator.first_since(generator.timestamp(50)) == 50);
}

TEST_CASE("every generated dataset is JSON that names its instance, the same each time") {
  Generator generator(lively());
  std::size_t bytes = 0, count = 0, reports = 0;
  for (std::int64_t i = 0; i < generator.size(); i += 3) {
    auto item = generator.item(i, true);
    CHECK(item.metadata == generator.item(i, true).metadata);
    if (item.metadata.empty()) {
      CHECK(item.state == "Deleted");
      continue;
    }
    auto json = mapping::Json::parse(item.metadata);
    REQUIRE(json);
    CHECK(attribute(*json, "0020000D") == item.study);
    CHECK(attribute(*json, "0020000E") == item.series);
    CHECK(attribute(*json, "00080018") == item.instance);
    std::string last;
    for (const auto& [tag, element] : *json->if_object()) {
      CHECK(tag > last); // PS3.18 annex F: in order of the tags
      last = tag;
    }
    reports += json->find("0040A730") != nullptr;
    bytes += item.metadata.size();
    ++count;
  }
  CHECK(reports > 0);
  CHECK(bytes / count > 2500);
  CHECK(bytes / count < 6000);
}

TEST_CASE("a feed of millions is reached at any place without its beginning") {
  GeneratorOptions options;
  options.studies = 20'000;
  options.instances_per_study = 50;
  options.gap_every = 100;
  Generator generator(options);
  CHECK(generator.size() == 1'000'000);
  auto item = generator.item(999'999, true);
  CHECK(item.study == study_uid(options, 19'999));
  CHECK(item.sequence == generator.sequence(999'999));
}

TEST_CASE("twins among patients differ in the case of their ID alone") {
  GeneratorOptions options;
  options.case_twins = true;
  options.studies_per_patient = 1;
  auto id = [&](std::int64_t study) {
    std::string text;
    write_dataset(options, {study, 0, 0}, text);
    return attribute(*mapping::Json::parse(text), "00100020");
  };
  CHECK(id(0) == "twin-000000");
  CHECK(id(1) == "TWIN-000000");
}
