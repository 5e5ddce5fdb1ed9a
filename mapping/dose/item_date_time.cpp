// Date and time of a content item as a FHIR dateTime.
#include "mapping/dose/item_date_time.hpp"

#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

ItemDateTime item_date_time(std::string_view value, const std::optional<conf::Timezone>& zone) {
  auto zone_at = std::min(value.find_first_of("+-"), value.size());
  auto own_zone = value.substr(zone_at);
  auto date = value.substr(0, std::min<std::size_t>(zone_at, 8));
  auto time = value.substr(date.size(), zone_at - date.size());

  auto first_day = std::string(date); // a year or a month is checked by its first day
  if (date.size() == 4)
    first_day += "0101";
  else if (date.size() == 6)
    first_day += "01";
  if (!is_date(first_day))
    return {{}, true};
  ItemDateTime out{fhir_date(first_day).substr(0, date.size() == 4 ? 4 : date.size() == 6 ? 7 : 10)};
  out.is_broken = (!time.empty() && !is_time(time)) || (!own_zone.empty() && !is_zone(own_zone));
  if (!time.empty() && !out.is_broken && (zone || !own_zone.empty()))
    out.text = fhir_date_time(date, time, own_zone.empty() ? *zone : conf::Timezone::of_offset(fhir_zone(own_zone)));
  return out;
}

} // namespace dicomcast::mapping
