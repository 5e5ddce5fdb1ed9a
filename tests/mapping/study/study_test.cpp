// Entries onto an ImagingStudy.
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

/// The study after an entry was merged onto it; and it is checked that merging it again changes nothing.
std::string merged(const std::string& study, const MappedEntry& mapped, const Options& with = options()) {
  std::optional<ImagingStudy> there{json(study)};
  merge_study(mapped, with, "Patient/1", "Endpoint/2", there);
  std::string text, again;
  there->write(text);
  CHECK_FALSE(merge_study(mapped, with, "Patient/1", "Endpoint/2", there));
  there->write(again);
  CHECK(text == again);
  return text;
}

Json merged_json(const std::string& study, const MappedEntry& mapped, const Options& with = options()) {
  return json(merged(study, mapped, with));
}

MappedEntry instance(const std::string& series, const std::string& sop, const std::string& action = "create") {
  auto one = entry(dataset(), action);
  one.set("SeriesInstanceUid", series);
  one.set("SopInstanceUid", sop);
  return map(one);
}

Removal removed(std::string& study, const std::string& series, const std::string& sop,
                const Options& with = options()) {
  std::optional<ImagingStudy> there{json(study)};
  auto removal = remove_instance(instance(series, sop, "delete"), with, there);
  study.clear();
  there->write(study);
  return removal;
}

} // namespace

TEST_CASE("a new study, profile R4") {
  CHECK(study_of(map(entry())) ==
        json(R"({"resourceType":"ImagingStudy","meta":{"source":"https://dicom/"},"identifier":[
          {"system":"urn:dicom:uid","value":"urn:oid:1.2.3"},
          {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"}]},"value":"A1"}],
          "status":"available","subject":{"reference":"Patient/1"},
          "modality":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"}],
          "started":"2020-01-31T10:11:12.5+01:30","endpoint":[{"reference":"Endpoint/2"}],
          "note":[{"text":"CT Thorax"}],"description":"CT Thorax","series":[{"uid":"1.2.3.4","number":7,
          "modality":{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"},"description":"axial",
          "started":"2020-02-01T13:14:00+01:30","numberOfInstances":1,"instance":[{"uid":"1.2.3.4.5",
          "sopClass":{"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2.840.10008.5.1.4.1.1.2"},"number":42}]}],
          "numberOfSeries":1,"numberOfInstances":1})"));
}

TEST_CASE("a new study, profile Original") {
  auto with = options(Profile::Original);
  CHECK(study_of(map(entry(), with), with) ==
        json(R"({"resourceType":"ImagingStudy","meta":{"source":"https://dicom/"},"identifier":[
          {"system":"urn:dicom:uid","value":"urn:oid:1.2.3"},
          {"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"}]},"value":"A1"}],
          "status":"available","subject":{"reference":"Patient/1"},"modality":[{"system":"DCM","code":"CT"}],
          "started":"2020-01-31T10:11:12.5+01:30","endpoint":[{"reference":"Endpoint/2"}],"note":[{"text":"CT Thorax"}],
          "series":[{"uid":"1.2.3.4","number":7,"modality":{"system":"DCM","code":"CT"},"description":"axial",
          "started":"2020-02-01T13:14:00+01:30","instance":[{"uid":"1.2.3.4.5",
          "sopClass":{"code":"1.2.840.10008.5.1.4.1.1.2"},"number":42}]}]})"));
}

TEST_CASE("the modality is written with nothing but required tags, and a date without time and zone is kept") {
  auto bare = json(R"({"00080016":{"Value":["1.2"]},"00080060":{"Value":["MR"]},"00100020":{"Value":["P1"]}})");
  auto study = study_of(map(entry(bare)));
  CHECK(study.items("modality")[0].text("code") == "MR");
  for (auto* absent : {"started", "note", "description"})
    CHECK_FALSE(study.find(absent));
  CHECK(study.items("identifier").size() == 1);
  CHECK(study.items("series")[0].items("instance")[0] ==
        json(R"({"uid":"1.2.3.4.5","sopClass":{"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2"}})"));
  bare.set("00080020", attribute("\"20200131\""));
  CHECK(study_of(map(entry(bare))).text("started") == "2020-01-31");
}

TEST_CASE("an instance without a date, description, number or accession number erases none") {
  auto study = study_of(map(entry()));
  auto metadata = dataset();
  for (auto* key : {"00080020", "00080021", "00080030", "00080050", "00081030", "0008103E", "00200011", "00200013"})
    metadata.erase(key);
  CHECK(merged(study.to_text(), map(entry(metadata))) == study.to_text());
}

TEST_CASE("accession number, note, endpoint and modality are added unless they are there, the modality's case apart") {
  auto study = study_of(map(entry()));
  auto metadata = dataset();
  metadata.set("00080050", attribute("\"A2\""));
  metadata.set("00080060", attribute("\"SR\""));
  metadata.set("00081030", attribute("\"Other\""));
  auto other = merged_json(study.to_text(), map(entry(metadata)));
  CHECK(other.items("identifier").size() == 3);
  CHECK(other.items("modality").size() == 2);
  CHECK(other.items("note").size() == 1); // the former description's goes with it
  CHECK(other.items("endpoint").size() == 1);
  CHECK(other.text("description") == "Other");
  CHECK(other.items("series")[0].find("modality")->text("code") == "SR");
  study.items("modality");
  study.set("modality", json(R"([{"code":"ct"}])"));
  study.set("identifier", json(R"([{"system":"urn:dicom:uid","value":"urn:oid:1.2.3"},{"system":"other","value":"A1"},
    {"type":{"coding":[{"code":"X"},{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"ACSN"}]},"value":"A1","system":"s"}])"));
  study.set("endpoint", json(R"([{"reference":"Endpoint/9"},{"reference":"Endpoint/2","display":"x"}])"));
  CHECK(merged(study.to_text(), map(entry())) == study.to_text());
}

TEST_CASE("the subject is set at creation and follows at an update, with nothing of the former one left") {
  auto study = study_of(map(entry()));
  study.set("subject", json(R"({"reference":"Patient/9","display":"Old^Name"})"));
  CHECK(*merged_json(study.to_text(), map(entry())).find("subject") == *study.find("subject"));
  CHECK(*merged_json(study.to_text(), map(entry(dataset(), "update"))).find("subject") ==
        json(R"({"reference":"Patient/1"})"));
}

TEST_CASE("status and meta.source are set at creation only") {
  auto study = study_of(map(entry()));
  study.set("status", "entered-in-error");
  study.set("meta", json(R"({"versionId":"3","source":"https://other/#x"})"));
  CHECK(merged(study.to_text(), map(entry(dataset(), "update"))) == study.to_text());
}

TEST_CASE("a second series and a second instance go beside the first") {
  Resources resources;
  resources.apply(instance("1.2.3.4", "1.2.3.4.5"));
  resources.apply(instance("1.2.3.4", "1.2.3.4.6"));
  resources.apply(instance("1.2.3.5", "1.2.3.5.1"));
  CHECK_FALSE(resources.apply(instance("1.2.3.4", "1.2.3.4.6")));
  auto study = resources.study->to_json();
  REQUIRE(study.items("series").size() == 2);
  CHECK(study.items("series")[0].items("instance").size() == 2);
  CHECK(study.items("series")[0].find("numberOfInstances")->to_text() == "2");
  CHECK(study.find("numberOfSeries")->to_text() == "2");
  CHECK(study.find("numberOfInstances")->to_text() == "3");
}

TEST_CASE("a changed instance and series take the new values") {
  auto study = study_of(map(entry()));
  auto metadata = dataset_with("00200013", "43");
  metadata.set("00200011", attribute("8"));
  metadata.set("0008103E", attribute("\"coronal\""));
  metadata.set("00080016", attribute("\"1.2.9\""));
  auto series = merged_json(study.to_text(), map(entry(metadata))).items("series")[0];
  CHECK(series.find("number")->to_text() == "8");
  CHECK(series.text("description") == "coronal");
  CHECK(series.items("instance") == json(R"([{"uid":"1.2.3.4.5",
    "sopClass":{"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2.9"},"number":43}])")
                                        .if_array()[0]);
}

TEST_CASE("a study written in profile Original is completed in R4, not doubled") {
  auto original = options(Profile::Original);
  auto there = study_of(map(entry(), original), original);
  auto study = merged_json(there.to_text(), map(entry()));
  CHECK(study.items("modality") == there.items("modality"));
  CHECK(study.items("identifier") == there.items("identifier"));
  CHECK(study.items("note") == there.items("note"));
  REQUIRE(study.items("series").size() == 1);
  CHECK(*study.items("series")[0].find("modality") ==
        json(R"({"system":"http://dicom.nema.org/resources/ontology/DCM","code":"CT"})"));
  REQUIRE(study.items("series")[0].items("instance").size() == 1);
  CHECK(*study.items("series")[0].items("instance")[0].find("sopClass") ==
        json(R"({"code":"urn:oid:1.2.840.10008.5.1.4.1.1.2","system":"urn:ietf:rfc:3986"})"));
  CHECK(study.text("description") == "CT Thorax");
  CHECK(study.find("numberOfInstances")->to_text() == "1");
}

TEST_CASE("what others say of series and instances stays: displays, decimals, order, uids with urn:oid:") {
  auto study = study_of(map(entry()));
  study.set("series", json(R"([{"x":1.10,"uid":"urn:oid:1.2.3.4","number":7,"modality":{"code":"ct","display":"D",
    "system":"http://dicom.nema.org/resources/ontology/DCM"},"description":"axial","started":"2020-02-01T13:14:00+01:30",
    "instance":[{"title":"t","uid":"urn:oid:1.2.3.4.5","sopClass":{"display":"CT","code":"1.2.840.10008.5.1.4.1.1.2"},"y":2.0}],
    "performer":[{"z":-0.0}]}])"));
  CHECK(
      merged_json(study.to_text(), map(entry())).find("series")->to_text() ==
      R"([{"x":1.10,"uid":"urn:oid:1.2.3.4","number":7,"modality":{"code":"CT","display":"D",)"
      R"("system":"http://dicom.nema.org/resources/ontology/DCM"},"description":"axial","started":"2020-02-01T13:14:00+01:30",)"
      R"("instance":[{"title":"t","uid":"urn:oid:1.2.3.4.5","sopClass":{"display":"CT",)"
      R"("code":"urn:oid:1.2.840.10008.5.1.4.1.1.2","system":"urn:ietf:rfc:3986"},"y":2.0,"number":42}],)"
      R"("performer":[{"z":-0.0}],"numberOfInstances":1}])");
}

TEST_CASE("a series of somebody else's that lists no instances keeps its number and counts with it") {
  auto study = study_of(map(entry()));
  study.array_at("series").push_back(json(R"({"uid":"9","numberOfInstances":50})"));
  study.array_at("series").push_back(json(R"({"modality":{"code":"MR"}})"));
  auto counted = merged_json(study.to_text(), map(entry()));
  CHECK(counted.find("numberOfSeries")->to_text() == "3");
  CHECK(counted.find("numberOfInstances")->to_text() == "51");
  CHECK(counted.items("series")[1] == study.items("series")[1]);
  CHECK(counted.items("series")[2] == study.items("series")[2]);
  auto listed = merged_json(study.to_text(), instance("9", "9.1"));
  CHECK(listed.items("series")[1].find("numberOfInstances")->to_text() == "1");
  CHECK(listed.find("numberOfInstances")->to_text() == "2");
}

TEST_CASE("delete removes the instance, then the series, then the study") {
  Resources resources;
  resources.apply(instance("1.2.3.4", "1.2.3.4.5"));
  resources.apply(instance("1.2.3.4", "1.2.3.4.6"));
  resources.apply(instance("1.2.3.5", "1.2.3.5.1"));
  auto study = resources.study_text();
  CHECK(removed(study, "1.2.3.4", "1.2.3.4.9") == Removal::Nothing);
  CHECK(removed(study, "1.2.3.9", "1.2.3.4.5") == Removal::Nothing);
  CHECK(study == resources.study_text());
  CHECK(removed(study, "1.2.3.4", "1.2.3.4.5") == Removal::Changed);
  CHECK(json(study).items("series")[0].items("instance").size() == 1);
  CHECK(json(study).items("series")[0].find("numberOfInstances")->to_text() == "1");
  CHECK(json(study).find("numberOfInstances")->to_text() == "2");
  CHECK(removed(study, "1.2.3.4", "1.2.3.4.6") == Removal::Changed);
  CHECK(json(study).items("series").size() == 1);
  CHECK(json(study).find("numberOfSeries")->to_text() == "1");
  CHECK(removed(study, "1.2.3.5", "1.2.3.5.1") == Removal::Emptied);
  std::optional<ImagingStudy> none;
  CHECK(remove_instance(instance("1.2.3.4", "1.2.3.4.5", "delete"), options(), none) == Removal::Nothing);
}

TEST_CASE("a study left without series is deleted only if its source is this service, a slash and a # apart") {
  auto sample = study_of(map(entry()));
  for (auto [source, removal] : {std::pair("https://dicom/", Removal::Emptied),
                                 {"https://dicom", Removal::Emptied},
                                 {"https://dicom/#abc", Removal::Emptied},
                                 {"https://dicom#abc/x", Removal::Emptied},
                                 {"https://dicom/x", Removal::Changed},
                                 {"https://dico", Removal::Changed},
                                 {"", Removal::Changed}}) {
    INFO(source);
    sample.set("meta", Json(Json::Object{{"source", source}}));
    auto study = sample.to_text();
    CHECK(removed(study, "1.2.3.4", "1.2.3.4.5") == removal);
    if (removal == Removal::Changed) {
      CHECK_FALSE(json(study).find("series"));
      CHECK(json(study).find("numberOfSeries")->to_text() == "0");
      CHECK(json(study).find("numberOfInstances")->to_text() == "0");
    }
  }
  sample.erase("meta");
  auto study = sample.to_text();
  CHECK(removed(study, "1.2.3.4", "1.2.3.4.5") == Removal::Changed);
}

TEST_CASE("delete in profile Original writes no counts") {
  auto with = options(Profile::Original);
  Resources resources;
  resources.apply(instance("1.2.3.4", "1.2.3.4.5"), with);
  resources.apply(instance("1.2.3.4", "1.2.3.4.6"), with);
  CHECK(resources.apply(instance("1.2.3.4", "1.2.3.4.6", "delete"), with));
  CHECK(resources.study_text().find("numberOf") == std::string::npos);
}

TEST_CASE("an instance that comes back after its study was emptied is there again") {
  Resources resources;
  resources.apply(instance("1.2.3.4", "1.2.3.4.5"));
  auto once = resources.study->to_json();
  resources.apply(instance("1.2.3.4", "1.2.3.4.5", "delete"));
  CHECK(resources.apply(instance("1.2.3.4", "1.2.3.4.5")));
  CHECK(resources.study->to_json().items("series") == once.items("series"));
}
