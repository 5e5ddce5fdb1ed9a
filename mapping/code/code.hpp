// Codes of code sequences, and FHIR's CodeableConcept of them. Sources: DICOM PS3.3 section 8.8 (code sequences),
// PS3.16 section 8 and annex O; FHIR R4 datatypes.html#codeableconcept.
#pragma once

#include "mapping/code/systems.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// What a code is told by.
struct Concept {
  std::string_view value;
  std::string_view system; ///< URI of the coding scheme; empty: an unknown scheme
  bool operator==(const Concept&) const = default;
};

/// A code of a code sequence, spaces around its parts removed.
struct Code {
  std::string value;
  std::string_view system;    ///< as that of Concept
  std::string meaning;        ///< empty if it has none
  std::string snomed_rt = {}; ///< the code as given, of one that was SNOMED RT and has a pair in SNOMED CT; else empty
  Concept meant() const { return {value, system}; }
};

/// The code of a code sequence's item: its CodeValue, LongCodeValue or URNCodeValue. Nothing if it has none.
/// SNOMED RT codes (SRT, SNM3, 99SDM) are read as their pair in SNOMED CT, and one of digits alone as what it is, a
/// code of SNOMED CT; in profile Original SRT is taken for SCT.
std::optional<Code> code_of(const Json& item, Profile profile);

/// The first code of a code sequence.
std::optional<Code> first_code(const Json& dataset, std::string_view tag, Profile profile);

/// Whether FHIR takes it as a code: no control character, no white space but single spaces inside
/// (datatypes.html#code).
bool is_fhir_code(std::string_view text);
/// Whether FHIR takes it as a string (datatypes.html#string).
bool is_fhir_string(std::string_view text);

/// A CodeableConcept of one coding; without system or display where these are empty.
Json codeable_concept(std::string_view system, std::string_view code, std::string_view display);
/// The same of a code, with the code as given as a second coding where it was SNOMED RT.
Json codeable_concept(const Code& code);
/// The codings of such a CodeableConcept.
Json::Array codings_of(const Code& code);

} // namespace dicomcast::mapping
