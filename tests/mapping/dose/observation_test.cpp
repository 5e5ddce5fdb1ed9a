// Dose reports to Observations, item by item.
#include "mapping/dose/observation.hpp"
#include "tests/mapping/dose/sr_builder.hpp"

#include <catch2/catch.hpp>

#include <cctype>

using namespace dicomcast::mapping;

namespace {

const InstanceUids uids{"1.2.3", "1.2.3.4", "1.2.3.4.5"};

struct Result {
  std::vector<Json> observations;
  std::vector<std::string> invalid;
};

Result map(const Json& dataset, const Options& options = {}) {
  Result result;
  result.observations = dose_observations(dataset, uids, options, result.invalid);
  return result;
}

/// The one component of a report with this item in it, without its code; null where there is none.
Json value_of(const Json& item, std::vector<std::string>* invalid = nullptr) {
  auto result = map(sr::container(sr::ct_report, {item}));
  REQUIRE(result.observations.size() == 1);
  if (invalid)
    *invalid = result.invalid;
  else
    CHECK(result.invalid.empty());
  auto& components = result.observations[0].items("component");
  REQUIRE(components.size() <= 1);
  if (components.empty())
    return {};
  auto component = components[0];
  component.erase("code");
  return component;
}

std::string value_text(const Json& item) {
  return value_of(item).to_text();
}

/// The codes of the components, in order.
std::vector<std::string> component_codes(const Json& observation) {
  std::vector<std::string> codes;
  for (auto& component : observation.items("component"))
    codes.emplace_back(component.find("code")->items("coding").at(0).text("code"));
  return codes;
}

std::vector<std::string> identifiers(const Json& observation) {
  std::vector<std::string> out;
  for (auto& identifier : observation.items("identifier"))
    out.push_back(std::string(identifier.text("system")) + "|" + std::string(identifier.text("value")));
  return out;
}

using Strings = std::vector<std::string>;

/// One value, without which an event is not written.
const Json::Array one{sr::number(sr::ctdi, "1")};

/// An event with this UID and these other children.
Json event(Json uid, Json::Array children = {}) {
  children.push_back(sr::uid(sr::event_uid, std::move(uid)));
  return sr::container(sr::ct_event, std::move(children));
}

} // namespace

TEST_CASE("a report that speaks of no dose makes no Observation") {
  CHECK(map(Json()).observations.empty());
  CHECK(map(sr::container("126000|DCM|Imaging Measurement Report", {sr::number(sr::ctdi, "1")})).observations.empty());
  CHECK(map(sr::container("113701|99LOCAL|Something else", {})).observations.empty());
}

TEST_CASE("a dose report makes one summary, the first, wherever it stands") {
  for (std::string name : {"113500|DCM|", "113701|DCM|"}) {
    auto result = map(sr::container(
        "1|DCM|", {event("1.9", one), sr::container("2|DCM|", {sr::container(name, {sr::number(sr::ctdi, "1")})}),
                   sr::container(name, {sr::number("113725|DCM|", "2")})}));
    REQUIRE(result.observations.size() == 2);
    CHECK(result.observations[0].find("code")->items("coding")[0].text("code") == "73569-6");
    CHECK(result.observations[0].find("code")->items("coding")[0].text("system") == "http://loinc.org");
    CHECK(component_codes(result.observations[0]) == Strings{"113830"});
    CHECK(result.observations[1].find("code")->items("coding")[0].text("code") == "113852");
  }
  CHECK(map(sr::container(sr::ct_report, {sr::container("113500|DCM|", {})})).observations.size() == 1);
}

TEST_CASE("an Observation is final and names itself, the study and the report, a summary its accession number too") {
  auto dataset = sr::container(sr::ct_report, {event("1.9", one)});
  dataset.set("00080050", sr::attribute("SH", {" A1 "}));
  auto result = map(dataset);
  REQUIRE(result.observations.size() == 2);
  CHECK(identifiers(result.observations[0]) == Strings{"urn:dicom:uid|urn:oid:1.2.3.4.5", "urn:dicom:uid|urn:oid:1.2.3",
                                                       "urn:ietf:rfc:3986|urn:oid:1.2.3.4.5", "|A1"});
  CHECK(
      result.observations[0].items("identifier")[3].to_text() ==
      R"({"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"}]},"value":"A1"})");
  CHECK(identifiers(result.observations[1]) ==
        Strings{"urn:dicom:uid|urn:oid:1.9", "urn:dicom:uid|urn:oid:1.2.3", "urn:ietf:rfc:3986|urn:oid:1.2.3.4.5"});
  for (auto& observation : result.observations) {
    CHECK(observation.text("resourceType") == "Observation");
    CHECK(observation.text("status") == "final");
    for (auto absent : {"subject", "partOf", "bodySite", "effectiveDateTime", "performer"})
      CHECK_FALSE(observation.find(absent));
  }
}

TEST_CASE("the accession number is that of the content, else that of the dataset") {
  auto accession = [](Json::Array children) {
    auto dataset = sr::container(sr::ct_report, std::move(children));
    dataset.set("00080050", sr::attribute("SH", {"outer"}));
    auto result = map(dataset);
    auto found = identifiers(result.observations.at(0)).back();
    return found + (result.invalid.empty() ? "" : " " + std::to_string(result.invalid.size()));
  };
  CHECK(accession({sr::text("121022|DCM|Accession Number", "inner")}) == "|inner");
  CHECK(accession({sr::container("1|DCM|", {sr::text("121022|DCM|", "deep")})}) == "|deep");
  CHECK(accession({sr::text("121022|99X|", "other")}) == "|outer");
  CHECK(accession({sr::text("121022|DCM|", " ")}) == "|outer");
  CHECK(accession({sr::text("121022|DCM|", "a\x01")}) == "|outer 1");

  auto dataset = sr::container("1|DCM|", {sr::text("121022|DCM|", "context"), sr::container(sr::ct_report, {})});
  CHECK(identifiers(map(dataset).observations.at(0)).back() == "|context");

  dataset = sr::container(sr::ct_report, {});
  dataset.set("00080050", sr::attribute("SH", {"a\\b"}));
  CHECK(identifiers(map(dataset).observations.at(0)).size() == 3);
  CHECK(map(dataset).invalid.empty()); // told by the study's mapping
}

TEST_CASE("summary components come in document order from any depth, each occurrence") {
  auto result = map(sr::container(
      sr::ct_report,
      {sr::container("113811|DCM|", {sr::number("113812|DCM|", "2"), sr::number("113813|DCM|", "1")}),
       event("1.9", {sr::with(sr::number(sr::ctdi, "3"), {sr::number(sr::ctdi, "4")}), sr::number("113838|DCM|", "9")}),
       sr::number("113830|99X|not this one", "5"), sr::number("999999|DCM|nor this", "5"),
       sr::with(sr::coded("349358000|SCT|agent", "1|SCT|meaning"), {sr::coded("89457008|SRT|nuclide", "2|SCT|Tc")})}));
  REQUIRE(result.observations.size() == 2);
  CHECK(component_codes(result.observations[0]) ==
        Strings{"113812", "113813", "113830", "113830", "349358000", "89457008"});
  CHECK(component_codes(result.observations[1]) == Strings{"113830", "113830", "113838"});
  CHECK(result.observations[1].items("component")[2].find("code")->to_text() ==
        R"({"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"113838"}]})");
  CHECK(result.observations[0].items("component")[4].find("code")->to_text() ==
        R"({"coding":[{"system":"http://snomed.info/sct","code":"349358000","display":"agent"}],"text":"agent"})");
}

TEST_CASE("every concept of the summary and of the event becomes a component") {
  Json::Array items;
  Strings codes{"113725", "111637", "113722", "113726", "113727", "113730",
                "113731", "113507", "113813", "113812", "113830", "123005"};
  for (auto& code : codes)
    items.push_back(sr::number(code + "|DCM|", "1"));
  for (auto code : {"349358000", "89457008", "410675002"}) {
    items.push_back(sr::coded(std::string(code) + "|SCT|", "1|DCM|x"));
    codes.emplace_back(code);
  }
  CHECK(component_codes(map(sr::container(sr::ct_report, items)).observations.at(0)) == codes);
  for (auto code : {"113838", "113835"})
    items.push_back(sr::coded(std::string(code) + "|DCM|", "1|DCM|x"));
  Options original;
  original.profile = Profile::Original;
  CHECK(component_codes(map(event("1.9", items), original).observations.at(0)) ==
        Strings{"113830", "113838", "113835"});
  for (auto code : {"122130", "113738", "111631", "113742"})
    items.push_back(sr::number(std::string(code) + "|DCM|", "1"));
  CHECK(component_codes(map(event("1.9", items)).observations.at(0)) ==
        Strings{"113507", "113830", "123005", "349358000", "89457008", "410675002", "113838", "113835", "122130",
                "113738", "111631", "113742"});
  items = {};
  for (auto code : {"113728", "113729", "113814"})
    items.push_back(sr::number(std::string(code) + "|DCM|", "1"));
  CHECK(component_codes(map(sr::container(sr::ct_report, items)).observations.at(0)) ==
        Strings{"113728", "113729", "113814"});
  CHECK(component_codes(map(sr::container(sr::ct_report, items), original).observations.at(0)).empty());
}

TEST_CASE("a number keeps its digits and takes JSON's form") {
  for (auto [given, written] :
       std::initializer_list<std::pair<std::string, std::string>>{{"1.10", "1.10"},
                                                                  {".5", "0.5"},
                                                                  {"+1", "1"},
                                                                  {"1.", "1"},
                                                                  {"-.50", "-0.50"},
                                                                  {"007", "7"},
                                                                  {"-007.0", "-7.0"},
                                                                  {"0", "0"},
                                                                  {"000", "0"},
                                                                  {"1E3", "1E3"},
                                                                  {"+1.e-3", "1e-3"},
                                                                  {" 12.5 ", "12.5"},
                                                                  {"3.0\0\0", "3.0"},
                                                                  {"00.00", "0.00"},
                                                                  {"1234567890.123456", "1234567890.123456"}}) {
    INFO(given);
    CHECK(value_text(sr::number(sr::ctdi, given, "")) == R"({"valueQuantity":{"value":)" + written + "}}");
  }
  for (std::string token : {"1.10", "5", "1E3", "-0.0", "472.100000000000023"})
    CHECK(value_text(sr::number(sr::ctdi, Json::Number{token}, "")) == R"({"valueQuantity":{"value":)" + token + "}}");
}

TEST_CASE("what is no number is left out with a row that names it") {
  for (std::string given : {"abc", "NaN", "Infinity", "1,5", ".", "+", "-", "1e", "--1", "+-1", "0x10", "1 2", "1.2.3",
                            "e5", "1e400", "-3E400"}) {
    std::vector<std::string> invalid;
    INFO(given);
    CHECK(value_of(sr::number(sr::ctdi, given), &invalid).is_null());
    REQUIRE(invalid.size() == 1);
    CHECK(invalid[0].find("NumericValue (0040,A30A)") != std::string::npos);
    CHECK(invalid[0].find("113830") != std::string::npos);
    CHECK(invalid[0].find(given) != std::string::npos);
  }
  for (Json given : {Json(true), Json::object(), Json::array()}) {
    std::vector<std::string> invalid;
    CHECK(value_of(sr::number(sr::ctdi, given), &invalid).is_null());
    CHECK(invalid.size() == 1);
  }
}

TEST_CASE("padding is no part of a number, a code or a UID") {
  using namespace std::string_literals;
  CHECK(value_text(sr::number(sr::ctdi, " 3.0\0\0"s, " mGy |UCUM |")) ==
        R"({"valueQuantity":{"value":3.0,"unit":"mGy","system":"http://unitsofmeasure.org","code":"mGy"}})");
  CHECK(map(event("1.9\0"s, one)).observations.size() == 1);
  CHECK(map(sr::container("113701 | DCM|", {})).observations.size() == 1);
}

TEST_CASE("tags in lower case are read too") {
  auto text = sr::container(sr::ct_report, {sr::number(sr::ctdi, "1"), event("1.9", one)}).to_text();
  for (std::string tag : {"0040A043", "0040A730", "0040A300", "0040A30A", "004008EA", "0040A124"})
    for (auto at = text.find(tag); at != std::string::npos; at = text.find(tag))
      for (auto* c : {&text[at + 4], &text[at + 6], &text[at + 7]})
        *c = static_cast<char>(std::tolower(*c));
  INFO(text);
  CHECK(map(*Json::parse(text)).observations.size() == 2);
}

TEST_CASE("a number that is absent is left out without a row") {
  CHECK(value_of(sr::number(sr::ctdi, Json())).is_null());
  CHECK(value_of(sr::number(sr::ctdi, " ")).is_null());
  CHECK(value_of(sr::item(sr::ctdi)).is_null());
  CHECK(value_of(sr::item(sr::ctdi, "0040A300", sr::sequence({}))).is_null());
  CHECK(value_of(sr::item(sr::ctdi, "0040A300", sr::sequence({Json::object()}))).is_null());
}

TEST_CASE("several numbers where one may be are left out with a row") {
  auto several = sr::number(sr::ctdi, "1");
  several.find("0040A300")->find("Value")->if_array()->front().set("0040A30A", sr::attribute("DS", {"1", "2"}));
  std::vector<std::string> invalid;
  CHECK(value_of(several, &invalid).is_null());
  CHECK(invalid.size() == 1);

  auto measured_twice = sr::number(sr::ctdi, "1");
  auto& measured = *measured_twice.find("0040A300")->find("Value")->if_array();
  measured.push_back(Json(measured.front()));
  CHECK(value_of(measured_twice, &invalid).is_null());
  CHECK(invalid.size() == 1);
}

TEST_CASE("a broken item that two Observations hold is told once, and the others are kept") {
  auto result =
      map(sr::container(sr::ct_report, {event("1.9", {sr::number(sr::ctdi, "x"), sr::number(sr::ctdi, "2")})}));
  REQUIRE(result.observations.size() == 2);
  CHECK(component_codes(result.observations[0]) == Strings{"113830"});
  CHECK(component_codes(result.observations[1]) == Strings{"113830"});
  CHECK(result.invalid.size() == 1);
}

TEST_CASE("a quantity has unit and code of the unit's code, and the system of its scheme") {
  CHECK(value_text(sr::number(sr::ctdi, "1", "mGy.cm|UCUM|milligray centimetre")) ==
        R"({"valueQuantity":{"value":1,"unit":"mGy.cm","system":"http://unitsofmeasure.org","code":"mGy.cm"}})");
  CHECK(value_text(sr::number(sr::ctdi, "1", "mGy|99X|odd")) ==
        R"({"valueQuantity":{"value":1,"unit":"mGy","code":"mGy"}})");
  std::vector<std::string> invalid;
  CHECK(value_of(sr::number(sr::ctdi, "1", "m  Gy|UCUM|"), &invalid).is_null());
  CHECK(invalid.size() == 1);
}

TEST_CASE("a count is a whole number of 32 bits") {
  for (std::string name : {"113731|DCM|", "113812|DCM|"}) {
    for (std::string given : {"12", "12.0", "+12", "012", "1.2E1", "120e-1"})
      CHECK(value_text(sr::number(name, given)) == R"({"valueInteger":12})");
    CHECK(value_text(sr::number(name, "2147483647")) == R"({"valueInteger":2147483647})");
    CHECK(value_text(sr::number(name, "-0")) == R"({"valueInteger":0})");
    for (std::string given : {"12.5", "2147483648", "-2147483649", "1E400", "1e-400", "x"}) {
      std::vector<std::string> invalid;
      INFO(given);
      CHECK(value_of(sr::number(name, given), &invalid).is_null());
      CHECK(invalid.size() == 1);
    }
  }
}

TEST_CASE("a coded value is in the system of its own scheme") {
  for (auto [scheme, system] : std::initializer_list<std::pair<std::string, std::string>>{
           {"DCM", "http://dicom.nema.org/resources/ontology/DCM"},
           {"SCT", "http://snomed.info/sct"},
           {"SRT", "http://snomed.info/sct"},
           {"LN", "http://loinc.org"},
           {"UCUM", "http://unitsofmeasure.org"}})
    CHECK(value_text(sr::coded("410675002|SCT|Route", "7|" + scheme + "|x")) ==
          R"({"valueCodeableConcept":{"coding":[{"system":")" + system + R"(","code":"7","display":"x"}]}})");
  CHECK(value_text(sr::coded("410675002|SCT|", "7|99LOCAL|")) ==
        R"({"valueCodeableConcept":{"coding":[{"code":"7"}]}})");
  CHECK(value_text(sr::coded("410675002|SCT|", "7")) == R"({"valueCodeableConcept":{"coding":[{"code":"7"}]}})");
  CHECK(value_of(sr::coded("410675002|SCT|", "")).is_null());
  CHECK(value_of(sr::text("410675002|SCT|", "by mouth")).is_null());
}

TEST_CASE("a long code value and a URN count as a code") {
  auto coded = [](std::string_view tag) {
    auto code = sr::code("|SCT|");
    code.set(tag, sr::attribute("UC", {"urn:x:12345678901234567890"}));
    return value_text(sr::item("410675002|SCT|", "0040A168", sr::sequence({code})));
  };
  for (auto tag : {"00080119", "00080120"})
    CHECK(
        coded(tag) ==
        R"({"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"urn:x:12345678901234567890"}]}})");
}

TEST_CASE("a radiopharmaceutical and its nuclide are text: a text or a code's meaning") {
  for (std::string name : {"349358000|SCT|", "89457008|SCT|"}) {
    CHECK(value_text(sr::text(name, " Tc-99m MDP ")) == R"({"valueString":"Tc-99m MDP"})");
    CHECK(value_text(sr::coded(name, "72454003|SCT|Technetium-99m")) == R"({"valueString":"Technetium-99m"})");
    CHECK(value_text(sr::text(name, "two\r\nlines")) == R"({"valueString":"two\r\nlines"})");
    CHECK(value_of(sr::text(name, "  ")).is_null());
    CHECK(value_of(sr::coded(name, "72454003|SCT|")).is_null());
    std::vector<std::string> invalid;
    CHECK(value_of(sr::text(name, "a\x1B"), &invalid).is_null());
    CHECK(invalid.size() == 1);
  }
}

TEST_CASE("an item becomes an event only with an event UID among its children") {
  for (std::string name : {"113706|DCM|", "113819|DCM|", "113502|DCM|"}) {
    INFO(name);
    CHECK(map(sr::container(name, {sr::uid(sr::event_uid, "1.9"), sr::number(sr::ctdi, "1")})).observations.size() ==
          1);
    CHECK(map(sr::container(name, {sr::container("1|DCM|", {sr::uid(sr::event_uid, "1.9")})})).observations.empty());
    CHECK(map(sr::container(name, {})).observations.empty());
    CHECK(map(sr::container(name, {sr::uid("113503|DCM|", "1.9"), sr::number(sr::ctdi, "1")})).observations.size() ==
          (name.starts_with("113502") ? 1 : 0));
  }
  CHECK(map(sr::container("113706|99X|", {sr::uid(sr::event_uid, "1.9")})).observations.empty());
}

TEST_CASE("events come in document order, nested ones too, each UID once") {
  auto nested = event("1.10", {event("1.11", one), event("1.10", one), event("1.12", one)});
  auto result = map(sr::container("1|DCM|", {nested, event("1.11", one)}));
  REQUIRE(result.observations.size() == 3);
  CHECK(identifiers(result.observations[0])[0] == "urn:dicom:uid|urn:oid:1.10");
  CHECK(identifiers(result.observations[1])[0] == "urn:dicom:uid|urn:oid:1.11");
  CHECK(identifiers(result.observations[2])[0] == "urn:dicom:uid|urn:oid:1.12");
  CHECK(result.invalid.empty());
}

TEST_CASE("an event UID that is none, or that of the study or the report, makes no event and a row") {
  for (Json given : {Json("1.02"), Json("x"), Json("1.2.3"), Json("1.2.3.4.5"), Json(true)}) {
    auto result = map(event(given));
    INFO(given.to_text());
    CHECK(result.observations.empty());
    CHECK(result.invalid.size() == 1);
  }
  CHECK(map(event(" ")).invalid.empty());
  CHECK(map(event("1.9", {sr::uid(sr::event_uid, "x"), sr::number(sr::ctdi, "1")})).observations.size() == 1);
}

TEST_CASE("an event's body site is its target region") {
  auto site = [](Json::Array children) {
    children.push_back(sr::number(sr::ctdi, "1"));
    auto result = map(event("1.9", std::move(children)));
    auto* found = result.observations.at(0).find("bodySite");
    return found ? found->to_text() : std::string();
  };
  CHECK(site({sr::coded("123014|DCM|Target Region", "51185008|SCT|Chest")}) ==
        R"({"coding":[{"system":"http://snomed.info/sct","code":"51185008","display":"Chest"}]})");
  CHECK(site({sr::container("1|DCM|", {sr::coded("123014|DCM|", "1|DCM|"), sr::coded("123014|DCM|", "2|DCM|")})}) ==
        R"({"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"1"}]})");
  CHECK(site({sr::text("123014|DCM|", "Chest")}) == "");
}
