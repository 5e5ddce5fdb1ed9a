#include "actors/feed/feed_timestamp.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace dicomcast::actors {

namespace {

/// Reads text from left to right; `ok` is false from the first mismatch on.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t digits) {
    int value = 0;
    ok = ok && rest.size() >= digits && rest.substr(0, digits).find_first_not_of("0123456789") == rest.npos;
    if (!ok)
      return 0;
    std::from_chars(rest.data(), rest.data() + digits, value);
    rest.remove_prefix(digits);
    return value;
  }
  bool skip(char c) {
    bool there = ok && rest.starts_with(c);
    if (there)
      rest.remove_prefix(1);
    return there;
  }
  void expect(char c) { ok = skip(c); }
};

} // namespace

std::optional<FeedTime> parse_feed_time(std::string_view text) {
  using namespace std::chrono;
  Reader in{text};
  int y = in.number(4);
  in.expect('-');
  int mo = in.number(2);
  in.expect('-');
  int d = in.number(2);
  if (!in.skip(' '))
    in.expect('T');
  int h = in.number(2);
  in.expect(':');
  int mi = in.number(2);
  in.expect(':');
  int s = in.number(2);
  FeedTime fraction = 0;
  if (in.skip('.')) {
    FeedTime unit = ticks_per_second / 10;
    in.ok = in.ok && !in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9';
    for (; in.ok && !in.rest.empty() && in.rest[0] >= '0' && in.rest[0] <= '9'; unit /= 10)
      fraction += unit * in.number(1);
  }
  int zone_minutes = 0;
  bool is_east = in.skip('+');
  if (is_east || in.skip('-')) {
    zone_minutes = in.number(2) * 60;
    in.expect(':');
    zone_minutes = (zone_minutes + in.number(2)) * (is_east ? 1 : -1);
  } else {
    in.skip('Z');
  }
  year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!in.ok || !in.rest.empty() || !date.ok() || h > 23 || mi > 59 || s > 60)
    return std::nullopt;
  auto seconds_since = seconds(sys_days(date).time_since_epoch()) + hours(h) + minutes(mi - zone_minutes) + seconds(s);
  return seconds_since.count() * ticks_per_second + fraction;
}

std::string format_feed_time(FeedTime time) {
  using namespace std::chrono;
  auto whole = floor<seconds>(sys_time<duration<FeedTime, std::ratio<1, ticks_per_second>>>(
      duration<FeedTime, std::ratio<1, ticks_per_second>>(time)));
  auto days_since = floor<days>(whole);
  year_month_day date(days_since);
  hh_mm_ss clock(whole - days_since);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(),
                     time - whole.time_since_epoch().count() * ticks_per_second);
}

} // namespace dicomcast::actors
