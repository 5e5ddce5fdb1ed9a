// dicomcast status: checkpoint, latest sequence, lag, rows of each table.
#include "actors/commands/ask.hpp"
#include "actors/commands/commands.hpp"
#include "conf/text.hpp"
#include "io/change_feed.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace dicomcast::actors {

namespace {

using mapping::Json;

/// The newest entry's Sequence, or why it is not known.
std::variant<io::change_feed::Latest, io::Error> latest_of_feed(const conf::Config& config) {
  io::Service service(config.dicom, std::make_shared<io::CurlClient>(io::tls_options(config.dicom)));
  auto path = io::change_feed::latest_path(config.api_version);
  return io::change_feed::read_latest(ask(service, path), "GET " + path);
}

struct Report {
  io::Checkpoint checkpoint;
  std::array<std::int64_t, io::exception_tables.size()> counts{};
  std::optional<io::change_feed::Latest> latest; ///< nothing: not known
  /// Nothing where the feed's latest entry is not known; 0 for an empty feed, and where the checkpoint is past it.
  std::optional<std::int64_t> lag() const {
    if (!latest)
      return std::nullopt;
    return std::max<std::int64_t>(0, latest->value_or(0) - checkpoint.synced_sequence);
  }
};

Json or_null(std::optional<std::int64_t> number) {
  return number ? Json::integer(*number) : Json();
}

std::string json_text(const Report& report) {
  Json json;
  json.set("synced_sequence", Json::integer(report.checkpoint.synced_sequence));
  json.set("synced_date", report.checkpoint.synced_date.empty() ? Json() : Json(report.checkpoint.synced_date));
  json.set("latest_sequence", or_null(report.latest.value_or(std::nullopt)));
  json.set("lag", or_null(report.lag()));
  for (std::size_t i = 0; i < io::exception_tables.size(); ++i)
    json["errors"].set(io::name_of(io::exception_tables[i]), Json::integer(report.counts[i]));
  return json.to_text() + '\n';
}

std::string plain_text(const Report& report) {
  const auto& [sequence, date] = report.checkpoint;
  auto row = [](std::string_view name, std::string_view value) { return fmt::format("{:<30}  {:>12}", name, value); };
  auto latest = report.latest.value_or(std::nullopt);
  auto text = row("synced sequence", std::to_string(sequence)) +
              (date.empty() ? "  never written" : "  written " + date) + '\n';
  text += row("latest sequence of the feed", latest          ? std::to_string(*latest)
                                             : report.latest ? "none"
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
  auto latest = latest_of_feed(config);
  if (auto* known = std::get_if<io::change_feed::Latest>(&latest))
    report.latest = *known;
  console.out << (command.json ? json_text(report) : plain_text(report));
  auto wrong = report.latest ? io::change_feed::begun_anew(*report.latest, report.checkpoint.synced_sequence)
                             : io::to_string(std::get<io::Error>(latest));
  if (!wrong.empty())
    console.err << "dicomcast status: " << text::one_line(wrong) << '\n';
  return report.latest ? exit_done : exit_cannot_go_on;
}

} // namespace dicomcast::actors
