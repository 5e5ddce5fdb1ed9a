// DICOM dates and times as FHIR writes them. Source: FHIR R4 datatypes.html#dateTime; DICOM PS3.5 section 6.2 (DA, TM).
#pragma once

#include "conf/timezone.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// `YYYY-MM-DD` of a valid DA.
std::string fhir_date(std::string_view date);
/// `+hh:mm` of a valid `+hhmm`.
std::string fhir_zone(std::string_view zone);
/// `YYYY-MM-DDThh:mm:ss[.f]+hh:mm` of a valid DA and TM and the zone that they are of: missing minutes and seconds as
/// 00, the fraction as given without trailing zeros.
std::string fhir_date_time(std::string_view date, std::string_view time, const conf::Timezone& zone);

/// Microseconds from 1970-01-01T00:00:00Z to a FHIR dateTime; of a year, a month or a day to its begin in UTC. Nothing:
/// it is none.
std::optional<std::int64_t> instant_of(std::string_view date_time);

/// Whether `date_time` says the same day as `present`, but no time where that has one: then it says less.
bool is_less_exact(std::string_view date_time, std::string_view present);

} // namespace dicomcast::mapping
