// One stored Observation against what its report says now. Pure functions.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <string_view>

namespace dicomcast::mapping {

/// Adds what only the merging knows: subject, partOf and, with the dose profile, focus. Returns whether anything
/// changed.
bool set_references(Json& observation, std::string_view patient_reference, std::string_view study_reference,
                    const Json& wanted, const Options& options);

/// Writes what the report says over a stored Observation and leaves what somebody else wrote. Returns whether anything
/// changed.
bool update_observation(Json& observation, const Json& wanted, std::string_view patient_reference,
                        std::string_view study_reference, const Options& options);

/// Writes `value` over `target`, leaving what dicomcast never writes. Returns whether anything changed: not the order
/// of members, nor digits that a service with doubles drops.
bool overlay(Json& target, const Json& value);

/// Of update_observation, what the dose profile adds: meta.profile, contained, performer, basedOn, valueString, device.
/// What of it is ours and no longer wanted goes. Not in profile Original.
bool update_dose_profile(Json& observation, const Json& wanted, const Options& options);

} // namespace dicomcast::mapping
