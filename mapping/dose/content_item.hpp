// The content tree of a structured report in the DICOM JSON model: its items, their names, codes and values.
// Sources: DICOM PS3.3 section C.17.3 (SR document content), section 8.8 (code sequences); PS3.18 annex F.
#pragma once

#include "mapping/json/json.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

inline constexpr std::string_view dcm_system = "http://dicom.nema.org/resources/ontology/DCM";
inline constexpr std::string_view snomed_system = "http://snomed.info/sct";
inline constexpr std::string_view loinc_system = "http://loinc.org";
inline constexpr std::string_view ucum_system = "http://unitsofmeasure.org";

inline constexpr std::string_view concept_name_tag = "0040A043"; ///< ConceptNameCodeSequence

/// What a code is told by. SCT and SRT are one system.
struct Concept {
  std::string_view value;
  std::string_view system; ///< URI of the coding scheme; empty: an unknown scheme
  bool operator==(const Concept&) const = default;
};

/// A code of a code sequence, spaces around its parts removed.
struct Code {
  std::string value;
  std::string_view system; ///< as that of Concept
  std::string meaning;     ///< empty if it has none
  Concept meant() const { return {value, system}; }
};

/// The Value of an attribute of multiplicity 1, `tag` as eight hexadecimal digits in upper case.
struct SingleValue {
  std::string text;       ///< the string, spaces around it removed, or the number's digits; empty: it has no value
  bool is_broken = false; ///< several values, or one that is neither string nor number
};
SingleValue single_value(const Json& dataset, std::string_view tag);

/// URI of a Coding Scheme Designator (0008,0102), letter by letter; empty: unknown.
std::string_view code_system(std::string_view designator);

/// The items of a sequence; empty where there is none.
const Json::Array& sequence_items(const Json& dataset, std::string_view tag);

/// The first code of a code sequence: its CodeValue, LongCodeValue or URNCodeValue. Nothing if it has none.
std::optional<Code> first_code(const Json& dataset, std::string_view tag);

/// The content items one level below: ContentSequence (0040,A730).
const Json::Array& child_items(const Json& item);

/// Calls `visit` for every item below, in document order (an item before its children), until it returns true.
/// Returns whether it did. The depth is that of the document, which Json::max_depth bounds.
bool visit_below(const Json& item, const std::function<bool(const Json&)>& visit);

} // namespace dicomcast::mapping
