// The real DICOM files that Debian's python3-pydicom ships: each is stored, or recorded with a reason.
#include "tests/e2e/world.hpp"
#include "tests/sim/dicom_files.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::e2e;

TEST_CASE("each real DICOM file is stored or recorded with a reason that a person understands") {
  std::string mode = GENERATE("PerEntry", "Grouped");
  static const auto files = sim::read_dicom_folder("/usr/lib/python3/dist-packages/pydicom/data");
  REQUIRE(files.size() > 50);
  World world({}, {}, {"Engine:CommitMode=" + mode, "DicomCast:Features:GenerateObservations=true"});
  for (const auto& file : files)
    world.dicom.append(file);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  CHECK((outcome.code == 0 || outcome.code == 3));
  CHECK(world.program.checkpoint() == world.dicom.latest_sequence());
  CHECK(world.fhir.violations() == std::vector<std::string>{});
  auto stored = world.stored_instances();
  CHECK(stored.size() > 30);
  std::map<std::int64_t, std::string> reasons;
  for (std::string table : {"DicomFailToStore", "FhirFailToStore"})
    for (const auto& row : world.program.rows_of(table))
      reasons[number(row, "sequence")] = row.text("message");
  std::size_t without_either = 0;
  for (const auto& item : world.dicom.items()) {
    auto reason = reasons.find(item.sequence);
    bool is_stored = stored.count(item.instance) == 1;
    if (!is_stored && reason == reasons.end()) {
      ++without_either;
      UNSCOPED_INFO(item.file_name);
    }
    if (reason != reasons.end())
      CHECK(reason->second.size() > 15);
  }
  CHECK(without_either == 0);
  CHECK(number(outcome.json(), "failed") == static_cast<std::int64_t>(reasons.size()));
}
