// Reading pages, good and broken ones.
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

std::string page_error(const std::string& page) {
  std::string error;
  INFO(page);
  CHECK_FALSE(read_feed_page(page, options(), &error));
  CHECK(error != "");
  return error;
}

} // namespace

TEST_CASE("a page is a list of entries, one entry, null or nothing") {
  auto one = entry().to_text();
  CHECK(read_feed_page("[" + one + "," + one + "]", options(), nullptr)->size() == 2);
  CHECK(read_feed_page(" " + one + "\n", options(), nullptr)->size() == 1);
  CHECK(read_feed_page("\xEF\xBB\xBF" + one, options(), nullptr)->size() == 1);
  for (auto* nothing : {"", " \r\n\t", "null", " null ", "[]", "[ ]"})
    CHECK(read_feed_page(nothing, options(), nullptr)->empty());
}

TEST_CASE("of a page every row is told, and only those that are wanted are mapped") {
  auto text = [](int sequence) {
    return R"({"Sequence":)" + std::to_string(sequence) + R"(,"Timestamp":"2020-01-01T00:00:0)" +
           std::to_string(sequence) + R"(Z","Action":"delete"})";
  };
  auto rows = read_feed_rows(
      "\xEF\xBB\xBF[" + text(1) + "," + text(2) + "," + text(3) + "]", options(),
      [](std::int64_t sequence) { return sequence == 2; }, nullptr);
  REQUIRE(rows);
  REQUIRE(rows->size() == 3);
  for (std::size_t at = 0; at < 3; ++at) {
    auto& row = (*rows)[at];
    CHECK(row.sequence == static_cast<std::int64_t>(at) + 1);
    CHECK(row.timestamp == "2020-01-01T00:00:0" + std::to_string(at + 1) + "Z");
    CHECK((row.entry != nullptr) == (at == 1));
  }
  CHECK((*rows)[1].entry->sequence == 2);
}

TEST_CASE("keys come in Pascal or camel case, action and state in any case, unknown keys are passed over") {
  auto camel = map_text(R"({"sequence":"17","studyInstanceUid":"1.2","seriesInstanceUid":"1.3","sopInstanceUid":"1.4",
    "action":"DELETE","state":"Deleted","timestamp":"2020-01-01T00:00:00.1Z","partitionName":"p","more":[{}],"metadata":null})");
  CHECK(camel.sequence == 17);
  CHECK(camel.uids == InstanceUids{"1.2", "1.3", "1.4"});
  CHECK(camel.effect == Effect::Delete);
  CHECK(camel.partition == "p");
  auto pascal = map_text(R"({"Sequence":9007199254740993,"StudyInstanceUid":"1.2","SeriesInstanceUid":"1.3",
    "SopInstanceUid":" 1.4\u0000","Action":"delete","PartitionName":"q"})");
  CHECK(pascal.sequence == 9007199254740993);
  CHECK(pascal.uids.instance == "1.4");
  CHECK(pascal.partition == "q");
  CHECK(map_text(R"({"sequence":1,"partition":{"partitionKey":2,"partitionName":"r"}})").partition == "r");
}

TEST_CASE("a page that is not JSON throughout is refused, wherever the fault is") {
  auto one = entry().to_text();
  for (auto bad :
       {R"({"a":[1,]})", R"({"a":01})", R"({"a":tru})", R"({"a":"\q"})", R"({"a":"x)", R"({"a":1,})", R"([1 2])"}) {
    auto odd = entry();
    auto text = odd.to_text();
    text.insert(text.size() - 1, std::string(",\"Other\":") + bad);
    page_error("[" + text + "]");
    auto metadata = dataset().to_text();
    metadata.insert(metadata.size() - 1, std::string(",\"00091001\":") + bad);
    page_error(R"([{"Sequence":1,"Metadata":)" + metadata + "}]");
  }
  page_error("[" + one);
  page_error("[" + one + ",]");
  page_error(one + one);
  page_error("[" + one + "]x");
  page_error("{");
  page_error(std::string("\0", 1));
  page_error(std::string(1000, '['));
  page_error("\"\xFF");
}

TEST_CASE(
    "an entry that is no object or has no whole sequence number makes the page refused, and the error says which") {
  CHECK(page_error(R"([{"Sequence":1},7])") == "entry 2 of the page is no object");
  CHECK(page_error("[null]") == "entry 1 of the page is no object");
  CHECK(page_error("3") == "entry 1 of the page is no object");
  for (auto* sequence : {"null", "1.5", "-1", "\"x\"", "\"\"", "\"1 \"", "true", "[1]", "9223372036854775808"})
    CHECK(page_error(std::string(R"([{"Sequence":)") + sequence + "}]") ==
          "entry 1 of the page has no Sequence that is a whole number");
  CHECK(page_error("[{}]") == "entry 1 of the page has no Sequence that is a whole number");
}

TEST_CASE("numbers of any size and any escapes are JSON, and make no difference to the mapping") {
  auto plain = map(entry());
  for (auto odd : {"123456789012345678901234567890", "1e400", "-1.5e-400", R"("\u00e4\ud83d\ude00\/")",
                   "18446744073709551616", "0.10000000000000000000000000000000000001"}) {
    INFO(odd);
    auto mapped = map(entry(dataset_with("00181000", odd)));
    CHECK(mapped.effect == Effect::Upsert);
    CHECK(mapped.invalid_tags.empty());
    CHECK(mapped.patient == plain.patient);
    CHECK(study_of(mapped) == study_of(plain));
  }
  auto mapped = map_text(entry(dataset_with("00081030", R"("\u00e4\ud83d\ude00")")).to_text());
  CHECK(mapped.study.description == "ä😀");
}

TEST_CASE("keys of the dataset come in any case, and the first of two with one name counts") {
  auto metadata = dataset_without("0008103E");
  metadata.set("0008103e", attribute("\"lower\""));
  CHECK(map(entry(metadata)).study.series_description == "lower");
  auto text = entry().to_text();
  text.insert(text.size() - 1, R"(,"Metadata":{},"Action":"delete","Sequence":99)");
  CHECK(map_text(text).effect == Effect::Upsert);
  CHECK(map_text(text).sequence == 5);
}

TEST_CASE("broken UTF-8 and lone surrogates become U+FFFD and a row that names the tag") {
  auto text = [](std::string_view key, std::string_view value) {
    auto made = entry(dataset_with(key, "\"@\"")).to_text();
    return made.replace(made.find("\"@\""), 3, std::string("\"").append(value).append("\""));
  };
  const std::vector<std::pair<std::string, std::string>> cases{{"M\xFCller", "M\uFFFDller"},
                                                               {"a\xE2\x82z", "a\uFFFDz"},
                                                               {"\xF0\x9F\x98", "\uFFFD"},
                                                               {"\xC0\xAF", "\uFFFD\uFFFD"},
                                                               {"a\\ud800z", "a\uFFFDz"},
                                                               {"a\\udc00", "a\uFFFD"},
                                                               {"\\ud800\\ud83d\\ude00", "\uFFFD😀"},
                                                               {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"}};
  for (auto& [broken, mended] : cases) {
    INFO(mended);
    auto mapped = map_text(text("00081030", broken));
    CHECK(mapped.effect == Effect::Upsert);
    CHECK(mapped.study.description == mended);
    REQUIRE(mapped.invalid_tags.size() == 1);
    CHECK(mapped.invalid_tags[0] == "StudyDescription (0008,1030): bytes that are no UTF-8 became U+FFFD");
    CHECK(study_of(mapped).text("description") == mended);
  }
  auto name = map_text(text("00100010", "M\xFCller^Eva"));
  CHECK(name.patient.name->family == std::vector<std::string>{"M\uFFFDller"});
  CHECK(name.invalid_tags.size() == 1);
  auto not_mapped = map_text(text("00080080", "Spital Z\xFCrich"));
  CHECK(not_mapped.effect == Effect::Upsert);
  REQUIRE(not_mapped.invalid_tags.size() == 1);
  CHECK(not_mapped.invalid_tags[0].find("00080080") != std::string::npos);
  // A character that was replaced elsewhere before is a character like any other.
  CHECK(map_text(text("00081030", "\uFFFD")).invalid_tags.empty());
  CHECK(map_text(text("00081030", "M\xFCller"), enforcing()).fault == DicomFault::InvalidTag);
}

TEST_CASE("only the entry that held broken text gets a row") {
  auto broken = entry(dataset_with("00081030", "\"@@\"")).to_text();
  broken.replace(broken.find("@@"), 2, "\xFF");
  auto entries =
      read_feed_page("[" + entry().to_text() + "," + broken + "," + entry().to_text() + "]", options(), nullptr);
  REQUIRE(entries);
  CHECK((*entries)[0].invalid_tags.empty());
  CHECK((*entries)[1].invalid_tags.size() == 1);
  CHECK((*entries)[2].invalid_tags.empty());
}

TEST_CASE("an identifier with broken text is refused, since two patients' could be mended into one") {
  auto text = entry(dataset_with("00100020", "\"P@@\"")).to_text();
  text.replace(text.find("@@"), 2, "\xE4");
  auto mapped = map_text(text);
  CHECK(mapped.effect == Effect::Refuse);
  CHECK(mapped.fault == DicomFault::InvalidRequiredTag);
  CHECK(mapped.refusal.find("PatientID (0010,0020)") != std::string::npos);
}

TEST_CASE("a structured report is told by its content sequence") {
  CHECK_FALSE(map(entry()).is_structured_report);
  CHECK(map(entry(dataset_with("0040A730", ""))).is_structured_report);
  CHECK(map(entry(dataset_with("0040a730", ""))).is_structured_report);
}
