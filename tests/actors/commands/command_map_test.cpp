// map: an entry's file and those of the resources that are there, to a Bundle.
#include "actors/commands/commands.hpp"
#include "actors/mapping_options.hpp"
#include "mapping/json/json.hpp"
#include "tests/conf/support.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <sstream>

using namespace dicomcast;
using conf::test::contains;
using mapping::Json;

namespace {

const std::string metadata =
    R"({"00100020": {"vr": "LO", "Value": ["P1"]}, "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]},
  "00080060": {"vr": "CS", "Value": ["CT"]}, "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"]}})";

std::string entry(const std::string& action, const std::string& state, const std::string& dataset) {
  return R"({"Sequence": 9, "StudyInstanceUid": "1.1", "SeriesInstanceUid": "1.2", "SopInstanceUid": "1.3", "Action": ")" +
         action + R"(", "State": ")" + state + R"(", "Metadata": )" + dataset + "}";
}

struct Bench {
  conf::test::TemporaryFolder folder;
  conf::Config config;
  std::ostringstream out, err;

  Bench() {
    config.dicom_source = "https://dicom/root/";
    config.fhir.endpoint = "https://fhir/r4/";
  }
  int run(const std::string& entry_text, const std::vector<std::string>& existing = {}, bool explain = false) {
    out.str("");
    err.str("");
    conf::Map command;
    command.entry = folder.write("entry.json", entry_text);
    command.explain = explain;
    for (const auto& text : existing)
      command.existing.push_back(folder.write("existing" + std::to_string(command.existing.size()) + ".json", text));
    return actors::run(command, config, {out, err});
  }
  /// The Bundle's entries as `METHOD url`, in their order.
  std::vector<std::string> requests() const {
    auto bundle = Json::parse(out.str());
    REQUIRE(bundle);
    CHECK(bundle->text("resourceType") == "Bundle");
    CHECK(bundle->text("type") == "transaction");
    std::vector<std::string> all;
    for (const auto& each : bundle->items("entry")) {
      const auto& request = *each.find("request");
      all.push_back(std::string(request.text("method")) + ' ' + std::string(request.text("url")));
    }
    return all;
  }
  /// What the Bundle's resources would be once stored: with id and version.
  std::vector<std::string> stored() const {
    std::vector<std::string> all;
    auto bundle = Json::parse(out.str()).value();
    for (const auto& each : bundle.items("entry")) {
      auto resource = *each.find("resource");
      resource.set("id", "id-" + std::to_string(all.size()));
      resource["meta"].set("versionId", "3");
      all.push_back(resource.to_text());
    }
    return all;
  }
};

using Requests = std::vector<std::string>;

} // namespace

TEST_CASE("an entry without anything there creates Patient, Endpoint and ImagingStudy") {
  Bench bench;
  REQUIRE(bench.run(entry("Create", "Current", metadata)) == 0);
  CHECK(bench.requests() == Requests{"POST Patient", "POST Endpoint", "POST ImagingStudy"});
  CHECK(contains(bench.out.str(), "urn:uuid:"));
  CHECK(contains(bench.out.str(), "https://dicom/root/v1"));
  CHECK(bench.err.str() == "");
  auto first = bench.out.str();
  bench.run(entry("Create", "Current", metadata));
  CHECK(bench.out.str() == first);
}

TEST_CASE("the same entry against what it made prints a Bundle without entries") {
  Bench bench;
  REQUIRE(bench.run(entry("Create", "Current", metadata)) == 0);
  auto there = bench.stored();
  REQUIRE(there.size() == 3);
  // The study refers to the resources by their new names.
  auto study = Json::parse(there[2]).value();
  study["subject"].set("reference", "Patient/id-0");
  study.set("endpoint", Json::Array{Json(Json::Object{{"reference", "Endpoint/id-1"}})});
  there[2] = study.to_text();
  CHECK(bench.run(entry("Create", "Current", metadata), there) == 0);
  CHECK(bench.requests().empty());

  SECTION("also where a Bundle holds them") {
    auto bundle = R"({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": )" + there[0] +
                  R"(}, {"resource": )" + there[1] + R"(}, {"fullUrl": "x"}]})";
    CHECK(bench.run(entry("Create", "Current", metadata), {bundle, there[2]}) == 0);
    CHECK(bench.requests().empty());
  }
  SECTION("and its delete deletes the study") {
    CHECK(bench.run(entry("Delete", "Deleted", "null"), there) == 0);
    CHECK(bench.requests() == Requests{"DELETE ImagingStudy/id-2"});
  }
  SECTION("another patient's resource is left alone") {
    auto other = Json::parse(there[0]).value();
    other.array_at("identifier").front().set("value", "p1");
    CHECK(bench.run(entry("Create", "Current", metadata), {other.to_text(), there[1]}) == 0);
    CHECK(bench.requests() == Requests{"POST Patient", "POST ImagingStudy"});
  }
  SECTION("a resource without version cannot be written to") {
    auto patient = Json::parse(there[0]).value();
    patient.erase("meta");
    CHECK(bench.run(entry("Create", "Current", metadata), {patient.to_text()}) == 3);
    CHECK(contains(bench.err.str(), "FhirFailToStoreExceptionTable"));
    CHECK(bench.out.str() == "");
  }
}

TEST_CASE("an update of what is there is a PUT of its version") {
  Bench bench;
  auto patient =
      R"({"resourceType": "Patient", "id": "7", "meta": {"versionId": "4"}, "identifier": [{"value": "P1"}], "active": true})";
  REQUIRE(bench.run(entry("Create", "Current", metadata), {patient}) == 0);
  CHECK(bench.requests() == Requests{"PUT Patient/7", "POST Endpoint", "POST ImagingStudy"});
  CHECK(contains(bench.out.str(), R"(W/\"4\")"));
  CHECK(contains(bench.out.str(), "https://fhir/r4/Patient/7"));
}

TEST_CASE("an entry whose state is deleted changes nothing") {
  Bench bench;
  CHECK(bench.run(entry("Create", "Deleted", "null")) == 0);
  CHECK(bench.requests().empty());
}

TEST_CASE("an entry that cannot be mapped ends with 3 and says why") {
  Bench bench;
  CHECK(bench.run(entry("Create", "Current", R"({"00100020": {"vr": "LO", "Value": ["P1"]}})")) == 3);
  CHECK(bench.out.str() == "");
  CHECK(contains(bench.err.str(), "DicomFailToStoreExceptionTable: "));
  CHECK(contains(bench.err.str(), "Modality"));
  CHECK(bench.run(entry("Create", "Current", "null")) == 3);
  CHECK(bench.run(entry("Explode", "Current", metadata)) == 3);
  bench.config.patient_policy = conf::PatientPolicy::LinkOnly;
  CHECK(bench.run(entry("Create", "Current", metadata)) == 3);
  CHECK(contains(bench.err.str(), "LinkOnly"));
}

TEST_CASE("an invalid optional tag is told beside the Bundle") {
  Bench bench;
  auto dataset = metadata.substr(0, metadata.size() - 1) + R"(, "00100040": {"vr": "CS", "Value": ["X"]}})";
  CHECK(bench.run(entry("Create", "Current", dataset)) == 0);
  CHECK(bench.requests().size() == 3);
  CHECK(contains(bench.err.str(), "InvalidDicomTagExceptionTable: "));
}

TEST_CASE("map --explain tells the searches and the writes on stderr") {
  Bench bench;
  CHECK(bench.run(entry("Create", "Current", metadata), {}, true) == 0);
  CHECK(bench.requests().size() == 3);
  CHECK(contains(bench.err.str(), "search  Patient?identifier="));
  CHECK(contains(bench.err.str(), "create  ImagingStudy"));
}

TEST_CASE("a file that is unreadable ends with 2") {
  Bench bench;
  for (std::string text : {"", "{", "[]", "null", "{}", "[{\"Sequence\": 1}, {\"Sequence\": 2}]"}) {
    INFO(text);
    CHECK(bench.run(text) == 2);
    CHECK(bench.out.str() == "");
    CHECK(contains(bench.err.str(), "entry.json: "));
  }
  for (std::string text : {"", "{", "[]", "{\"id\": \"1\"}"}) {
    INFO(text);
    CHECK(bench.run(entry("Create", "Current", metadata), {text}) == 2);
    CHECK(contains(bench.err.str(), "existing0.json: "));
  }
  CHECK(actors::run(conf::Map{bench.folder.path() + "/none.json", {}, false}, bench.config, {bench.out, bench.err}) ==
        2);
}

TEST_CASE("the Endpoint's address is that of profile, version and partition") {
  conf::Config config;
  config.dicom_source = "https://dicom/root/";
  CHECK(actors::mapping_options(config).endpoint_address == "https://dicom/root/v1");
  config.api_version = conf::ApiVersion::V2;
  config.partition_name = "site-1";
  CHECK(actors::mapping_options(config).endpoint_address == "https://dicom/root/v2/partitions/site-1");
  config.profile = conf::Profile::Original;
  CHECK(actors::mapping_options(config).endpoint_address == "https://dicom/root/");
  config.dicom_source = "https://dicom/";
  config.profile = conf::Profile::R4;
  config.partition_name.clear();
  config.api_version = conf::ApiVersion::V1;
  CHECK(actors::mapping_options(config).endpoint_address == "https://dicom/v1");
  CHECK(actors::mapping_options(config).source == "https://dicom/");
}

TEST_CASE("map takes a bare dataset, as a list of one too, as the create that a feed would give for it") {
  Bench bench;
  std::string dataset = R"({"00080018": {"vr": "UI", "Value": ["1.3"]}, "0020000D": {"vr": "UI", "Value": ["1.1"]},
    "0020000E": {"vr": "UI", "Value": ["1.2"]}, )" +
                        metadata.substr(1);
  CHECK(bench.run(entry("create", "current", metadata)) == actors::exit_done);
  auto expected = bench.out.str();
  CHECK(bench.run(dataset) == actors::exit_done);
  CHECK(bench.out.str() == expected);
  CHECK(bench.run("[" + dataset + "]") == actors::exit_done);
  CHECK(bench.out.str() == expected);
}

TEST_CASE("map --explain tells of each tag its value and its element, or why it goes nowhere") {
  Bench bench;
  std::string dataset = R"({"00080060": {"vr": "CS", "Value": ["CT"]}, "00100020": {"vr": "LO", "Value": ["P1"]},
    "00100040": {"vr": "CS", "Value": ["X"]}, "00080030": {"vr": "TM", "Value": ["1200"]}})";
  CHECK(bench.run(entry("create", "current", dataset), {}, true) == actors::exit_entries_failed);
  auto row = [&](const std::string& keyword) {
    auto text = bench.err.str();
    auto at = text.find("  " + keyword + " ");
    REQUIRE(at != text.npos);
    auto begin = text.rfind('\n', at) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  };
  CHECK(contains(row("Modality"), "(0008,0060)"));
  CHECK(contains(row("Modality"), "CT"));
  CHECK(contains(row("Modality"), "ImagingStudy.modality"));
  CHECK(contains(row("PatientSex"), "not mapped"));
  CHECK(contains(row("StudyTime"), "not mapped: there is no valid StudyDate for it"));
  CHECK(contains(row("SOPClassUID"), "not mapped: absent, but required"));
  CHECK(contains(row("PatientName"), "not mapped: absent"));
}

TEST_CASE("map reads a DICOM file by dcmtk, compressed pixels or not, and says of a broken one what dcmtk says") {
  std::string dump = R"((0002,0010) UI =LittleEndianExplicit
(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]
(0008,0018) UI [1.3]
(0008,0060) CS [CT]
(0010,0010) PN [Doe^Jane]
(0010,0020) LO [P1]
(0018,0050) DS [2.]
(0020,000d) UI [1.1]
(0020,000e) UI [1.2]
)";
  Bench bench;
  auto text = bench.folder.write("file.dump", dump);
  auto file = text.substr(0, text.rfind('/')) + "/file.dcm";
  REQUIRE(std::system(("dump2dcm '" + text + "' '" + file + "'").c_str()) == 0);
  conf::Map command;
  command.entry = file;
  CHECK(actors::run(command, bench.config, {bench.out, bench.err}) == actors::exit_done);
  CHECK(bench.requests().size() == 3);
  CHECK(contains(bench.out.str(), "\"urn:oid:1.1\""));

  command.entry = bench.folder.write("broken.dcm", std::string(128, '\0') + "DICM" + std::string(20, '\xFF'));
  CHECK(actors::run(command, bench.config, {bench.out, bench.err}) == actors::exit_wrong_usage);
  CHECK(contains(bench.err.str(), "dcm2json cannot read it"));
}
