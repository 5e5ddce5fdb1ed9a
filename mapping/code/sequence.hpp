// Values and sequences of a dataset that is held as a document. Source: DICOM PS3.18 annex F (the DICOM JSON model).
#pragma once

#include "mapping/json/json.hpp"

#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// The Value of an attribute of multiplicity 1, `tag` as eight hexadecimal digits in upper case.
struct SingleValue {
  std::string text;       ///< the string, spaces around it removed, or the number's digits; empty: it has no value
  bool is_broken = false; ///< several values, or one that is neither string nor number
};
SingleValue single_value(const Json& dataset, std::string_view tag);

/// The attribute's values, or a sequence's items; empty where there are none.
const Json::Array& sequence_items(const Json& dataset, std::string_view tag);

} // namespace dicomcast::mapping
