// Zones for local times: offsets and IANA zones.
#include "conf/timezone.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using dicomcast::conf::Timezone;

namespace {

std::int64_t local(int year, unsigned month, unsigned day, int hour, int minute = 0, int second = 0) {
  using namespace std::chrono;
  sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return seconds(date.time_since_epoch()).count() + hour * 3600 + minute * 60 + second;
}

} // namespace

TEST_CASE("an offset is a zone that never changes") {
  CHECK(Timezone().text() == "+00:00");
  auto zone = Timezone::read("-03:30");
  REQUIRE(zone);
  CHECK(zone->is_offset());
  CHECK(zone->offset_at(local(2020, 7, 1, 12)) == "-03:30");
}

TEST_CASE("a named zone has the offset that holds at the local time") {
  auto zone = Timezone::read("Europe/Berlin");
  REQUIRE(zone);
  CHECK(zone->text() == "Europe/Berlin");
  CHECK_FALSE(zone->is_offset());
  CHECK(zone->offset_at(local(2023, 1, 15, 12)) == "+01:00");
  CHECK(zone->offset_at(local(2023, 7, 15, 12)) == "+02:00");
  CHECK(zone->offset_at(local(1975, 7, 15, 12)) == "+01:00"); // no summer time in those years
  CHECK(Timezone::read("America/St_Johns")->offset_at(local(2023, 1, 15, 12)) == "-03:30");
  CHECK(Timezone::read("Asia/Kolkata")->offset_at(local(2023, 7, 15, 12)) == "+05:30");
}

TEST_CASE("in the gap and in the fold the offset that held before the change counts") {
  auto berlin = *Timezone::read("Europe/Berlin");
  CHECK(berlin.offset_at(local(2023, 3, 26, 1, 59, 59)) == "+01:00");
  CHECK(berlin.offset_at(local(2023, 3, 26, 2, 30)) == "+01:00"); // left out
  CHECK(berlin.offset_at(local(2023, 3, 26, 3)) == "+02:00");
  CHECK(berlin.offset_at(local(2023, 10, 29, 1, 59, 59)) == "+02:00");
  CHECK(berlin.offset_at(local(2023, 10, 29, 2, 30)) == "+02:00"); // twice
  CHECK(berlin.offset_at(local(2023, 10, 29, 2, 59, 59)) == "+02:00");
  CHECK(berlin.offset_at(local(2023, 10, 29, 3)) == "+01:00");
  auto new_york = *Timezone::read("America/New_York");
  CHECK(new_york.offset_at(local(2023, 3, 12, 2, 30)) == "-05:00");
  CHECK(new_york.offset_at(local(2023, 11, 5, 1, 30)) == "-04:00");
}

TEST_CASE("what is neither an offset nor a zone's name is no zone") {
  for (auto text :
       {"", "Europe", "europe/berlin", "Europe/Berlin ", "+1:00", "UTC+1", "../etc/passwd", "Mars/Olympus"}) {
    INFO(text);
    CHECK_FALSE(Timezone::read(text));
  }
}
