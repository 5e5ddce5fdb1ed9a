// Radiation dose reports to FHIR Observations: one summary for each report, one irradiation event for each exposure or
// administration. Sources: DICOM PS3.16 TID 10001 to 10024 (dose report templates), PS3.3 section C.17 (SR document);
// FHIR R4 observation.html.
#pragma once

#include "mapping/feed/entry.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

/// The Observations of a structured report, the summary first, then the events in document order; each with its own
/// identifier first, without subject and partOf, no two with one own identifier. Empty if the report speaks of no dose.
/// `uids` are valid UIDs. A broken value is left out and adds a message to `invalid_tags`; attributes that every
/// entry's mapping checks anyway (AccessionNumber, TimezoneOffsetFromUTC) add none. Any thread.
std::vector<Json> dose_observations(const Json& dataset, const InstanceUids& uids, const Options& options,
                                    std::vector<std::string>& invalid_tags);

/// Whether components of this name are made from dose reports.
bool is_dose_component(std::string_view system, std::string_view code, const Options& options);

} // namespace dicomcast::mapping
