// The values of a dose report's content items as FHIR has them: Observation.component and its value[x].
// Sources: DICOM PS3.3 section C.18.1 (NUM) to C.18.9; FHIR R4 observation.html, datatypes.html#quantity.
#pragma once

#include "mapping/dose/concepts.hpp"
#include "mapping/dose/content_item.hpp"
#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::mapping {

/// Collects what is broken in a report's items: one message an attribute, however many Observations it goes into.
class ItemProblems {
public:
  /// Appends to `messages`, which must live as long as this.
  explicit ItemProblems(std::vector<std::string>& messages) : messages_(messages) {}
  /// `attribute` as it is to be named, such as `NumericValue (0040,A30A)`; `what` is said of it.
  void add(const Json& item, std::string_view attribute, std::string_view what);

private:
  std::vector<std::string>& messages_;
  std::set<std::pair<const Json*, std::string>> told_;
};

/// The component of an item that has a concept name. Nothing if the item has no value, or, told to `problems`, a broken
/// one. `plane` is the meaning of the acquisition plane that it belongs to; empty: none.
std::optional<Json> component_of(const Json& item, ComponentKind kind, std::string_view plane, const Options& options,
                                 ItemProblems& problems);

/// A CodeableConcept of the item's ConceptCodeSequence (0040,A168). Nothing if it has no code, or, told to `problems`,
/// a broken one.
std::optional<Json> codeable_concept_of(const Json& item, Profile profile, ItemProblems& problems);

/// The meaning of the code of the item's first child of these names; empty: none.
std::string meaning_of_child(const Json& item, std::span<const Concept> names, Profile profile);

} // namespace dicomcast::mapping
