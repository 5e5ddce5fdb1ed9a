// The values of a dose report's content items as FHIR has them: Observation.component and its value[x].
// Sources: DICOM PS3.3 section C.18.1 (NUM) to C.18.9; FHIR R4 observation.html, datatypes.html#quantity.
#pragma once

#include "mapping/dose/content_item.hpp"
#include "mapping/json/json.hpp"

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
  /// `attribute`: its name in the message, such as `NumericValue (0040,A30A)`; `what`: what is wrong with it.
  void add(const Json& item, std::string_view attribute, std::string_view what);

private:
  std::vector<std::string>& messages_;
  std::set<std::pair<const Json*, std::string>> told_;
};

enum class ComponentKind {
  Plain, ///< a number becomes valueQuantity, a code valueCodeableConcept
  Count, ///< a number becomes valueInteger
  Text,  ///< a text or a code's meaning becomes valueString
};

/// The component of an item that has a concept name. Nothing if the item has no value, or a broken one, which is added
/// to `problems`.
std::optional<Json> component_of(const Json& item, ComponentKind kind, ItemProblems& problems);

/// A CodeableConcept of the item's ConceptCodeSequence (0040,A168). Nothing if it has no code, or a broken one,
/// which is added to `problems`.
std::optional<Json> codeable_concept_of(const Json& item, ItemProblems& problems);

/// A CodeableConcept of one coding; without system or display where these are empty.
Json codeable_concept(std::string_view system, std::string_view code, std::string_view display);

} // namespace dicomcast::mapping
