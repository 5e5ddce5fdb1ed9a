// A run against services of the user's own.
#include "bench/own_services.hpp"

#include <fmt/format.h>

#include <iostream>

namespace dicomcast::bench {

int run_own_services(const Programs& programs, const OwnServices& own) {
  std::cerr
      << "WARNING: this WRITES into " << own.fhir << ":\n"
      << "  the Patients, the Endpoint and the ImagingStudies of the entries " << own.from << " to " << own.to
      << " of the change feed of\n  " << own.dicom << " are created and changed there, instances that were deleted "
      << "are removed, and studies\n  left empty are deleted. Nothing is taken back afterwards. Use a FHIR service "
      << "that is there for trials.\n  The DICOM service is only read. State is kept in a temporary folder: a "
      << "checkpoint of yours stays as it is.\n";
  if (!own.yes) {
    std::cerr << "Nothing was done. Say --yes to go on.\n";
    return 2;
  }
  TemporaryFolder folder;
  auto state = folder.path("state.db");
  auto command = backfill_command(programs, state, own.dicom, own.fhir, own.mode == "grouped", {});
  if (!own.config.empty())
    write_file(state + ".json", read_file(own.config));
  command.insert(command.end(), {"--from", std::to_string(own.from), "--to", std::to_string(own.to)});
  auto usage = Child(command, folder.path("run")).wait();
  auto totals = mapping::Json::parse(usage.out);
  if ((usage.code != 0 && usage.code != 3) || !totals) {
    std::cerr << usage.err << usage.out;
    return usage.code > 0 ? usage.code : 4;
  }
  auto entries = static_cast<double>(std::max<std::int64_t>(1, whole(*totals, "entries")));
  std::cout << fmt::format("{}: {:.1f} entries/s, {:.1f} us CPU an entry, peak memory {:.0f} MB\n{}", own.mode,
                           entries / usage.seconds, usage.cpu_seconds / entries * 1e6,
                           static_cast<double>(usage.peak_kib) * 1024 / 1e6, usage.out);
  return usage.code;
}

} // namespace dicomcast::bench
