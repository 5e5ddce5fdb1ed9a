// What the terms of Body Part Examined (0018,0015) mean. Source: DICOM PS3.16 table L-1.
#pragma once

#include <string_view>

namespace dicomcast::mapping {

struct BodyPart {
  std::string_view term;   ///< such as `CSPINE`
  std::string_view system; ///< SNOMED CT, but for a phantom
  std::string_view code;
  std::string_view meaning;
};

/// Null: the table does not hold the term.
const BodyPart* body_part_of(std::string_view term);

} // namespace dicomcast::mapping
