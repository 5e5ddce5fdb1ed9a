// What profile R4 takes better care of than profile Original: exactness of times, descriptions, names, zones.
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

Json with_zone(Json metadata) {
  metadata.erase("00080201");
  return entry(std::move(metadata));
}

} // namespace

TEST_CASE("a date alone never takes the place of the same date with a time, another date does") {
  Resources resources;
  resources.apply(map(entry()));
  CHECK_FALSE(resources.apply(map(entry(dataset_without("00080030"), "update"))));
  CHECK_FALSE(resources.apply(map(entry(dataset_without("00080031"), "update"))));
  CHECK(resources.study->members().text("started") == "2020-01-31T10:11:12.5+01:30");
  auto other = dataset_without("00080030");
  other.set("00080020", attribute("\"20200130\""));
  CHECK(resources.apply(map(entry(other))));
  CHECK(resources.study->members().text("started") == "2020-01-30");
  CHECK(resources.apply(map(entry())));

  Resources original;
  auto with = options(Profile::Original);
  original.apply(map(entry(), with), with);
  CHECK(original.apply(map(entry(dataset_without("00080030")), with), with));
  CHECK(original.study->members().text("started") == "2020-01-31");
}

TEST_CASE("a corrected description takes its note along, and no other note") {
  auto resources = Resources{};
  resources.apply(map(entry()));
  Json::Array notes{Json::Object{{"text", "seen by B"}}, Json::Object{{"text", "CT Thorax"}, {"authorString", "x"}}};
  resources.study->members().set("note", notes);
  CHECK(resources.apply(map(entry(dataset_with("00081030", "\"CT Abdomen\"")))));
  CHECK(resources.study->members().text("description") == "CT Abdomen");
  CHECK(Json(resources.study->members().items("note")).to_text() ==
        R"([{"text":"seen by B"},{"text":"CT Abdomen","authorString":"x"}])");
  CHECK_FALSE(resources.apply(map(entry(dataset_with("00081030", "\"CT Abdomen\"")))));

  Resources original;
  auto with = options(Profile::Original);
  original.apply(map(entry(), with), with);
  original.apply(map(entry(dataset_with("00081030", "\"CT Abdomen\"")), with), with);
  CHECK(original.study->members().items("note").size() == 2);
}

TEST_CASE("line breaks and tabs in a description become spaces, and one row tells so") {
  for (std::string key : {"00081030", "0008103E"}) {
    auto metadata = dataset_with(key, R"("CT\r\nThorax\tand more\n")");
    auto mapped = map(entry(metadata));
    REQUIRE(mapped.invalid_tags.size() == 1);
    CHECK(mapped.invalid_tags[0].find("line breaks or tabs became spaces") != std::string::npos);
    CHECK((key == "00081030" ? mapped.study.description : mapped.study.series_description) == "CT  Thorax and more");
    CHECK(map(entry(metadata), enforcing()).effect == Effect::Refuse);
    auto original = map(entry(metadata), options(Profile::Original));
    CHECK_FALSE((key == "00081030" ? original.study.description : original.study.series_description));
    CHECK(original.invalid_tags.size() == 1);
  }
  auto other = map(entry(dataset_with("00081030", R"("a\u0007\nb")")));
  CHECK_FALSE(other.study.description);
  CHECK(other.invalid_tags.size() == 1);
}

TEST_CASE("without an alphabetic group the ideographic one is the name, else the phonetic one") {
  auto family = [](const char* name, Profile profile = Profile::R4) {
    auto with = options(profile);
    auto patient = patient_of(map(entry(dataset_with("00100010", name)), with), with);
    return patient.items("name").empty() ? std::string() : std::string(patient.items("name").front().text("family"));
  };
  CHECK(family(R"({"Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"})") == "山田");
  CHECK(family(R"({"Phonetic":"やまだ^たろう"})") == "やまだ");
  CHECK(family(R"("=山田^太郎=やまだ^たろう")") == "山田");
  CHECK(family(R"("^^=山田^太郎")") == "山田");
  CHECK(family(R"({"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"})") == "Yamada");
  CHECK(family(R"({"Ideographic":"山田^太郎"})", Profile::Original).empty());
  CHECK(map(entry(dataset_with("00100010", R"({"Alphabetic":"Yamada","Ideographic":7})"))).invalid_tags.size() == 1);
}

TEST_CASE("a time without zone has the offset of the default zone at that time") {
  auto with = options();
  with.default_timezone = *dicomcast::conf::Timezone::read("Europe/Berlin");
  auto winter = map(with_zone(dataset()), with);
  CHECK(winter.study.started == "2020-01-31T10:11:12.5+01:00");
  auto summer = map(with_zone(dataset_with("00080020", "\"20200731\"")), with);
  CHECK(summer.study.started == "2020-07-31T10:11:12.5+02:00");
  CHECK(map(entry(), with).study.started == "2020-01-31T10:11:12.5+01:30");
}

TEST_CASE("the Endpoint's payload type is a study to those who read codes") {
  std::optional<Json> endpoint, original;
  merge_endpoint(options(), endpoint);
  CHECK(Json(endpoint->items("payloadType")).to_text() ==
        R"([{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"113014","display":"Study"}],)"
        R"("text":"DICOM WADO-RS"}])");
  merge_endpoint(options(Profile::Original), original);
  CHECK(Json(original->items("payloadType")).to_text() == R"([{"text":"DICOM WADO-RS"}])");
}

TEST_CASE("an issuer's text becomes the system that the configuration has for it, letter by letter") {
  auto with = options();
  with.is_issuer_id_used = true;
  with.issuer_systems = {{"urn:issuer", "urn:oid:1.2.3"}, {"OTHER", "urn:oid:4"}};
  CHECK(map(entry(), with).patient.system == "urn:oid:1.2.3");
  CHECK(map(entry(dataset_with("00100021", "\"other\"")), with).patient.system == "other");
  CHECK(map(entry(dataset_with("00100021", "\"OTHER \"")), with).patient.system == "urn:oid:4");
  with.is_issuer_id_used = false;
  CHECK(map(entry(), with).patient.system == "urn:hospital");
}
