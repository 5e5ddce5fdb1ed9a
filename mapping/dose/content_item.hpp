// The content tree of a structured report in the DICOM JSON model: its items and their names.
// Sources: DICOM PS3.3 section C.17.3 (SR document content); PS3.18 annex F.
#pragma once

#include "mapping/code/code.hpp"
#include "mapping/code/sequence.hpp"
#include "mapping/json/json.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace dicomcast::mapping {

inline constexpr std::string_view concept_name_tag = "0040A043"; ///< ConceptNameCodeSequence
inline constexpr std::string_view concept_code_tag = "0040A168"; ///< ConceptCodeSequence

/// The item's concept name. Names that reports give in SNOMED RT, and annex O pairs with another concept than the
/// templates of today do, are read as those of today.
std::optional<Code> name_of_item(const Json& item, Profile profile);
bool is_named_any(const Json& item, std::span<const Concept> names, Profile profile);

/// The content items one level below: ContentSequence (0040,A730).
const Json::Array& child_items(const Json& item);
/// The first child of these names; null: there is none.
const Json* find_child(const Json& item, std::span<const Concept> names, Profile profile);

/// Calls `visit` for every item below, in document order (an item before its children), until it returns true.
/// Returns whether it did. The depth is that of the document, which Json::max_depth bounds.
bool visit_below(const Json& item, const std::function<bool(const Json&)>& visit);
/// The first item below of these names, in document order; null: there is none.
const Json* find_below(const Json& item, std::span<const Concept> names, Profile profile);

} // namespace dicomcast::mapping
