// Whole dose reports, as dcmtk makes DICOM JSON of them, against the Observations they are to become.
#include "mapping/feed/dataset.hpp"
#include "tests/mapping/bodies.hpp"
#include "tests/mapping/golden.hpp"
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

TEST_CASE("dose reports of CT, projection X-ray and nuclear medicine become the expected Observations", "[bodies]") {
  for (std::string name : {"ct", "projection", "nuclear_medicine"}) {
    DYNAMIC_SECTION(name) {
      auto folder = data_folder / "sr";
      Options with;
      with.generate_observations = true;
      auto entry = map(entry_of_dataset(json(read_golden(folder / (name + ".dataset.json")))), with);
      CHECK(entry.effect == Effect::Upsert);
      CHECK(entry.invalid_tags.empty());
      auto actual = Json(entry.observations).to_pretty_text() + "\n";
      for (auto& body : merge_observations(entry, with, {}, "Patient/1", "ImagingStudy/3").created)
        keep_body(body);

      auto file = folder / (name + ".observations.json");
      if (is_regenerating())
        write_golden(file, actual);
      CHECK(actual == read_golden(file));
    }
  }
}
