// The command line of dicomcast-sim.
#pragma once

#include "tests/sim/dicom_service.hpp"
#include "tests/sim/fhir_service.hpp"
#include "tests/sim/table_service.hpp"

#include <string>
#include <vector>

namespace dicomcast::sim {

struct ProgramOptions {
  bool dicom = true, fhir = true, tables = false; ///< which of the services are started
  DicomOptions dicom_options;
  FhirOptions fhir_options;
  ServiceOptions table_options;
  std::string entries_file, dicom_folder;
  std::string dicom_faults, fhir_faults; ///< files with fault rules, as for POST /_sim/faults
  std::vector<std::string> resource_files;
  std::vector<std::string> external_writes; ///< JSON of rules
  std::int64_t late_every = 0;
  int late_requests = 3;
  bool until_stdin_closes = false;
};

/// Reads the command line. Prints help or what is wrong and ends the program where it cannot go on.
ProgramOptions read_program_options(int argc, char** argv);

} // namespace dicomcast::sim
