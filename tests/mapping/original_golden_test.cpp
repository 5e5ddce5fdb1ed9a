// Profile Original never changes: all sample datasets of the repository, and the exact bytes that they become.
#include "mapping/feed/dataset.hpp"
#include "tests/mapping/dicom_files.hpp"
#include "tests/mapping/golden.hpp"
#include "tests/mapping/support.hpp"

#include <algorithm>

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

Options original() {
  auto with = options(Profile::Original);
  with.generate_observations = true;
  return with;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view ending) {
  std::vector<std::filesystem::path> files;
  for (auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().filename().string().ends_with(ending))
      files.push_back(file.path());
  std::ranges::sort(files);
  return files;
}

/// One line for each study, in the order of its entries: what the resources became, and what was recorded.
class Lines {
public:
  void add(const std::string& study, const std::string& page) {
    auto with = original();
    std::string error;
    auto entries = read_feed_page(page, with, &error);
    INFO(study << " " << error);
    REQUIRE(entries);
    Resources resources;
    std::vector<Json> observations;
    Json::Array rows;
    for (auto& entry : *entries) {
      resources.apply(entry, with);
      auto changes = merge_observations(entry, with, observations, "Patient/1", "ImagingStudy/3");
      observations.insert(observations.end(), changes.created.begin(), changes.created.end());
      if (entry.effect == Effect::Refuse)
        rows.push_back(entry.refusal);
      rows.insert(rows.end(), entry.invalid_tags.begin(), entry.invalid_tags.end());
    }
    Json line;
    line.set("study", study);
    line.set("Patient", resources.patient.value_or(Json()));
    line.set("Endpoint", resources.endpoint.value_or(Json()));
    line.set("ImagingStudy", resources.study ? resources.study->to_json() : Json());
    line.set("Observation", std::move(observations));
    line.set("rows", std::move(rows));
    text_ += line.to_text() + "\n";
  }
  const std::string& text() const { return text_; }

private:
  std::string text_;
};

} // namespace

TEST_CASE("in profile Original every sample dataset becomes what it always became, to the byte") {
  Lines lines;
  for (auto& file : files_in(data_folder / "dicom", ".json")) {
    auto golden = json(read_golden(file));
    for (auto& study : golden.items("studies")) {
      std::string page;
      auto datasets = read_kept(*study.find("datasets"));
      for (auto& dataset : datasets)
        page += (page.empty() ? "[" : ",") + dataset.entry();
      lines.add(file.stem().string() + "/" + datasets.front().name, page + "]");
    }
  }
  for (auto& file : files_in(data_folder / "sr", ".dataset.json"))
    lines.add("sr/" + file.filename().string(), entry_of_dataset(json(read_golden(file))).to_text());
  lines.add("demo/entries.json", read_golden(data_folder / "demo/entries.json"));
  auto file = data_folder / "original.jsonl";
  if (is_regenerating())
    write_golden(file, lines.text());
  CHECK(lines.text() == read_golden(file));
}
