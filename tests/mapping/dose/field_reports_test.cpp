// Dose reports as they are in the field: codes of SNOMED RT, times at the root, planes and sides, units, flags.
#include "mapping/dose/observation.hpp"
#include "mapping/merge.hpp"
#include "tests/mapping/dose/sr_builder.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::mapping;

namespace {

const InstanceUids uids{"1.2.3", "1.2.3.4", "1.2.3.4.5"};
constexpr auto x_ray_event = "113706|DCM|Irradiation Event X-Ray Data";
constexpr auto accumulated = "113702|DCM|Accumulated X-Ray Dose Data";
constexpr auto dose_total = "113725|DCM|Dose (RP) Total";
constexpr auto plane = "113764|DCM|Acquisition Plane";
constexpr auto side = "G-C171|SRT|Laterality";

std::vector<Json> made(const Json& dataset, Profile profile = Profile::R4, std::vector<std::string>* rows = nullptr) {
  Options options;
  options.profile = profile;
  std::vector<std::string> told;
  auto out = dose_observations(dataset, uids, options, rows ? *rows : told);
  return out;
}

Json report(Json::Array children) {
  return sr::container(sr::ct_report, std::move(children));
}
Json event(Json::Array children) {
  children.push_back(sr::uid(sr::event_uid, "1.9.1"));
  return sr::container(x_ray_event, std::move(children));
}
Json dose_area_product() {
  return sr::number("122130|DCM|Dose Area Product", "0.5", "Gym2|UCUM|Gy.m2");
}

/// `code of component.code, text: value` of each component, one a line.
std::string components(const Json& observation) {
  std::string all;
  for (auto& component : observation.items("component")) {
    auto& code = *component.find("code");
    all += std::string(code.items("coding").front().text("code")) + ", " + std::string(code.text("text")) + ": ";
    all += component.if_object()->back().second.to_text() + "\n";
  }
  return all;
}
std::string text(const Json& json) {
  return json.to_text();
}

} // namespace

TEST_CASE("a code of SNOMED RT is written in SNOMED CT, and as it was given beside it") {
  auto designator = GENERATE("SRT", "SNM3", "99SDM");
  auto region = sr::coded("123014|DCM|Target Region", "T-D3000|" + std::string(designator) + "|Chest");
  auto observations = made(report({event({region, dose_area_product()})}));
  REQUIRE(observations.size() == 2);
  CHECK(text(*observations[1].find("bodySite")) ==
        R"({"coding":[{"system":"http://snomed.info/sct","code":"51185008","display":"Chest"},)"
        R"({"system":"http://snomed.info/srt","code":"T-D3000","display":"Chest"}]})");
}

TEST_CASE("a code of SNOMED RT without a pair is written as such alone") {
  auto observations =
      made(report({event({sr::coded("123014|DCM|Target Region", "T-ZZZZZ|SRT|Tail"), dose_area_product()})}));
  REQUIRE(observations.size() == 2);
  CHECK(text(*observations[1].find("bodySite")) ==
        R"({"coding":[{"system":"http://snomed.info/srt","code":"T-ZZZZZ","display":"Tail"}]})");
}

TEST_CASE("in profile Original a code of SRT stays one of SCT, and SNM3 is unknown") {
  auto region = [](const char* code) {
    return made(report({event({sr::coded("123014|DCM|Target Region", code)})}), Profile::Original);
  };
  CHECK(text(*region("T-D3000|SRT|Chest")[1].find("bodySite")) ==
        R"({"coding":[{"system":"http://snomed.info/sct","code":"T-D3000","display":"Chest"}]})");
  CHECK(text(*region("T-D3000|SNM3|Chest")[1].find("bodySite")) ==
        R"({"coding":[{"code":"T-D3000","display":"Chest"}]})");
}

TEST_CASE("agent, nuclide and route that are named in SNOMED RT are the concepts of today") {
  auto observations = made(sr::container(
      "113500|DCM|Radiopharmaceutical Radiation Dose Report",
      {sr::container("113502|DCM|Radiopharmaceutical Administration",
                     {sr::coded("F-61FDB|SRT|Radiopharmaceutical agent", "C-B1031|SRT|Fluorodeoxyglucose F^18^"),
                      sr::coded("C-10072|SRT|Radionuclide", "C-111A1|SRT|^18^Fluorine"),
                      sr::coded("G-C340|SRT|Route of administration", "G-D101|SNM3|Intravenous route"),
                      sr::uid("113503|DCM|Radiopharmaceutical Administration Event UID", "1.9.2"),
                      sr::date_time("123003|DCM|Radiopharmaceutical Start DateTime", "20230703101500+0200")})}));
  REQUIRE(observations.size() == 2);
  auto all =
      std::string("349358000, Radiopharmaceutical agent: \"Fluorodeoxyglucose F^18^\"\n") +
      "89457008, Radionuclide: \"^18^Fluorine\"\n" +
      "410675002, Route of administration: " + R"({"coding":[{"system":"http://snomed.info/sct","code":"47625008",)" +
      R"("display":"Intravenous route"},{"system":"http://snomed.info/srt","code":"G-D101","display":"Intravenous route"}]})" +
      "\n";
  CHECK(components(observations[0]) == all);
  CHECK(components(observations[1]) == all);
  CHECK(text(observations[0].items("component").front().find("code")->items("coding")) ==
        R"([{"system":"http://snomed.info/sct","code":"349358000","display":"Radiopharmaceutical agent"},)"
        R"({"system":"http://snomed.info/srt","code":"F-61FDB","display":"Radiopharmaceutical agent"}])");
  CHECK(observations[1].text("effectiveDateTime") == "2023-07-03T10:15:00+02:00");
  CHECK(observations[0].text("effectiveDateTime") == "2023-07-03T10:15:00+02:00");
}

TEST_CASE("an event without a time of its own has the root's period, and the summary its start") {
  auto root = [](Json::Array times) {
    times.push_back(event({dose_area_product()}));
    auto dataset = report(std::move(times));
    dataset.set("00080023", sr::attribute("DA", {"20230501"}));
    return dataset;
  };
  auto start = sr::date_time("113809|DCM|Start of X-Ray Irradiation", "20230430120000");
  auto end = sr::date_time("113810|DCM|End of X-Ray Irradiation", "20230430121500.5");
  auto both = made(root({start, end}));
  CHECK(text(*both[1].find("effectivePeriod")) ==
        R"({"start":"2023-04-30T12:00:00+00:00","end":"2023-04-30T12:15:00.5+00:00"})");
  CHECK_FALSE(both[1].find("effectiveDateTime"));
  CHECK(both[0].text("effectiveDateTime") == "2023-04-30T12:00:00+00:00");
  auto only_end = made(root({end}));
  CHECK(text(*only_end[1].find("effectivePeriod")) == R"({"end":"2023-04-30T12:15:00.5+00:00"})");
  CHECK(only_end[0].text("effectiveDateTime") == "2023-05-01");
  auto neither = made(root({}));
  CHECK(neither[1].text("effectiveDateTime") == "2023-05-01");
  std::vector<std::string> rows;
  auto wrong = made(root({end, sr::date_time("113809|DCM|Start", "20230501")}), Profile::R4, &rows);
  CHECK(text(*wrong[1].find("effectivePeriod")) == R"({"start":"2023-05-01"})");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].find("DateTime (0040,A120) of 113810") == 0);
  CHECK(made(root({start, end}), Profile::Original)[1].text("effectiveDateTime") == "2023-05-01");
}

TEST_CASE("a summary starts with the earliest of its events, zones counted") {
  auto at = [](const char* uid, const char* time) {
    return sr::container(x_ray_event, {dose_area_product(), sr::uid(sr::event_uid, uid),
                                       sr::date_time("111526|DCM|DateTime Started", time)});
  };
  auto observations = made(report({at("1.9.1", "20230501100000+0000"), at("1.9.2", "20230501110000+0200")}));
  REQUIRE(observations.size() == 3);
  CHECK(observations[0].text("effectiveDateTime") == "2023-05-01T11:00:00+02:00");
}

TEST_CASE("the components of two planes tell their plane, those of one plane none") {
  auto totals = [](const char* of, const char* dose) {
    return sr::container(accumulated, {sr::coded(plane, of), sr::number(dose_total, dose, "Gy|UCUM|Gy")});
  };
  auto observations = made(
      report({totals("113620|DCM|Plane A", "0.1"), totals("113621|DCM|Plane B", "0.2"),
              event({sr::coded(plane, "113621|DCM|Plane B"), sr::container("1|99X|inner", {dose_area_product()})})}));
  REQUIRE(observations.size() == 2);
  CHECK(components(observations[0]) ==
        "113725, Dose (RP) Total (Plane A): "
        "{\"value\":0.1,\"unit\":\"Gy\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"Gy\"}\n"
        "113725, Dose (RP) Total (Plane B): "
        "{\"value\":0.2,\"unit\":\"Gy\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"Gy\"}\n");
  CHECK(components(observations[1]).find("122130, Dose Area Product (Plane B): ") == 0);
  auto single = made(report({totals("113622|DCM|Single Plane", "0.1")}));
  CHECK(components(single[0]).find("113725, Dose (RP) Total: ") == 0);
}

TEST_CASE("the components of two breasts tell their side, and a region its own") {
  auto glandular = [](const char* name, const char* of, const char* dose) {
    return sr::with(sr::number(name, dose), {sr::coded(side, of)});
  };
  auto observations =
      made(report({glandular("111637|DCM|Accumulated Average Glandular Dose", "T-04030|SRT|Left breast", "1.1"),
                   glandular("111637|DCM|Accumulated Average Glandular Dose", "T-04020|SRT|Right breast", "1.2"),
                   event({sr::with(sr::coded("123014|DCM|Target Region", "T-04000|SRT|Breast"),
                                   {sr::coded(side, "G-A101|SRT|Left")}),
                          glandular("111631|DCM|Average Glandular Dose", "G-A101|SRT|Left", "1.3")})}));
  REQUIRE(observations.size() == 2);
  CHECK(components(observations[0]).find("111637, Accumulated Average Glandular Dose (Left breast): ") == 0);
  CHECK(components(observations[0]).find("\n111637, Accumulated Average Glandular Dose (Right breast): ") !=
        std::string::npos);
  CHECK(components(observations[1]).find("111631, Average Glandular Dose (Left): ") == 0);
  CHECK(observations[1].find("bodySite")->text("text") == "Breast, Left");
}

TEST_CASE("an event without any value is not written; in profile Original it is") {
  auto dataset = report({event({sr::number("113733|DCM|KVP", "120", "kV|UCUM|kV")})});
  CHECK(made(dataset).size() == 1);
  CHECK(made(dataset, Profile::Original).size() == 2);
}

TEST_CASE("a preliminary or partial report has preliminary Observations") {
  auto status = [](const char* tag, const char* flag, Profile profile = Profile::R4) {
    auto dataset = report({event({dose_area_product()})});
    dataset.set(tag, sr::attribute("CS", {flag}));
    auto observations = made(dataset, profile);
    CHECK(observations[0].text("status") == observations[1].text("status"));
    return std::string(observations[0].text("status"));
  };
  CHECK(status("0040A496", "PRELIMINARY") == "preliminary");
  CHECK(status("0040A491", "PARTIAL") == "preliminary");
  CHECK(status("0040A496", "FINAL") == "final");
  CHECK(status("0040A491", "COMPLETE") == "final");
  CHECK(status("0040A491", "PARTIAL", Profile::Original) == "final");
}

TEST_CASE("units that are no UCUM become UCUM, and the unit stays as it was given") {
  auto unit = [](const char* given, Profile profile = Profile::R4) {
    auto summary = made(report({sr::number(dose_total, "1", given)}), profile)[0];
    auto& quantity = *summary.items("component").front().find("valueQuantity");
    return std::string(quantity.text("unit")) + " -> " + std::string(quantity.text("code"));
  };
  CHECK(unit("mGycm|UCUM|x") == "mGycm -> mGy.cm");
  CHECK(unit("Gym2|UCUM|x") == "Gym2 -> Gy.m2");
  CHECK(unit("dGycm2|UCUM|x") == "dGycm2 -> dGy.cm2");
  CHECK(unit("cGycm2|UCUM|x") == "cGycm2 -> cGy.cm2");
  CHECK(unit("uGym2|UCUM|x") == "uGym2 -> uGy.m2");
  CHECK(unit("no units|UCUM|x") == "no units -> 1");
  CHECK(unit("mGy|UCUM|x") == "mGy -> mGy");
  CHECK(unit("mGycm|99X|x") == "mGycm -> mGycm");
  CHECK(unit("mGycm|UCUM|x", Profile::Original) == "mGycm -> mGycm");
}

TEST_CASE("summary and events are of the category imaging, the summary has LOINC's own display") {
  auto observations = made(report({event({dose_area_product()})}));
  for (auto& observation : observations)
    CHECK(text(observation.items("category")) ==
          R"([{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"imaging",)"
          R"("display":"Imaging"}]}])");
  CHECK(observations[0].find("code")->items("coding").front().text("display") ==
        "Radiation exposure and protection information [Description] Document Diagnostic imaging");
  CHECK_FALSE(made(report({}), Profile::Original)[0].find("category"));
}

TEST_CASE("to rewrite brings over what profile Original wrote, as an update would, and then changes nothing") {
  auto dataset = report({event({sr::coded("123014|DCM|Target Region", "T-D3000|SRT|Chest"), dose_area_product()}),
                         sr::number(dose_total, "1.10", "Gy|UCUM|Gy")});
  Options original, rewriting;
  original.profile = Profile::Original;
  rewriting.rewrite_observations = true;
  auto mapped = [&](const Options& options) {
    MappedEntry entry;
    entry.observations = dose_observations(dataset, uids, options, entry.invalid_tags);
    return entry;
  };
  auto stored = merge_observations(mapped(original), original, {}, "Patient/1", "ImagingStudy/1").created;
  REQUIRE(stored.size() == 2);
  int number = 0;
  for (auto& one : stored) {
    one.set("id", std::to_string(++number));
    one.set("note", Json::Array{Json::Object{{"text", "seen"}}});
  }
  CHECK(merge_observations(mapped({}), {}, stored, "Patient/1", "ImagingStudy/1").updated.empty());
  auto changes = merge_observations(mapped(rewriting), rewriting, stored, "Patient/1", "ImagingStudy/1");
  CHECK(changes.created.empty());
  CHECK(changes.deleted.empty());
  REQUIRE(changes.updated.size() == 2);
  CHECK(changes.updated[0].items("category").size() == 1);
  CHECK(changes.updated[0].items("note").size() == 1);
  CHECK(changes.updated[1].find("bodySite")->items("coding").front().text("code") == "51185008");
  CHECK(components(changes.updated[1]).find("122130, Dose Area Product: ") == 0);
  auto again = merge_observations(mapped(rewriting), rewriting, changes.updated, "Patient/1", "ImagingStudy/1");
  CHECK(again.updated.empty());
}
