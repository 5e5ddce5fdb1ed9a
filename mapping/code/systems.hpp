// URIs of coding systems, and which Coding Scheme Designators (0008,0102) stand for them. Sources: DICOM PS3.16 section
// 8 (coding schemes), HL7 terminology.
#pragma once

#include <string_view>

namespace dicomcast::mapping {

inline constexpr std::string_view dcm_system = "http://dicom.nema.org/resources/ontology/DCM";
inline constexpr std::string_view snomed_system = "http://snomed.info/sct";
inline constexpr std::string_view snomed_rt_system = "http://snomed.info/srt"; ///< SNOMED RT: SRT, SNM3 and 99SDM
inline constexpr std::string_view loinc_system = "http://loinc.org";
inline constexpr std::string_view ucum_system = "http://unitsofmeasure.org";
inline constexpr std::string_view identifier_type_system = "http://terminology.hl7.org/CodeSystem/v2-0203";

} // namespace dicomcast::mapping
