// The feed's windows, gaps and states.
#include "tests/sim/feed.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

using namespace dicomcast::sim;

namespace {

FeedItem item(const std::string& instance, const std::string& action = "Create", std::int64_t sequence = 0) {
  FeedItem out;
  out.study = "1.1";
  out.series = "1.1.1";
  out.instance = instance;
  out.action = action;
  out.sequence = sequence;
  if (action != "Delete")
    out.metadata = R"({"00100020":{"vr":"LO","Value":[")" + action + std::to_string(sequence) + "\"]}}";
  return out;
}

std::vector<std::int64_t> sequences(const std::vector<FeedItem>& items) {
  std::vector<std::int64_t> out;
  for (const auto& one : items)
    out.push_back(one.sequence);
  return out;
}

using Sequences = std::vector<std::int64_t>;
constexpr Ticks always = std::numeric_limits<Ticks>::max();

} // namespace

TEST_CASE("a later entry on an instance changes state and metadata of the earlier ones") {
  Feed feed;
  feed.append(item("a", "Create", 1));
  CHECK(feed.by_sequence(0, 10, true)[0].state == "Current");
  feed.append(item("a", "Update", 2));
  auto items = feed.by_sequence(0, 10, true);
  CHECK(items[0].state == "Replaced");
  CHECK(items[0].metadata == items[1].metadata);
  CHECK(items[1].state == "Current");
  feed.append(item("a", "Delete", 3));
  for (const auto& one : feed.by_sequence(0, 10, true)) {
    CHECK(one.state == "Deleted");
    CHECK(one.metadata.empty());
  }
  feed.append(item("a", "Create", 4));
  items = feed.by_sequence(0, 10, true);
  CHECK(items[2].state == "Replaced");
  CHECK(items[3].state == "Current");
  CHECK(items[0].metadata == items[3].metadata);
}

TEST_CASE("an appended entry gets the next sequence; one that is taken is refused") {
  GeneratorOptions options;
  options.studies = 2;
  options.instances_per_study = 3;
  Feed feed(options);
  CHECK(feed.append(item("a")) == 7);
  CHECK(feed.append(item("b", "Create", 20)) == 20);
  CHECK(feed.append(item("c")) == 21);
  CHECK_THROWS_AS(feed.append(item("d", "Create", 20)), std::invalid_argument);
  CHECK_THROWS_AS(feed.append(item("d", "Create", 3)), std::invalid_argument);
  CHECK(feed.latest(false)->sequence == 21);
}

TEST_CASE("an entry appended on a generated instance changes that one's state") {
  GeneratorOptions options;
  options.studies = 1;
  options.instances_per_study = 3;
  Feed feed(options);
  auto first = feed.by_sequence(0, 1, true)[0];
  auto deletion = first;
  deletion.action = "Delete";
  deletion.state = deletion.metadata = "";
  deletion.sequence = deletion.timestamp = 0;
  feed.append(deletion);
  CHECK(feed.by_sequence(0, 1, true)[0].state == "Deleted");
  CHECK(feed.by_sequence(1, 1, true)[0].state == "Current");
}

TEST_CASE("a page by sequence holds those above the offset up to offset and limit together") {
  Feed feed;
  for (auto sequence : {2, 3, 7, 20})
    feed.append(item(std::to_string(sequence), "Create", sequence));
  CHECK(sequences(feed.by_sequence(0, 2, true)) == Sequences{2});
  CHECK(sequences(feed.by_sequence(2, 5, true)) == Sequences{3, 7});
  CHECK(feed.by_sequence(7, 10, true).empty());
  CHECK(sequences(feed.by_sequence(7, 13, true)) == Sequences{20});
  CHECK(sequences(feed.by_sequence(0, std::numeric_limits<std::int64_t>::max(), true)) == Sequences{2, 3, 7, 20});
}

TEST_CASE("a page by time is in order of timestamp, then sequence, whatever the sequences") {
  Feed feed;
  auto at = [&](std::int64_t sequence, Ticks time) {
    auto one = item(std::to_string(sequence), "Create", sequence);
    one.timestamp = time;
    feed.append(one);
  };
  at(1, 100);
  at(2, 300);
  at(3, 200);
  at(4, 200);
  at(5, 400);
  CHECK(sequences(feed.by_time(1, always, 0, 10, true)) == Sequences{1, 3, 4, 2, 5});
  CHECK(sequences(feed.by_time(200, 400, 0, 10, true)) == Sequences{3, 4, 2}); // start inclusive, end exclusive
  CHECK(sequences(feed.by_time(1, always, 2, 2, true)) == Sequences{4, 2});
  CHECK(feed.by_time(1, always, 5, 2, true).empty());
}

TEST_CASE("pages by time, joined, are the whole feed, generated and appended entries together") {
  GeneratorOptions options;
  options.studies = 7;
  options.instances_per_study = 5;
  options.same_timestamp = 4;
  options.gap_every = 3;
  Feed feed(options);
  auto middle = feed.by_sequence(0, 1000, false)[17];
  for (int i = 0; i < 6; ++i) {
    auto late = item("late" + std::to_string(i));
    late.timestamp = middle.timestamp + (i % 2 ? 0 : 30'000'000);
    feed.append(late);
  }
  Sequences walked;
  for (std::int64_t offset = 0;; offset += 4) {
    auto page = feed.by_time(0, always, offset, 4, false);
    if (page.empty())
      break;
    for (const auto& one : page)
      walked.push_back(one.sequence);
  }
  CHECK(walked.size() == 41);
  CHECK(walked == sequences(feed.by_time(0, always, 0, 1000, false)));
  CHECK_FALSE(std::is_sorted(walked.begin(), walked.end()));
}

TEST_CASE("an entry can appear late, behind newer ones") {
  Feed feed;
  auto hidden = item("a", "Create", 2);
  hidden.hidden_requests = 2;
  feed.append(item("x", "Create", 1));
  feed.append(hidden);
  feed.append(item("y", "Create", 3));
  CHECK(sequences(feed.by_sequence(0, 10, true)) == Sequences{1, 3});
  feed.count_request();
  CHECK(sequences(feed.by_sequence(0, 10, true)) == Sequences{1, 3});
  feed.count_request();
  CHECK(sequences(feed.by_sequence(0, 10, true)) == Sequences{1, 2, 3});
}

TEST_CASE("timestamps are read in the forms that clients send") {
  auto ticks = parse_timestamp("2025-01-31T10:20:30.1234567Z");
  REQUIRE(ticks);
  CHECK(format_timestamp(*ticks) == "2025-01-31T10:20:30.1234567Z");
  CHECK(parse_timestamp("2025-01-31T12:20:30.1234567+02:00") == ticks);
  CHECK(parse_timestamp("2025-01-31T12:20:30.1234567 02:00") == ticks); // `+` decoded as a space
  CHECK(format_timestamp(*parse_timestamp("2025-01-31")) == "2025-01-31T00:00:00.0000000Z");
  CHECK(format_timestamp(*parse_timestamp("2025-01-31T10:20")) == "2025-01-31T10:20:00.0000000Z");
  for (auto wrong : {"", "2025", "2025-02-30T00:00:00Z", "2025-01-31T10", "2025-01-31T10:20:30X"})
    CHECK_FALSE(parse_timestamp(wrong));
}

TEST_CASE("an entry of a file is read in either case of keys, and a dataset alone as a create") {
  auto pascal = read_item(*dicomcast::mapping::Json::parse(
      R"({"Sequence":5,"StudyInstanceUid":"1","Action":"Delete","State":"Deleted","PartitionName":"p","Metadata":null})"));
  CHECK(pascal.sequence == 5);
  CHECK(pascal.study == "1");
  CHECK(pascal.action == "Delete");
  CHECK(pascal.partition == "p");
  CHECK(pascal.metadata.empty());
  auto dataset = read_item(*dicomcast::mapping::Json::parse(
      R"({"00080018":{"vr":"UI","Value":["1.3"]},"0020000D":{"vr":"UI","Value":["1.1"]},"0020000E":{"vr":"UI","Value":["1.2"]}})"));
  CHECK(dataset.action == "Create");
  CHECK(dataset.study == "1.1");
  CHECK(dataset.series == "1.2");
  CHECK(dataset.instance == "1.3");
  CHECK_FALSE(dataset.metadata.empty());
}

TEST_CASE("keys are written in Pascal case, camel case, or both by turns") {
  auto one = item("a", "Create", 1);
  auto written = [&](Keys keys) {
    std::string out;
    write_item(one, false, keys, out);
    return out;
  };
  CHECK(written(Keys::Pascal).starts_with(R"({"Sequence":1,"StudyInstanceUid":"1.1")"));
  CHECK(written(Keys::Camel).starts_with(R"({"sequence":1,"studyInstanceUid":"1.1")"));
  CHECK(written(Keys::Mixed) == written(Keys::Pascal));
  one.sequence = 2;
  CHECK(written(Keys::Mixed) == written(Keys::Camel));
}
