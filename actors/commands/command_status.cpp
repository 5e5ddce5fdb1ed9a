// dicomcast status: checkpoint, latest sequence, lag, rows of each table.
#include "actors/commands/ask.hpp"
#include "actors/commands/commands.hpp"
#include "actors/mapping_options.hpp"
#include "conf/text.hpp"
#include "mapping/feed/entry.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::actors {

namespace {

using mapping::Json;

/// The newest entry's sequence; nothing for an empty feed; or why it is not known.
struct Latest {
  std::optional<std::int64_t> sequence;
  std::string failure;
};

Latest latest_of_feed(const conf::Config& config) {
  io::Service service(config.dicom, std::make_shared<io::CurlClient>(io::tls_options(config.dicom)));
  auto version = config.api_version == conf::ApiVersion::V1 ? "v1" : "v2";
  auto path = fmt::format("{}/changefeed/latest?includeMetadata=false", version);
  auto result = ask(service, path);
  if (auto* error = std::get_if<io::Error>(&result))
    return {{}, io::to_string(*error)};
  const auto& response = std::get<io::HttpResponse>(result);
  if (response.status != 200 && response.status != 204)
    return {{}, io::to_string(io::error_of(response, "GET " + path))};
  std::string fault;
  auto entries = mapping::read_feed_page(response.body, mapping_options(config), &fault);
  if (!entries)
    return {{}, fmt::format("GET {}: the answer is no entry of a change feed: {}", path, fault)};
  return {entries->empty() ? std::nullopt : std::optional(entries->front().sequence), {}};
}

struct Report {
  io::Checkpoint checkpoint;
  std::array<std::int64_t, io::exception_tables.size()> counts{};
  Latest latest;
  /// Nothing where the feed's latest entry is not known; 0 for an empty feed, and where the checkpoint is past it.
  std::optional<std::int64_t> lag() const {
    if (!latest.failure.empty())
      return std::nullopt;
    return std::max<std::int64_t>(0, latest.sequence.value_or(0) - checkpoint.synced_sequence);
  }
};

Json or_null(std::optional<std::int64_t> number) {
  return number ? Json::integer(*number) : Json();
}

std::string json_text(const Report& report) {
  Json json;
  json.set("synced_sequence", Json::integer(report.checkpoint.synced_sequence));
  json.set("synced_date", report.checkpoint.synced_date.empty() ? Json() : Json(report.checkpoint.synced_date));
  json.set("latest_sequence", or_null(report.latest.sequence));
  json.set("lag", or_null(report.lag()));
  for (std::size_t i = 0; i < io::exception_tables.size(); ++i)
    json["errors"].set(io::name_of(io::exception_tables[i]), Json::integer(report.counts[i]));
  return json.to_text() + '\n';
}

std::string plain_text(const Report& report) {
  const auto& [sequence, date] = report.checkpoint;
  auto row = [](std::string_view name, std::string_view value) { return fmt::format("{:<30}  {:>12}", name, value); };
  bool is_known = report.latest.failure.empty();
  auto text = row("synced sequence", std::to_string(sequence)) +
              (date.empty() ? "  never written" : "  written " + date) + '\n';
  text += row("latest sequence of the feed", report.latest.sequence ? std::to_string(*report.latest.sequence)
                                             : is_known             ? "none"
                                                                    : "unknown") +
          '\n';
  text += row("lag", report.lag() ? std::to_string(*report.lag()) : "unknown") + '\n';
  for (std::size_t i = 0; i < io::exception_tables.size(); ++i)
    text += row(io::name_of(io::exception_tables[i]), std::to_string(report.counts[i])) + '\n';
  return text;
}

} // namespace

int run(const conf::Status& command, const conf::Config& config, Console console) {
  Report report;
  try {
    auto store = io::open_state_store(config, true);
    report.checkpoint = store->checkpoint();
    report.counts = store->counts();
  } catch (const io::StateStoreError& error) {
    console.err << "dicomcast status: " << error.what() << '\n';
    return exit_cannot_go_on;
  }
  report.latest = latest_of_feed(config);
  console.out << (command.json ? json_text(report) : plain_text(report));
  if (report.latest.failure.empty())
    return exit_done;
  console.err << "dicomcast status: " << text::one_line(report.latest.failure) << '\n';
  return exit_cannot_go_on;
}

} // namespace dicomcast::actors
