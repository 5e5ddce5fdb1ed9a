// Reads IANA zones from the system's database and finds the offset of a local time.
#include "conf/timezone.hpp"

#include "conf/values.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace dicomcast::conf {

std::optional<Timezone> Timezone::read(std::string_view text) {
  if (is_timezone(text))
    return of_offset(text);
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(text);
  } catch (const std::runtime_error&) { // no such zone, or no database
    return std::nullopt;
  }
  auto seconds_of = [](auto time) { return std::int64_t(time.time_since_epoch().count()); };
  auto minutes_of = [](const date::sys_info& info) {
    return int(std::chrono::duration_cast<std::chrono::minutes>(info.offset).count());
  };
  // From before the first radiographs.
  auto info = zone->get_info(date::sys_seconds(date::sys_days(date::year{1890} / 1 / 1)));
  auto changes = std::make_shared<Changes>();
  while (info.end < date::sys_days(date::year{2200} / 1 / 1)) {
    auto next = zone->get_info(info.end);
    // Local times of a gap and of a fold end, by either clock, with the later of the two.
    changes->push_back({seconds_of(info.end) + std::max(info.offset, next.offset).count(), minutes_of(info)});
    info = next;
  }
  changes->push_back({std::numeric_limits<std::int64_t>::max(), minutes_of(info)});
  return Timezone(std::string(text), std::move(changes));
}

std::string Timezone::offset_at(std::int64_t local_seconds) const {
  if (!changes_)
    return text_;
  auto minutes = std::ranges::upper_bound(*changes_, local_seconds, {}, &Change::until)->offset;
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

} // namespace dicomcast::conf
