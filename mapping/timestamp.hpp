// DICOM dates and times as FHIR writes them. Source: FHIR R4 datatypes.html#dateTime; DICOM PS3.5 section 6.2 (DA, TM).
#pragma once

#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// `YYYY-MM-DD` of a valid DA.
std::string fhir_date(std::string_view date);
/// `+hh:mm` of a valid `+hhmm`.
std::string fhir_zone(std::string_view zone);
/// `YYYY-MM-DDThh:mm:ss[.f]+hh:mm` of a valid DA and TM and a zone as FHIR writes it: missing minutes and seconds as
/// 00, the fraction as given without trailing zeros.
std::string fhir_date_time(std::string_view date, std::string_view time, std::string_view zone);

} // namespace dicomcast::mapping
