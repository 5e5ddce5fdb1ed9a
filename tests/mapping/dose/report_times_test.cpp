// When an Observation of a dose report is: the content's time, an event's own, zones, broken values.
#include "mapping/dose/observation.hpp"
#include "tests/mapping/dose/sr_builder.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::mapping;

namespace {

const InstanceUids uids{"1.2.3", "1.2.3.4", "1.2.3.4.5"};

struct Result {
  std::vector<Json> observations;
  std::vector<std::string> invalid;
};

Result map(const Json& dataset, const Options& options = {}) {
  Result result;
  result.observations = dose_observations(dataset, uids, options, result.invalid);
  return result;
}

std::string effective(const Json& observation) {
  return std::string(observation.text("effectiveDateTime"));
}

/// One value, without which an event is not written.
const Json::Array one{sr::number(sr::ctdi, "1")};

/// An event with these children.
Json event(Json uid, Json::Array children) {
  children.push_back(sr::uid(sr::event_uid, std::move(uid)));
  return sr::container(sr::ct_event, std::move(children));
}

} // namespace

TEST_CASE("the effective time is that of the content") {
  auto content = [](Json date, Json time, Json zone, std::size_t rows = 0) {
    auto dataset = sr::container(sr::ct_report, {event("1.9", one)});
    dataset.set("00080023", sr::attribute("DA", {std::move(date)}));
    dataset.set("00080033", sr::attribute("TM", {std::move(time)}));
    dataset.set("00080201", sr::attribute("SH", {std::move(zone)}));
    auto result = map(dataset);
    CHECK(result.invalid.size() == rows);
    CHECK(effective(result.observations.at(0)) == effective(result.observations.at(1)));
    return effective(result.observations[0]);
  };
  CHECK(content("20230501", "101530.250", "+0200") == "2023-05-01T10:15:30.25+02:00");
  CHECK(content("20230501", "10", Json()) == "2023-05-01T10:00:00+00:00");
  CHECK(content("20230501", Json(), "+0200") == "2023-05-01");
  CHECK(content(Json(), "10", "+0200") == "");
  CHECK(content("20230501", "25", "+0200", 1) == "2023-05-01");
  CHECK(content("20230501", "10", "+9900") == "2023-05-01"); // the zone is told by the study's mapping
  CHECK(content("20230230", "10", "+0200", 1) == "");
  CHECK(content("20230230", "25", "+0200", 2) == "");

  auto dataset = sr::container(sr::ct_report, {});
  dataset.set("00080023", sr::attribute("DA", {"20230501"}));
  dataset.set("00080033", sr::attribute("TM", {"1015"}));
  Options options;
  options.default_timezone = *dicomcast::conf::Timezone::read("-03:30");
  CHECK(effective(map(dataset, options).observations.at(0)) == "2023-05-01T10:15:00-03:30");
}

TEST_CASE("an event's own start goes before the content's time") {
  auto started = [](Json::Array children, std::size_t rows = 0) {
    children.push_back(sr::number(sr::ctdi, "1"));
    auto dataset = sr::container("1|DCM|", {event("1.9", std::move(children))});
    dataset.set("00080023", sr::attribute("DA", {"20230501"}));
    dataset.set("00080033", sr::attribute("TM", {"1015"}));
    dataset.set("00080201", sr::attribute("SH", {"+0200"}));
    auto result = map(dataset);
    CHECK(result.invalid.size() == rows);
    return effective(result.observations.at(0));
  };
  auto start = [](Json value) { return Json::Array{sr::date_time("111526|DCM|DateTime Started", std::move(value))}; };
  CHECK(started(start("20230612081502.120")) == "2023-06-12T08:15:02.12+02:00");
  CHECK(started(start("20230612081502-0530")) == "2023-06-12T08:15:02-05:30");
  CHECK(started(start("2023061208")) == "2023-06-12T08:00:00+02:00");
  CHECK(started(start("202306120815+0000")) == "2023-06-12T08:15:00+00:00");
  CHECK(started(start("20230612")) == "2023-06-12");
  CHECK(started(start("20230612+0100")) == "2023-06-12");
  CHECK(started(start("202306")) == "2023-06");
  CHECK(started(start("2023-0500")) == "2023");
  CHECK(started(start("20230612250000"), 1) == "2023-06-12");
  CHECK(started(start("20230612081502+9900"), 1) == "2023-06-12");
  for (Json broken : {Json("20230230"), Json("202313"), Json("2"), Json("+0100"), Json("tomorrow"), Json(false)})
    CHECK(started(start(broken), 1) == "2023-05-01T10:15:00+02:00");
  CHECK(started(start("")) == "2023-05-01T10:15:00+02:00");
  CHECK(started({sr::date_time("113809|DCM|Start of X-Ray Irradiation", "20230612")}) == "2023-06-12");
  CHECK(started({sr::date_time("113809|DCM|", "20230101"), sr::date_time("111526|DCM|", "20230612")}) == "2023-06-12");
  CHECK(started({sr::container("1|DCM|", {sr::date_time("113809|DCM|", "20230612")})}) == "2023-06-12");
}
