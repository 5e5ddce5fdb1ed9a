// Mapping:DoseProfile = Summary: HL7's Radiation Dose Summary on FHIR.
#include "mapping/feed/dataset.hpp"
#include "tests/mapping/bodies.hpp"
#include "tests/mapping/dose/dose_profile_checker.hpp"
#include "tests/mapping/dose/sr_builder.hpp"
#include "tests/mapping/golden.hpp"
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

Options summarising() {
  auto with = options();
  with.generate_observations = true;
  with.dose_profile = DoseProfile::Summary;
  with.accession_system_id = "urn:ris";
  return with;
}

Json dataset_of_file(const char* name) {
  return json(read_golden(data_folder / "sr" / (std::string(name) + ".dataset.json")));
}

std::vector<Json> merged(const Json& dataset, const Options& with = summarising(), const char* action = "create",
                         const std::vector<Json>& existing = {}, ObservationChanges* changes = nullptr) {
  auto one = entry_of_dataset(dataset);
  one.set("Action", action);
  auto all = merge_observations(map(one, with), with, existing, "Patient/1", "ImagingStudy/3");
  auto created = all.created;
  if (changes)
    *changes = std::move(all);
  return created;
}

bool names_profile(const Json& observation) {
  return observation.find("meta") && !observation.find("meta")->items("profile").empty();
}

} // namespace

TEST_CASE("whole reports of CT, biplane angiography, mammography and PET become dose summaries", "[bodies]") {
  for (std::string name : {"ct_field", "xa_biplane", "mammography", "pet_field"}) {
    DYNAMIC_SECTION(name) {
      auto observations = merged(dataset_of_file(name.c_str()));
      for (auto& observation : observations) {
        CHECK(dose_profile_faults(observation) == "");
        keep_body(observation);
      }
      CHECK(names_profile(observations.front()) == (name != "xa_biplane")); // that one names no person
      auto file = data_folder / "sr" / (name + ".summary.json");
      auto actual = for_review(Json(observations));
      if (is_regenerating())
        write_golden(file, actual);
      CHECK(actual == read_golden(file));
    }
  }
}

TEST_CASE("the text of a summary tells the procedure and each value, digits as given") {
  CHECK(merged(dataset_of_file("ct_field"))[0].text("valueString") ==
        "Computed Tomography X-Ray: Total Number of Irradiation Events = 2; CT Dose Length Product Total = 310.50 "
        "mGycm; CT Effective Dose Total = 4.3 mSv");
  auto pet = std::string(merged(dataset_of_file("pet_field"))[0].text("valueString"));
  CHECK(pet.starts_with("PET study: Radiopharmaceutical agent = Fluorodeoxyglucose F^18^; Radionuclide = "));
}

TEST_CASE("the checker of the profile's rules finds every planted fault") {
  auto right = merged(dataset_of_file("ct_field"))[0];
  REQUIRE(names_profile(right));
  REQUIRE(dose_profile_faults(right) == "");
  struct Fault {
    const char* what;
    void (*plant)(Json&);
  };
  auto faults = std::initializer_list<Fault>{
      {"code", [](Json& one) { one.find("code")->array_at("coding").front().set("display", "Dose"); }},
      {"subject", [](Json& one) { one.find("subject")->set("reference", "Group/1"); }},
      {"subject", [](Json& one) { one.erase("subject"); }},
      {"focus", [](Json& one) { one.erase("focus"); }},
      {"focus",
       [](Json& one) {
         one.array_at("focus").push_back(Json::Object{{"reference", "ImagingStudy/9"}});
       }},
      {"partOf", [](Json& one) { one.erase("partOf"); }},
      {"partOf.identifier", [](Json& one) { one.array_at("partOf").front().erase("identifier"); }},
      {"effectiveDateTime", [](Json& one) { one.erase("effectiveDateTime"); }},
      {"effectiveDateTime", [](Json& one) { one.set("effectivePeriod", Json::object()); }},
      {"valueString", [](Json& one) { one.erase("valueString"); }},
      {"valueString", [](Json& one) { one.set("valueInteger", Json::integer(1)); }},
      {"performer", [](Json& one) { one.erase("performer"); }},
      {"performer", [](Json& one) { one.erase("contained"); }},
      {"basedOn.identifier", [](Json& one) { one.array_at("basedOn").front().find("identifier")->erase("type"); }},
      {"identifier", [](Json& one) { one.array_at("identifier").front().set("system", "urn:x"); }},
      {"dataAbsentReason", [](Json& one) { one.set("dataAbsentReason", Json::object()); }},
      {"device",
       [](Json& one) {
         one.set("device", Json::Object{{"reference", "Patient/1"}});
       }},
      {"component.code", [](Json& one) { one.array_at("component").front().erase("code"); }},
  };
  for (auto& fault : faults) {
    auto wrong = right;
    fault.plant(wrong);
    INFO(fault.what);
    CHECK(dose_profile_faults(wrong).find(fault.what) == 0);
  }
}

TEST_CASE("identifiers have the guide's types, in the order of always") {
  auto observations = merged(dataset_of_file("ct_field"));
  REQUIRE(observations.size() == 3);
  auto type = [](const Json& observation) {
    return std::string(observation.items("identifier").front().find("type")->items("coding").front().text("code"));
  };
  CHECK(type(observations[0]) == "sop-instance-uid");
  CHECK(type(observations[1]) == "irradiation-event-uid");
  CHECK(observations[0].items("identifier")[2].text("system") == "urn:ietf:rfc:3986");
  CHECK(observations[0].items("basedOn").front().find("identifier")->text("system") == "urn:ris");
  CHECK(observations[0].find("device")->to_text() ==
        R"({"type":"Device","identifier":{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203",)"
        R"("code":"SNO"}]},"value":"SN 4711"}})");
}

TEST_CASE("the procedure is the first component, and a summary has no CTDIvol") {
  auto summary = merged(dataset_of_file("ct_field"))[0];
  auto& components = summary.items("component");
  CHECK(components.front().find("code")->items("coding").front().text("code") == "121058");
  for (auto& component : components)
    CHECK(component.find("code")->items("coding").front().text("code") != "113830");
}

TEST_CASE("a report without the person is no summary of the profile, and an update takes it away again") {
  auto dataset = dataset_of_file("ct_field");
  auto stored = merged(dataset);
  int number = 0;
  for (auto& one : stored)
    one.set("id", std::to_string(++number));
  ObservationChanges same;
  merged(dataset, summarising(), "update", stored, &same);
  CHECK(same.updated.empty());

  auto& items = dataset.find("0040A730")->array_at("Value");
  std::erase_if(items, [](const Json& item) { return item.find("0040A123"); });
  ObservationChanges changes;
  merged(dataset, summarising(), "update", stored, &changes);
  REQUIRE(changes.updated.size() == 1);
  auto& summary = changes.updated[0];
  CHECK_FALSE(names_profile(summary));
  CHECK_FALSE(summary.find("performer"));
  CHECK_FALSE(summary.find("contained"));
  CHECK(summary.find("valueString"));
  auto without = merged(dataset)[0];
  CHECK_FALSE(names_profile(without));
  CHECK_FALSE(without.find("performer"));
}

TEST_CASE("with References None the orders and the device are left out, and the person stays") {
  auto with = summarising();
  with.references = References::None;
  auto summary = merged(dataset_of_file("ct_field"), with)[0];
  CHECK_FALSE(summary.find("basedOn"));
  CHECK_FALSE(summary.find("device"));
  CHECK(summary.items("performer").front().text("reference") == "#authorizing");
  CHECK(dose_profile_faults(summary) == "");
}

TEST_CASE("the person's identifier is of the issuer, else of the staff's system") {
  auto with = summarising();
  with.staff_system_id = "urn:staff";
  auto system = [&] {
    auto summary = merged(dataset_of_file("ct_field"), with)[0];
    return std::string(summary.items("contained").front().items("identifier").front().text("system"));
  };
  CHECK(system() == "urn:staff");
  with.issuer_systems = {{"General Hospital", "urn:general"}};
  CHECK(system() == "urn:general");
}
