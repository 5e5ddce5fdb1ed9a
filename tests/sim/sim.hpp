// The simulated DICOM and FHIR services in one process, each on a thread of its own. For tests:
//
//   sim::Simulators simulators;                      // free loopback ports, an empty feed
//   simulators.dicom.append(item);                   // or DicomOptions::generated
//   simulators.fhir.add_fault({.kind = "transaction", .times = 2, .fault = {.status = 503, .retry_after = "1"}});
//   ... run against simulators.dicom.url() and simulators.fhir.url() ...
//   CHECK(simulators.fhir.violations().empty());
//   CHECK(simulators.fhir.normalised_state() == expected);
#pragma once

#include "tests/sim/dicom_service.hpp"
#include "tests/sim/fhir_service.hpp"

namespace dicomcast::sim {

struct Simulators {
  explicit Simulators(DicomOptions dicom_options = {}, FhirOptions fhir_options = {})
      : dicom(std::move(dicom_options)), fhir(std::move(fhir_options)) {}

  DicomService dicom;
  FhirService fhir;
};

} // namespace dicomcast::sim
