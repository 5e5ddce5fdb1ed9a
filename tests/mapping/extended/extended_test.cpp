// Profile Extended and Mapping:Include, group by group.
#include "tests/mapping/support.hpp"

#include "mapping/feed/dataset.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

Options including(std::initializer_list<Group> groups) {
  auto with = options();
  for (auto group : groups)
    with.groups.add(group);
  return with;
}

/// The sample dataset with further attributes, each `{"key": {"Value": [...]}}`.
Json dataset_and(const char* more) {
  auto made = dataset();
  auto added = json(more);
  for (auto& [key, value] : *added.if_object())
    made.set(key, value);
  return made;
}

std::string text_of(const Json& parent, const char* member) {
  auto* value = parent.find(member);
  return value ? value->to_text() : "";
}
const Json& first_series(const Json& study) {
  return study.items("series").front();
}

constexpr auto acsn = R"("type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"}]})";

const char* everything = R"({
  "00080008": {"Value": ["ORIGINAL", "PRIMARY", "AXIAL"]},
  "0008002A": {"Value": ["20200201080000"]},
  "00080051": {"Value": [{"00400031": {"Value": ["RIS"]}, "00400032": {"Value": ["1.2.40"]}, "00400033": {"Value": ["ISO"]}}]},
  "00080070": {"Value": ["Maker"]}, "00080080": {"Value": ["General"]}, "00080090": {"Value": ["Ref^Anna"]},
  "00080096": {"Value": [{"00401101": {"Value": [{"00080100": {"Value": ["R1"]}, "00080102": {"Value": ["99HOSP"]}}]}}]},
  "00081010": {"Value": ["ST1"]}, "00081032": {"Value": [{"00080100": {"Value": ["P5-0808E"]}, "00080102": {"Value": ["SRT"]}, "00080104": {"Value": ["CT Chest"]}}]},
  "00081040": {"Value": ["Radiology"]}, "00081050": {"Value": [{"Alphabetic": "Perf^Bert"}]},
  "00081060": {"Value": ["Read^One", "Read^Two"]}, "00081070": {"Value": ["Op^Cleo"]}, "00081090": {"Value": ["Model 7"]},
  "00082218": {"Value": [{"00080100": {"Value": ["T-D3000"]}, "00080102": {"Value": ["SRT"]}, "00080104": {"Value": ["Chest"]}}]},
  "00100010": {"Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}]},
  "00101002": {"Value": [{"00100020": {"Value": ["X9"]}, "00100021": {"Value": ["RIS"]}}]},
  "00102201": {"Value": ["Dog"]}, "00102203": {"Value": ["ALTERED"]}, "00102292": {"Value": ["Poodle"]}, "00102297": {"Value": ["Owner^Olga"]},
  "00181000": {"Value": ["S77"]}, "00200060": {"Value": ["L"]},
  "00380010": {"Value": ["V1"]}, "00401002": {"Value": ["Pain"]}, "00700080": {"Value": ["LABEL"]}
})";

} // namespace

TEST_CASE("groups that are off are neither read nor checked: nothing changes, and no row is made") {
  auto broken = dataset_and(
      R"({"00080070": {"Value": ["a\\b"]}, "00200060": {"Value": ["X"]}, "00401002": {"Value": ["a", "b"]}})");
  for (auto profile : {Profile::R4, Profile::Original}) {
    auto with = options(profile);
    CHECK(study_of(map(entry(broken), with), with) == study_of(map(entry(), with), with));
    CHECK(map(entry(broken), with).invalid_tags.empty());
  }
  CHECK(map(entry(broken), including({Group::Equipment})).invalid_tags.size() == 1);
}

TEST_CASE("Orders: an order for each accession number, and the system by issuer") {
  auto with = including({Group::Orders});
  with.accession_system_id = "urn:ris";
  auto plain = study_of(map(entry(), with), with);
  CHECK(text_of(plain, "basedOn") ==
        std::string(R"([{"type":"ServiceRequest","identifier":{)") + acsn + R"(,"system":"urn:ris","value":"A1"}}])");
  CHECK(plain.items("identifier")[1].text("system") == "urn:ris");

  auto issued = dataset_and(everything);
  CHECK(study_of(map(entry(issued), with), with).items("identifier")[1].text("system") == "urn:oid:1.2.40");
  with.issuer_systems = {{"RIS", "http://ris"}};
  CHECK(study_of(map(entry(issued), with), with).items("identifier")[1].text("system") == "http://ris");

  auto requests =
      dataset_and(R"({"00400275": {"Value": [{"00080050": {"Value": ["B1"]}}, {"00080050": {"Value": ["B\\2"]}},
    {"00080050": {"Value": ["B3"]}, "00080051": {"Value": [{"00400032": {"Value": ["urn:x"]}, "00400033": {"Value": ["URI"]}}]}}]}})");
  requests.erase("00080050");
  auto mapped = map(entry(requests), with);
  REQUIRE(mapped.invalid_tags.size() == 1);
  CHECK(mapped.invalid_tags[0].find("RequestAttributesSequence (0040,0275), 2: ") == 0);
  auto orders = study_of(mapped, with).items("basedOn");
  REQUIRE(orders.size() == 2);
  CHECK(orders[0].find("identifier")->text("value") == "B1");
  CHECK(orders[1].find("identifier")->text("system") == "urn:x");
}

TEST_CASE("Orders: an accession number that is there without system takes it; of another system it is another") {
  Resources resources;
  resources.apply(map(entry()));
  auto with = including({Group::Orders});
  with.accession_system_id = "urn:ris";
  CHECK(resources.apply(map(entry(), with), with));
  auto identifiers = resources.study->members().items("identifier");
  REQUIRE(identifiers.size() == 2);
  CHECK(identifiers[1].text("system") == "urn:ris");
  CHECK_FALSE(resources.apply(map(entry(), with), with));
  with.accession_system_id = "urn:other";
  CHECK(resources.apply(map(entry(), with), with));
  CHECK(resources.study->members().items("identifier").size() == 3);
}

TEST_CASE("Encounter, Procedure: a visit number, codes with their meanings, reasons") {
  auto with = including({Group::Encounter, Group::Procedure});
  with.encounter_system_id = "urn:adt";
  auto study = study_of(map(entry(dataset_and(everything)), with), with);
  CHECK(
      text_of(study, "encounter") ==
      R"({"type":"Encounter","identifier":{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203",)"
      R"("code":"VN"}]},"system":"urn:adt","value":"V1"}})");
  auto& procedure = study.items("procedureCode").front();
  CHECK(procedure.text("text") == "CT Chest");
  CHECK(procedure.items("coding").front().text("system") == "http://snomed.info/sct");
  CHECK(text_of(study, "reasonCode") == R"([{"text":"Pain"}])");

  auto requested = dataset_and(R"({"00401002": {"Value": ["Pain"]}, "00400275": {"Value": [{
    "00321064": {"Value": [{"00080100": {"Value": ["CTC"]}, "00080102": {"Value": ["99RIS"]}, "00080104": {"Value": ["CT chest"]}}]},
    "0040100A": {"Value": [{"00080100": {"Value": ["R07.4"]}, "00080102": {"Value": ["I10"]}, "00080104": {"Value": ["Chest pain"]}}]}}]}})");
  study = study_of(map(entry(requested), with), with);
  CHECK(text_of(study, "procedureCode") == R"([{"coding":[{"code":"CTC","display":"CT chest"}],"text":"CT chest"}])");
  CHECK(text_of(study, "reasonCode") ==
        R"([{"coding":[{"code":"R07.4","display":"Chest pain"}],"text":"Chest pain"}])");
}

TEST_CASE("People: referrer, readers, place and performers") {
  auto with = including({Group::People});
  with.staff_system_id = "urn:staff";
  auto study = study_of(map(entry(dataset_and(everything)), with), with);
  CHECK(text_of(study, "referrer") ==
        R"({"type":"Practitioner","identifier":{"system":"urn:staff","value":"R1"},"display":"Ref, Anna"})");
  CHECK(text_of(study, "interpreter") ==
        R"([{"type":"Practitioner","display":"Read, One"},{"type":"Practitioner","display":"Read, Two"}])");
  CHECK(text_of(study, "location") == R"({"type":"Location","display":"Radiology, General"})");
  auto function = [](const char* code) {
    return std::string(
               R"({"function":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":")") +
           code + R"("}]},"actor":)";
  };
  CHECK(text_of(first_series(study), "performer") ==
        "[" + function("PRF") + R"({"type":"Practitioner","display":"Perf, Bert"}},)" + function("SPRF") +
            R"({"type":"Practitioner","display":"Op, Cleo"}}])");
}

TEST_CASE("Equipment: a device by its UID, else by its serial number") {
  auto with = including({Group::Equipment});
  auto metadata = dataset_and(everything);
  CHECK(
      text_of(first_series(study_of(map(entry(metadata), with), with)), "performer") ==
      R"([{"actor":{"type":"Device","identifier":{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203",)"
      R"("code":"SNO"}]},"value":"S77"},"display":"Maker Model 7 ST1"}}])");
  metadata.set("00181002", attribute("\"1.2.77\""));
  CHECK(
      text_of(first_series(study_of(map(entry(metadata), with), with)), "performer") ==
      R"([{"actor":{"type":"Device","identifier":{"system":"urn:dicom:uid","value":"urn:oid:1.2.77"},"display":"Maker Model 7 ST1"}}])");
}

TEST_CASE("References: a display alone, or nothing at all") {
  auto with = including({Group::Orders, Group::Encounter, Group::People, Group::Equipment});
  with.references = References::Display;
  auto study = study_of(map(entry(dataset_and(everything)), with), with);
  CHECK(text_of(study, "referrer") == R"({"display":"Ref, Anna"})");
  CHECK_FALSE(study.find("basedOn"));
  CHECK_FALSE(study.find("encounter"));
  CHECK(first_series(study).items("performer").size() == 3);
  with.references = References::None;
  study = study_of(map(entry(dataset_and(everything)), with), with);
  for (auto member : {"referrer", "interpreter", "location", "basedOn", "encounter"})
    CHECK_FALSE(study.find(member));
  CHECK_FALSE(first_series(study).find("performer"));
  CHECK(study.items("identifier")[1].text("system") == "urn:oid:1.2.40");
}

TEST_CASE("Anatomy: the region's code, else the body part by table L-1, else its term") {
  auto with = including({Group::Anatomy});
  auto site = [&](const Json& metadata) {
    return text_of(first_series(study_of(map(entry(metadata), with), with)), "bodySite");
  };
  CHECK(site(dataset_and(everything)) == R"({"system":"http://snomed.info/sct","code":"51185008","display":"Chest"})");
  CHECK(site(dataset_and(R"({"00180015": {"Value": ["CSPINE"]}})")) ==
        R"({"system":"http://snomed.info/sct","code":"122494005","display":"Cervical spine"})");
  CHECK(site(dataset_and(R"({"00180015": {"Value": ["ODD PART"]}})")) == R"({"display":"ODD PART"})");
  CHECK(site(dataset()).empty());
}

TEST_CASE("Anatomy: left and right of one series come to both, U says nothing, anything else is invalid") {
  auto with = including({Group::Anatomy});
  Resources resources;
  auto apply = [&](const char* key, const char* side, const char* instance) {
    auto one = entry(dataset_with(key, side));
    one.set("SopInstanceUid", instance);
    one.find("Metadata")->set("00080018", attribute('"' + std::string(instance) + '"'));
    auto mapped = map(one, with);
    resources.apply(mapped, with);
    auto study = resources.study->to_json();
    auto* there = first_series(study).find("laterality");
    return (there ? std::string(there->text("code")) : "") + " " + std::to_string(mapped.invalid_tags.size());
  };
  CHECK(apply("00200062", "\"U\"", "1.1") == " 0");
  CHECK(apply("00200062", "\"L\"", "1.2") == "419161000 0");
  CHECK(apply("00200062", "\"L\"", "1.3") == "419161000 0");
  CHECK(apply("00200060", "\"R\"", "1.4") == "51440002 0");
  CHECK(apply("00200060", "\"L\"", "1.5") == "51440002 0");
  CHECK(apply("00200060", "\"LEFT\"", "1.6") == "51440002 1");
}

TEST_CASE("Titles: the first of four, and the earliest acquisition where there is no series date") {
  auto with = including({Group::Titles});
  auto metadata = dataset_and(everything);
  auto title = [&] {
    return std::string(
        first_series(study_of(map(entry(metadata), with), with)).items("instance").front().text("title"));
  };
  CHECK(title() == "LABEL");
  metadata.erase("00700080");
  CHECK(title() == "ORIGINAL\\PRIMARY\\AXIAL");
  metadata.set(
      "0040A043",
      json(
          R"({"Value": [{"00080100": {"Value": ["18748-4"]}, "00080102": {"Value": ["LN"]}, "00080104": {"Value": ["Report"]}}]})"));
  CHECK(title() == "Report");
  metadata.set("00420010", attribute(R"("A\nB")"));
  CHECK(title() == "A B");

  metadata.erase("00080021");
  Resources resources;
  auto start = [&](const char* time, const char* action = "create") {
    metadata.set("0008002A", attribute('"' + std::string(time) + '"'));
    resources.apply(map(entry(metadata, action), with), with);
    auto study = resources.study->to_json();
    return std::string(first_series(study).text("started"));
  };
  CHECK(start("20200201080000") == "2020-02-01T08:00:00+01:30");
  CHECK(start("20200201090000") == "2020-02-01T08:00:00+01:30");
  CHECK(start("20200201070000.5+0000", "update") == "2020-02-01T08:00:00+01:30");
  CHECK(start("20200201070000.5") == "2020-02-01T07:00:00.5+01:30");
  CHECK(start("20200201") == "2020-02-01T07:00:00.5+01:30");
}

TEST_CASE("NameForms: one name for each representation, and each keeps its own") {
  auto with = including({Group::NameForms});
  Resources resources;
  resources.apply(map(entry(dataset_and(everything)), with), with);
  auto names = resources.patient->items("name");
  REQUIRE(names.size() == 3);
  CHECK(
      names[0].to_text() ==
      R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation","valueCode":"ABC"}],)"
      R"("use":"usual","family":"Yamada","given":["Tarou"]})");
  CHECK(names[1].text("text") == "山田 太郎");
  CHECK(names[1].items("extension").front().text("valueCode") == "IDE");
  CHECK(names[2].items("extension").front().text("valueCode") == "SYL");
  CHECK_FALSE(resources.apply(map(entry(dataset_and(everything)), with), with));
  auto married = dataset_with("00100010", R"({"Alphabetic":"Suzuki^Tarou","Ideographic":"鈴木^太郎"})");
  CHECK(resources.apply(map(entry(married), with), with));
  REQUIRE(resources.patient->items("name").size() == 3);
  CHECK(resources.patient->items("name")[0].text("family") == "Suzuki");
  CHECK(resources.patient->items("name")[1].text("family") == "鈴木");

  auto one = patient_of(map(entry(dataset_with("00100010", R"("=山田^太郎")")), with), with);
  REQUIRE(one.items("name").size() == 1);
  CHECK(one.items("name")[0].items("extension").front().text("valueCode") == "IDE");
  CHECK(patient_of(map(entry(), with), with) == patient_of(map(entry())));

  Resources former; // a name that was there before the group was on
  former.apply(map(entry(dataset_with("00100010", "\"Yamada^Tarou\""))));
  former.apply(map(entry(dataset_and(everything)), with), with);
  CHECK(former.patient->items("name").size() == 3);
}

TEST_CASE("PatientIds: other identifiers are added, by issuer") {
  auto with = including({Group::PatientIds});
  with.issuer_systems = {{"RIS", "urn:ris"}};
  Resources resources;
  resources.apply(map(entry(dataset_and(everything)), with), with);
  CHECK(
      resources.patient->items("identifier")[1].to_text() ==
      R"({"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:ris","value":"X9"})");
  CHECK_FALSE(resources.apply(map(entry(dataset_and(everything)), with), with));
}

TEST_CASE("Animal: species, breed and gender status, and the responsible person") {
  auto with = including({Group::Animal});
  Resources resources;
  resources.apply(map(entry(dataset_and(everything)), with), with);
  CHECK(
      text_of(*resources.patient, "extension") ==
      R"([{"url":"http://hl7.org/fhir/StructureDefinition/patient-animal","extension":[)"
      R"({"url":"species","valueCodeableConcept":{"text":"Dog"}},{"url":"breed","valueCodeableConcept":{"text":"Poodle"}},)"
      R"({"url":"genderStatus","valueCodeableConcept":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/animal-genderstatus",)"
      R"("code":"neutered"}]}}]}])");
  CHECK(text_of(*resources.patient, "contact") == R"([{"name":{"family":"Owner","given":["Olga"]}}])");
  CHECK_FALSE(resources.apply(map(entry(dataset_and(everything)), with), with));
}

TEST_CASE("single values are replaced by an update alone, lists grow, and what others wrote stays") {
  auto with = including({Group::Encounter, Group::People, Group::Procedure, Group::Anatomy});
  auto others = json(R"({"resourceType":"ImagingStudy","meta":{"source":"https://dicom/"},"status":"available",
    "identifier":[{"system":"urn:dicom:uid","value":"urn:oid:1.2.3"}],"subject":{"reference":"Patient/1"},
    "encounter":{"reference":"Encounter/7"},"referrer":{"display":"Somebody"},"interpreter":[{"display":"Read, One"}],
    "procedureCode":[{"text":"by hand"}]})");
  Resources resources;
  resources.study.emplace(others);
  resources.apply(map(entry(dataset_and(everything)), with), with);
  auto& members = resources.study->members();
  CHECK(text_of(members, "encounter") == R"({"reference":"Encounter/7"})");
  CHECK(text_of(members, "referrer") == R"({"display":"Somebody"})");
  CHECK(members.items("interpreter").size() == 2);
  CHECK(members.items("procedureCode").size() == 2);
  CHECK(resources.apply(map(entry(dataset_and(everything), "update"), with), with));
  CHECK(members.find("encounter")->find("identifier")->text("value") == "V1");
  CHECK_FALSE(resources.apply(map(entry(dataset_and(everything), "update"), with), with));
  auto before = resources.study_text();
  resources.apply(map(entry(dataset(), "update"), with), with);
  CHECK(resources.study_text() == before); // nothing is removed
}

TEST_CASE("profile Extended: acquisition modalities alone while there is one") {
  auto with = options();
  with.profile = Profile::Extended;
  Resources resources;
  auto modalities = [&](const char* modality) {
    resources.apply(map(entry(dataset_with("00080060", modality)), with), with);
    std::string all;
    for (auto& one : resources.study->members().items("modality"))
      all += std::string(one.text("code")) + " ";
    return all;
  };
  CHECK(modalities("\"SR\"") == "SR ");
  CHECK(modalities("\"KO\"") == "SR KO ");
  CHECK(modalities("\"CT\"") == "CT ");
  CHECK(modalities("\"SEG\"") == "CT ");
  CHECK(modalities("\"PT\"") == "CT PT ");
}

TEST_CASE("all groups at once: mapped twice nothing changes, in any action, and Patient:Policy holds") {
  auto with = options();
  with.profile = Profile::Extended;
  with.groups = Groups::all();
  Resources resources;
  for (auto action : {"create", "update", "create"}) {
    resources.apply(map(entry(dataset_and(everything), action), with), with);
    CHECK_FALSE(resources.apply(map(entry(dataset_and(everything), action), with), with));
  }
  CHECK(map(entry(dataset_and(everything)), with).invalid_tags.empty());
  with.policy = PatientPolicy::CreateOnly;
  Resources owned;
  owned.patient = json(R"({"resourceType":"Patient","identifier":[{"system":"urn:hospital","value":"P1"}]})");
  auto before = owned.patient;
  owned.apply(map(entry(dataset_and(everything)), with), with);
  CHECK(owned.patient == before);
}

TEST_CASE("a broken value of a group counts as an optional tag") {
  auto with = including({Group::People, Group::Encounter});
  auto broken = dataset_and(
      R"({"00081060": {"Value": ["Read^One", "a^b^c^d^e^f", "Read^Three"]}, "00380010": {"Value": ["a", "b"]}})");
  auto mapped = map(entry(broken), with);
  CHECK(mapped.invalid_tags.size() == 2);
  CHECK(study_of(mapped, with).items("interpreter").size() == 2);
  with.enforce_validation = true;
  CHECK(map(entry(broken), with).effect == Effect::Refuse);
}

TEST_CASE("explained, each attribute of a group that is on has a row") {
  auto with = including({Group::Encounter, Group::Anatomy});
  auto findings =
      explain_dataset(dataset_and(R"({"00380010": {"Value": ["V1"]}, "00200060": {"Value": ["X"]}})"), with);
  REQUIRE(findings.size() == tag_count + 6);
  auto row = [&](std::uint32_t number) {
    return *std::find_if(findings.begin(), findings.end(), [&](auto& one) { return one.number == number; });
  };
  CHECK(row(0x00380010).is_mapped);
  CHECK(row(0x00380010).outcome.find("ImagingStudy.encounter: ") == 0);
  CHECK_FALSE(row(0x00200060).is_mapped);
  CHECK(row(0x00200060).outcome == "\"X\" is none of L, R, B and U");
  CHECK(row(0x00180015).outcome == "absent");
}
