// The sequential baseline: what the original does. Pages of 10; of each entry three searches and one transaction, one
// request after another. Merging is that of mapping/, so that the difference is in the order of the requests alone.
#pragma once

#include "bench/simulator.hpp"
#include "mapping/options.hpp"

namespace dicomcast::bench {

struct BaselineFigures {
  std::int64_t entries = 0, requests = 0;
  double seconds = 0;
  double seconds_an_entry() const { return entries ? seconds / static_cast<double>(entries) : 0; }
};

/// Over the whole feed. Throws std::runtime_error where a service refuses something.
BaselineFigures run_baseline(const std::string& dicom_url, const std::string& fhir_url);

/// The options of the mapping of a configuration that names the DICOM service and nothing else.
mapping::Options mapping_options_for(const std::string& dicom_url);

} // namespace dicomcast::bench
