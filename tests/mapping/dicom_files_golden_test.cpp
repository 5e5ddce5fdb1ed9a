// Golden pairs of the real DICOM files that Debian ships: by study, the datasets that dcm2json makes of them and the
// resources that they are to become. tests/data/dicom/README.md tells how they read.
#include "tests/mapping/bodies.hpp"
#include "tests/mapping/dicom_files.hpp"
#include "tests/mapping/golden.hpp"
#include "tests/mapping/support.hpp"
#include "tests/sim/dicom_files.hpp"

#include <algorithm>
#include <array>

using namespace dicomcast;
using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

/// A golden file and the folder of its DICOM files, but for one folder below.
struct Golden {
  std::string name;
  std::filesystem::path folder;
  std::string apart = {};
  std::filesystem::path file() const { return data_folder / "dicom" / (name + ".json"); }
};

const std::filesystem::path pydicom = "/usr/lib/python3/dist-packages/pydicom/data";
const auto nibabel = source_folder / "build-nibabel/usr/lib/python3/dist-packages/nibabel";
const std::array<Golden, 5> goldens{{{"palettes", pydicom / "palettes"},
                                     {"charset_files", pydicom / "charset_files"},
                                     {"test_files", pydicom / "test_files", "dicomdirtests/"},
                                     {"dicomdirtests", pydicom / "test_files/dicomdirtests"},
                                     {"nibabel", nibabel}}};

Options options_of(Profile profile) {
  auto with = options(profile);
  with.generate_observations = true;
  return with;
}

/// What is there before, and what comes of it.
struct State {
  Resources resources;
  std::vector<Json> observations;

  void apply(const MappedEntry& mapped, const Options& with) {
    if (!resources.apply(mapped, with))
      return;
    keep_body(*resources.patient);
    keep_body(*resources.endpoint);
    keep_body(resources.study->to_json());
    for (auto& created : merge_observations(mapped, with, observations, "Patient/1", "ImagingStudy/3").created) {
      keep_body(created);
      observations.push_back(created);
    }
  }
  Json to_json() const {
    auto out = Json::object();
    if (resources.patient)
      out.set("Patient", *resources.patient);
    if (resources.study)
      out.set("ImagingStudy", resources.study->to_json());
    if (!observations.empty())
      out.set("Observation", observations);
    return out;
  }
};

/// What is there before a study's files come: given by hand in the golden file.
State existing(const Json& study) {
  State state;
  if (auto* there = study.find("existing")) {
    if (auto* patient = there->find("Patient"))
      state.resources.patient = *patient;
    if (auto* imaging_study = there->find("ImagingStudy"))
      state.resources.study.emplace(*imaging_study);
  }
  return state;
}

Json without_same(Json resources, const Json& others) {
  std::erase_if(*resources.if_object(), [&](auto& member) {
    auto* other = others.find(member.first);
    return other && *other == member.second;
  });
  return resources;
}

/// The resources by profile, those of profile Original where they are others, and what is recorded of each file.
Json expected_of(const Json& study) {
  auto refused = Json::object(), invalid_tags = Json::object();
  std::vector<Json> by_profile;
  for (auto profile : {Profile::R4, Profile::Original}) {
    auto with = options_of(profile);
    auto state = existing(study);
    for (auto& dataset : read_kept(*study.find("datasets"))) {
      INFO(dataset.name);
      auto mapped = map_text(dataset.entry(), with);
      state.apply(mapped, with);
      auto before = state.to_json();
      state.apply(mapped, with);
      CHECK(state.to_json() == before); // a second time changes nothing
      if (mapped.effect == Effect::Refuse)
        refused.set(dataset.name, mapped.refusal);
      if (!mapped.invalid_tags.empty())
        invalid_tags.set(dataset.name, Json::Array(mapped.invalid_tags.begin(), mapped.invalid_tags.end()));
    }
    by_profile.push_back(state.to_json());
  }
  Json out = Json::object();
  if (!refused.if_object()->empty())
    out.set("refused", refused);
  if (!invalid_tags.if_object()->empty())
    out.set("invalid_tags", invalid_tags);
  if (by_profile[0].if_object()->empty())
    return out;
  out.set("R4", by_profile[0]);
  out.set("Original", without_same(by_profile[1], by_profile[0]));
  return out;
}

/// What of an entry's mapping the reduced dataset must not lose.
std::string told_of(const Dataset& dataset) {
  std::string told;
  for (auto profile : {Profile::R4, Profile::Original}) {
    auto mapped = map_text(dataset.entry(), options_of(profile));
    State state;
    state.apply(mapped, options_of(profile));
    told += state.to_json().to_pretty_text() + "\n" + mapped.refusal + "\n";
    for (auto& row : mapped.invalid_tags)
      told += row + "\n";
  }
  return told;
}

/// The golden file without what is expected, from the installed files. `known` gives what stands there by hand.
Json from_installed(const Golden& golden, const Json& known) {
  auto notes = Json::object();
  std::vector<std::vector<Dataset>> studies;
  for (auto& file : sim::read_dicom_files(golden.folder)) {
    if (!golden.apart.empty() && file.name.starts_with(golden.apart))
      continue;
    if (!file.note.empty())
      notes.set(file.name, file.note);
    auto whole = dataset_of(file.name, file.text);
    CHECK(whole.attributes.is_object() == !file.text.empty());
    if (file.text.empty())
      continue;
    auto dataset = reduced(whole);
    INFO(file.name);
    CHECK(told_of(dataset) == told_of(whole));
    auto study_uid = sim::attribute(dataset.attributes, "0020000D");
    auto same = std::ranges::find_if(
        studies, [&](auto& study) { return sim::attribute(study.front().attributes, "0020000D") == study_uid; });
    if (same == studies.end())
      studies.push_back({dataset});
    else
      same->push_back(dataset);
  }
  Json::Array list;
  for (auto& study : studies) {
    Json one = Json::object();
    for (auto& old : known.items("studies"))
      if (old.find("existing") && old.find("datasets")->find(study.front().name))
        one.set("existing", *old.find("existing"));
    one.set("datasets", kept(study));
    list.push_back(std::move(one));
  }
  return Json::Object{{"not_as_dcm2json_gives_it", notes}, {"studies", list}};
}

} // namespace

TEST_CASE("the golden datasets are those of the installed DICOM files", "[packages]") {
  for (auto& golden : goldens) {
    DYNAMIC_SECTION(golden.name) {
      INFO("from Debian's python3-pydicom, and from scripts/nibabel.sh");
      REQUIRE(std::filesystem::exists(golden.folder));
      auto known = is_regenerating() && !std::filesystem::exists(golden.file()) ? Json::object()
                                                                                : json(read_golden(golden.file()));
      auto made = from_installed(golden, known);
      if (is_regenerating()) {
        write_golden(golden.file(), for_review(made));
        continue;
      }
      for (auto& study : known.array_at("studies"))
        study.erase("expected");
      CHECK(for_review(known) == for_review(made));
    }
  }
}

TEST_CASE("real DICOM files become the expected resources, in both profiles", "[bodies]") {
  for (auto& golden : goldens) {
    DYNAMIC_SECTION(golden.name) {
      auto text = read_golden(golden.file());
      auto pairs = json(text);
      for (auto& study : pairs.array_at("studies"))
        study.set("expected", expected_of(study));
      if (is_regenerating())
        write_golden(golden.file(), for_review(pairs));
      else
        CHECK(for_review(pairs) == text);
    }
  }
}
