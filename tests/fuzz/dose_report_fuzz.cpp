// The walker of structured reports: any dataset makes Observations that are JSON, and merging them twice changes
// nothing.
#include "mapping/dose/observation.hpp"
#include "mapping/merge.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/json_mutator.hpp"

#include <cstdint>

using namespace dicomcast::mapping;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto dataset = Json::parse({reinterpret_cast<const char*>(data), size});
  if (!dataset)
    return 0;
  Options options;
  options.dose_profile = size % 2 ? DoseProfile::Summary : DoseProfile::None;
  MappedEntry entry;
  entry.observations = dose_observations(*dataset, {"1.2.3", "1.2.3.4", "1.2.3.4.5"}, options, entry.invalid_tags);
  for (auto& observation : entry.observations)
    fuzz::expect_json(observation);

  auto created = merge_observations(entry, options, {}, "Patient/1", "ImagingStudy/1").created;
  fuzz::expect(created.size() == entry.observations.size(), "all are created where none is");
  entry.is_update = true;
  auto again = merge_observations(entry, options, created, "Patient/1", "ImagingStudy/1");
  fuzz::expect(again.created.empty() && again.updated.empty() && again.deleted.empty(), "twice changes nothing");

  // The input itself, taken for what a service holds of the report.
  if (!created.empty()) {
    auto held = *dataset;
    held.set("identifier", *created.front().find("identifier"));
    auto onto = merge_observations(entry, options, {held}, "Patient/1", "ImagingStudy/1");
    for (auto& observation : onto.updated)
      fuzz::expect_json(observation);
    fuzz::expect(onto.updated.size() <= 1, "only the one that is held is updated");
    fuzz::expect(merge_observations(entry, options, onto.updated, "Patient/1", "ImagingStudy/1").updated.empty(),
                 "an update is done at once");
  }
  return 0;
}
