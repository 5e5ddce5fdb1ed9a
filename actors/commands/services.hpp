// The two services as the commands use them: made from the configuration, and awaited at the start of a run.
#pragma once

#include "actors/pipeline.hpp"
#include "conf/config.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace dicomcast::actors {

/// Throws std::runtime_error where a file that the configuration names cannot be read.
Services make_services(const conf::Config& config);

struct FhirStart {
  std::optional<std::string> wrong; ///< why the run cannot go on; nothing: FHIR R4 with transactions
  bool offers_json_patch = false;
};
/// Asks the FHIR service for its CapabilityStatement until it answers.
/// A daemon waits and tries on, says so once and once when it is over; a backfill gives up after TotalRetryDuration.
FhirStart await_fhir(const Services& services, const conf::Config& config, bool is_daemon, std::stop_token stop);

} // namespace dicomcast::actors
