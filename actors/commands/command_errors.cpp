// dicomcast errors: lists the rows of the exception tables, for people or as JSON.
#include "actors/commands/commands.hpp"
#include "conf/text.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

namespace dicomcast::actors {

namespace {

using mapping::Json;

/// The row as it may be shown: an older dicomcast, or the original, has stored texts as they came.
io::ExceptionRow shown(io::ExceptionRow row) {
  for (auto* text : {&row.uids.study, &row.uids.series, &row.uids.instance, &row.exception, &row.message,
                     &row.timestamp, &row.replayed_at})
    *text = text::one_line(*text);
  return row;
}

/// One line of `errors --json`.
std::string json_line(const io::ExceptionRow& row, bool with_replayed) {
  Json json;
  json.set("table", io::name_of(row.table));
  json.set("sequence", Json::integer(row.sequence));
  json.set("study_instance_uid", row.uids.study);
  json.set("series_instance_uid", row.uids.series);
  json.set("sop_instance_uid", row.uids.instance);
  json.set("exception", row.exception);
  json.set("message", row.message);
  json.set("retry_count", Json::integer(row.retry_count));
  json.set("timestamp", row.timestamp);
  if (with_replayed)
    json.set("replayed_at", row.replayed_at.empty() ? Json() : Json(row.replayed_at));
  return json.to_text() + '\n';
}

std::string_view short_name(io::ExceptionTable table) {
  constexpr std::string_view suffix = "ExceptionTable";
  std::string_view name = io::name_of(table);
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

/// Two lines for people.
std::string text_lines(const io::ExceptionRow& row) {
  return fmt::format("{:>12}  {:<24}  {:<16}  {:<20}  {:>5}  {} / {} / {}\n              {}{}\n", row.sequence,
                     row.timestamp, short_name(row.table), row.exception, row.retry_count, row.uids.study,
                     row.uids.series, row.uids.instance, row.message,
                     row.replayed_at.empty() ? "" : fmt::format(" [replayed {}]", row.replayed_at));
}

} // namespace

std::optional<io::RowFilter> row_filter(const conf::ErrorFilter& filter, std::ostream& err) {
  io::RowFilter rows;
  rows.study_instance_uid = filter.study;
  rows.since_sequence = filter.since_sequence;
  for (const auto& name : filter.tables) {
    auto table = io::table_of(name);
    if (!table) {
      std::string known;
      for (auto each : io::exception_tables)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", short_name(each));
      err << fmt::format("dicomcast errors: there is no table '{}': expected one of {}\n", name, known);
      return std::nullopt;
    }
    rows.tables.push_back(*table);
  }
  return rows;
}

int run(const conf::Errors& command, const conf::Config& config, Console console) {
  auto filter = row_filter(command.filter, console.err);
  if (!filter)
    return exit_wrong_usage;
  filter->with_replayed = command.all;
  try {
    std::int64_t count = 0;
    io::open_state_store(config, true)->list(*filter, [&](const io::ExceptionRow& stored) {
      const auto row = shown(stored);
      if (count++ == 0 && !command.json)
        console.out << fmt::format("{:>12}  {:<24}  {:<16}  {:<20}  {:>5}  {}\n", "SEQUENCE", "TIME", "TABLE",
                                   "EXCEPTION", "RETRY", "STUDY / SERIES / INSTANCE");
      console.out << (command.json ? json_line(row, command.all) : text_lines(row));
    });
    if (!command.json)
      console.out << fmt::format("{} row{}\n", count, count == 1 ? "" : "s");
    return exit_done;
  } catch (const io::StateStoreError& error) {
    console.err << "dicomcast errors: " << error.what() << '\n';
    return exit_cannot_go_on;
  }
}

} // namespace dicomcast::actors
