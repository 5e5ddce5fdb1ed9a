// The date and time of a DT value as FHIR writes it. Sources: DICOM PS3.5 section 6.2 (DT); FHIR R4
// datatypes.html#dateTime.
#pragma once

#include "conf/timezone.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

struct ItemDateTime {
  std::string text; ///< a FHIR dateTime as exact as the DT: a year, a month, a day, or with time and zone; empty: none
  bool is_broken = false; ///< it is no DT; `text` is then the date alone, if that is valid
};

/// `zone` is that of a DT without its own; nullopt: that is not known, and the date alone is taken.
ItemDateTime item_date_time(std::string_view value, const std::optional<conf::Timezone>& zone);

} // namespace dicomcast::mapping
