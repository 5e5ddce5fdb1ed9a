// Reads the times of a dose report, of its content, its events and its root.
#include "mapping/dose/report_times.hpp"

#include "mapping/dose/concepts.hpp"
#include "mapping/dose/item_date_time.hpp"
#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

namespace dicomcast::mapping {

std::optional<conf::Timezone> ReportTimes::zone() {
  auto value = single_value(dataset_, "00080201");
  if (value.is_broken || (!value.text.empty() && !is_zone(value.text)))
    return std::nullopt;
  return value.text.empty() ? options_.default_timezone : conf::Timezone::of_offset(fhir_zone(value.text));
}

std::string ReportTimes::valid_text(std::string_view tag, std::string_view attribute, Form form) {
  auto value = single_value(dataset_, tag);
  if (!value.is_broken && (value.text.empty() || has_form(form, value.text)))
    return value.text;
  problems_.add(dataset_, attribute, value.is_broken ? "not one value" : in_quotes(value.text) + " " + fault_of(form));
  return {};
}

std::optional<std::string> ReportTimes::content() {
  auto date = valid_text("00080023", "ContentDate (0008,0023)", Form::Date);
  auto time = valid_text("00080033", "ContentTime (0008,0033)", Form::Time);
  if (date.empty())
    return std::nullopt;
  auto at = zone();
  return time.empty() || !at ? fhir_date(date) : fhir_date_time(date, time, *at);
}

std::optional<std::string> ReportTimes::date_time_of(const Json* item) {
  auto value = item ? single_value(*item, "0040A120") : SingleValue();
  auto read = value.text.empty() ? ItemDateTime{{}, value.is_broken} : item_date_time(value.text, zone());
  if (read.is_broken)
    problems_.add(*item, "DateTime (0040,A120)",
                  value.is_broken ? "not one value" : in_quotes(value.text) + " is no date and time");
  return read.text.empty() ? std::nullopt : std::optional(std::move(read.text));
}

std::optional<std::string> ReportTimes::start_of(const Json& event) {
  for (auto& name : {concepts::start_of_event, concepts::start_of_irradiation, concepts::start_of_administration}) {
    if (options_.is_original() && name == concepts::start_of_administration)
      continue;
    if (auto start = date_time_of(find_below(event, {&name, 1}, options_.profile)))
      return start;
  }
  return std::nullopt;
}

Json ReportTimes::irradiation() {
  auto* end_item = find_child(dataset_, {&concepts::end_of_irradiation, 1}, options_.profile);
  auto start = date_time_of(find_child(dataset_, {&concepts::start_of_irradiation, 1}, options_.profile));
  auto end = date_time_of(end_item);
  if (start && end && instant_of(*end) < instant_of(*start)) { // no FHIR Period ends before its start
    problems_.add(*end_item, "DateTime (0040,A120)", in_quotes(*end) + " is before the start, " + *start);
    end.reset();
  }
  Json period;
  if (start)
    period.set("start", std::move(*start));
  if (end)
    period.set("end", std::move(*end));
  return period;
}

} // namespace dicomcast::mapping
