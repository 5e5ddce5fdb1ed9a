// Date, time and zone of DICOM as a FHIR dateTime.
#include "mapping/timestamp.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace dicomcast::mapping {

namespace {

/// Of `length` digits at `at`; `otherwise` where the text ends before them. Negative: they are no digits.
int number_at(std::string_view text, std::size_t at, std::size_t length, int otherwise) {
  if (at >= text.size())
    return otherwise;
  auto digits = text.substr(at, length);
  int number = -1;
  auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  bool is_whole = fault == std::errc() && end == digits.data() + length && digits.size() == length;
  return is_whole ? number : -1;
}

std::optional<std::chrono::sys_days> day_of(int year, int month, int day) {
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  return year >= 0 && month >= 0 && day >= 0 && date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// Seconds to a valid DA and TM, in the clock that they are of.
std::int64_t local_seconds(std::string_view date, std::string_view time) {
  auto day = day_of(number_at(date, 0, 4, 0), number_at(date, 4, 2, 1), number_at(date, 6, 2, 1));
  auto clock = number_at(time, 0, 2, 0) * 3600 + number_at(time, 2, 2, 0) * 60 + number_at(time, 4, 2, 0);
  return (day ? std::chrono::seconds(day->time_since_epoch()).count() : 0) + clock;
}

} // namespace

std::string fhir_date(std::string_view date) {
  std::string out;
  return out.append(date.substr(0, 4)).append("-").append(date.substr(4, 2)).append("-").append(date.substr(6, 2));
}

std::string fhir_zone(std::string_view zone) {
  std::string out;
  return out.append(zone.substr(0, 3)).append(":").append(zone.substr(3, 2));
}

std::string fhir_date_time(std::string_view date, std::string_view time, const conf::Timezone& zone) {
  auto out = fhir_date(date);
  auto part = [&](char before, std::size_t at) {
    out += before;
    out += at < time.size() ? time.substr(at, 2) : "00";
  };
  part('T', 0);
  part(':', 2);
  part(':', 4);
  if (time.size() > 6) {
    auto fraction = time.substr(6); // with its point
    auto last = fraction.find_last_not_of('0');
    if (last > 0)
      out += fraction.substr(0, last + 1);
  }
  return out += zone.is_offset() ? zone.text() : zone.offset_at(local_seconds(date, time));
}

std::optional<std::int64_t> instant_of(std::string_view text) {
  auto date = text.substr(0, text.find('T'));
  auto day = day_of(number_at(date, 0, 4, -1), number_at(date, 5, 2, 1), number_at(date, 8, 2, 1));
  if (!day)
    return std::nullopt;
  auto clock = text.substr(std::min(date.size() + 1, text.size()));
  auto zone_at = std::min(clock.find_first_of("+-Z"), clock.size());
  auto zone = clock.substr(zone_at);
  clock = clock.substr(0, zone_at);
  int hour = number_at(clock, 0, 2, 0), minute = number_at(clock, 3, 2, 0), second = number_at(clock, 6, 2, 0);
  std::int64_t microseconds = 0;
  for (std::size_t at = 9; at < 15; ++at)
    microseconds = microseconds * 10 + (at < clock.size() ? clock[at] - '0' : 0);
  int hours = number_at(zone, 1, 2, 0), minutes = number_at(zone, 4, 2, 0);
  if (std::min({hour, minute, second, hours, minutes}) < 0)
    return std::nullopt;
  auto offset = (hours * 60 + minutes) * (zone.starts_with('-') ? -60 : 60);
  auto seconds = std::chrono::seconds(day->time_since_epoch()).count() + hour * 3600 + minute * 60 + second - offset;
  return seconds * 1'000'000 + microseconds;
}

bool is_less_exact(std::string_view date_time, std::string_view present) {
  return date_time.size() < present.size() && present.starts_with(date_time);
}

} // namespace dicomcast::mapping
