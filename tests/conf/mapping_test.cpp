// The keys Mapping:* and Patient:IssuerSystems.
#include "tests/conf/support.hpp"

using namespace dicomcast::conf;
using namespace dicomcast::conf::test;

namespace {

Loaded load_with(const std::string& sections) {
  return load_text(R"({"DicomWeb": {"Endpoint": "https://dicom"}, "Fhir": {"Endpoint": "https://fhir/r4"}, )" +
                   sections + "}");
}

} // namespace

TEST_CASE("the groups are a comma list or an array, in any case; none unless the profile is Extended") {
  CHECK_FALSE(load_settings({}).config.groups().any());
  auto listed = load_settings({"Mapping:Include=orders, NameForms"}).config.groups();
  CHECK(listed.has(Group::Orders));
  CHECK(listed.has(Group::NameForms));
  CHECK_FALSE(listed.has(Group::People));
  auto array = load_with(R"("Mapping": {"Include": ["Orders", "nameforms"]})");
  CHECK(joined(array.errors) == "");
  CHECK(array.config.groups() == listed);
  CHECK(load_with(R"("Mapping": {"Profile": "Extended", "Include": []})").config.groups() == Groups());

  auto extended = load_settings({"Mapping:Profile=extended"}).config.groups();
  CHECK(extended.has(Group::Titles));
  CHECK_FALSE(extended.has(Group::Animal));
  for (auto wrong : {"Mapping:Include=Order", "Mapping:Include=Orders;People", "Mapping:Include=,"}) {
    INFO(wrong);
    CHECK(contains(the_error(load_settings({wrong})), "Mapping:Include: found"));
  }
  CHECK(contains(the_error(load_with(R"("Mapping": {"Include": [1]})")), "Mapping:Include"));
}

TEST_CASE("the dose profile is Summary in Extended, and can be had or not had in any but Original") {
  CHECK(load_settings({}).config.dose() == DoseProfile::None);
  CHECK(load_settings({"Mapping:Profile=Extended"}).config.dose() == DoseProfile::Summary);
  CHECK(load_settings({"Mapping:Profile=Extended", "Mapping:DoseProfile=None"}).config.dose() == DoseProfile::None);
  CHECK(load_settings({"Mapping:DoseProfile=summary"}).config.dose() == DoseProfile::Summary);
}

TEST_CASE("profile Original takes neither groups nor the dose profile") {
  CHECK(contains(the_error(load_settings({"Mapping:Profile=Original", "Mapping:Include=Orders"})),
                 "Mapping:Include: found Orders, expected nothing with Mapping:Profile Original (--set)"));
  CHECK(contains(the_error(load_settings({"Mapping:Profile=Original", "Mapping:DoseProfile=Summary"})),
                 "Mapping:DoseProfile: found Summary"));
  CHECK(load_settings({"Mapping:Profile=Original", "Mapping:DoseProfile=None", "Mapping:Include="}).errors.empty());
}

TEST_CASE("issuers have systems, letter by letter, from the file, the environment and --set") {
  auto systems = [](const Loaded& loaded) {
    CHECK(joined(loaded.errors) == "");
    std::string all;
    for (auto& [issuer, system] : loaded.config.issuer_systems)
      all += issuer + "=" + system + " ";
    return all;
  };
  std::string file = R"({"DicomWeb": {"Endpoint": "https://dicom"}, "Fhir": {"Endpoint": "https://fhir/r4"},
    "Patient": {"IssuerSystems": {"General: Ward A": "urn:oid:1.2", "general": "http://g"}}})";
  CHECK(systems(load_text(file)) == "General: Ward A=urn:oid:1.2 general=http://g ");
  CHECK(systems(load_text(file, {"Patient:IssuerSystems:general=urn:x"})) ==
        "General: Ward A=urn:oid:1.2 general=urn:x ");
  CHECK(systems(load_settings({R"(Patient:IssuerSystems={"A": "urn:a"})"})) == "A=urn:a ");
  CHECK(systems(load_text(least, {}, {{"Patient__IssuerSystems__B", "urn:b"}})) == "B=urn:b ");
  CHECK(systems(load_settings({})).empty());
  CHECK(
      contains(the_error(load_settings({"Patient:IssuerSystems:A=no uri"})), "Patient:IssuerSystems: found an object"));
  CHECK(contains(the_error(load_settings({"Patient:IssuerSystems=A"})), "Patient:IssuerSystems: found \"A\""));
}

TEST_CASE("the default zone is an offset or an IANA zone, and it is known whether it was set") {
  CHECK_FALSE(load_settings({}).config.default_timezone);
  CHECK(load_settings({"Mapping:DefaultTimezone=Europe/Berlin"}).config.default_timezone->text() == "Europe/Berlin");
  CHECK(contains(the_error(load_settings({"Mapping:DefaultTimezone=Europe/Atlantis"})), "IANA name"));
}
