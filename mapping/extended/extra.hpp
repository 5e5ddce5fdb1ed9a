// What is said of a resource beyond profile R4, by the groups of `Mapping:Include`: an element and its value, ready to
// be merged. Source: contract's table "Extended".
#pragma once

#include "mapping/json/json.hpp"

#include <string_view>
#include <vector>

namespace dicomcast::mapping {

struct Extra {
  /// The resource, or the part of an ImagingStudy, that has the element.
  enum class Place { Patient, Study, Series, Instance };
  /// How the value joins what is there. Nothing is ever removed.
  enum class Rule {
    Single,      ///< written where there is none, and replaced by an `update` alone
    Concepts,    ///< a CodeableConcept of a list: added unless one has its code or, without codes, its text
    References,  ///< a Reference of a list: added unless one has its identifier or, without identifiers, its display
    Performers,  ///< a performer: added unless one of the same function has such an actor
    Identifiers, ///< an Identifier: added unless one has its system and value
    Contacts,    ///< a Patient.contact: added unless one has its name
    Names,       ///< a usual HumanName of its own representation: its parts are replaced, as those of any usual name
    Extension,   ///< as Single, of an extension, told by its url
    Laterality,  ///< as Single, but left and right come to both
    Earliest,    ///< a dateTime: the earlier of the two
  };
  Place place;
  const char* element;
  Rule rule;
  Json value;
  bool operator==(const Extra&) const = default;
};
using Extras = std::vector<Extra>;

} // namespace dicomcast::mapping
