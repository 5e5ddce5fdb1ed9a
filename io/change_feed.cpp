// Paths and answers of the change feed.
#include "io/change_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dicomcast::io::change_feed {

namespace {

constexpr std::string_view white_space = " \t\r\n";

const char* root(conf::ApiVersion version) {
  switch (version) {
  case conf::ApiVersion::V1:
    return "v1/changefeed";
  case conf::ApiVersion::V2:
    return "v2/changefeed";
  }
  return "";
}

Error broken(const std::string& operation, int status, std::string why) {
  return {ErrorCode::BrokenAnswer, operation, status, std::move(why), {}, {}};
}

/// The text of an answer without byte order mark and the white space around it; empty: there is nothing.
std::variant<std::string_view, Error> read_text(const ServiceResult& result, const std::string& operation) {
  if (const auto* failure = std::get_if<Error>(&result)) {
    auto error = *failure;
    error.operation = error.is_of_token_service ? fmt::format("{}: {}", operation, error.operation) : operation;
    return error;
  }
  const auto& response = std::get<HttpResponse>(result);
  if (response.status == 204)
    return std::string_view();
  if (response.status != 200)
    return error_of(response, operation);
  std::string_view text = response.body;
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  text = text.substr(0, text.find_last_not_of(white_space) + 1);
  if (text.starts_with('<'))
    return broken(operation, response.status, "the answer is HTML or XML");
  return text;
}

} // namespace

std::string latest_path(conf::ApiVersion version) {
  return fmt::format("{}/latest?includeMetadata=false", root(version));
}

std::string page_path(conf::ApiVersion version, const PageQuery& query) {
  auto path = fmt::format("{}?offset={}&limit={}", root(version), query.offset, query.limit);
  if (!query.start.empty())
    path += "&startTime=" + query.start;
  if (!query.end.empty())
    path += "&endTime=" + query.end;
  return path + (query.with_metadata ? "&includeMetadata=true" : "&includeMetadata=false");
}

std::variant<Latest, Error> read_latest(const ServiceResult& result, const std::string& operation) {
  auto text = read_text(result, operation);
  if (auto* error = std::get_if<Error>(&text))
    return std::move(*error);
  auto body = std::get<std::string_view>(text);
  if (body.empty() || body == "null")
    return Latest();
  std::string why = "a list is no entry";
  auto rows = body.starts_with('[') ? std::nullopt
                                    : mapping::read_feed_rows(
                                          body, {}, [](std::int64_t) { return false; }, &why);
  if (!rows)
    return broken(operation, 200, "the answer is no entry of a change feed: " + why);
  return Latest(rows->front().sequence);
}

std::variant<Page, Malformed, Error> read_page(const ServiceResult& result, const std::string& operation,
                                               const mapping::Options& options,
                                               const std::function<bool(std::int64_t)>& is_wanted) {
  auto text = read_text(result, operation);
  if (auto* error = std::get_if<Error>(&text))
    return std::move(*error);
  auto body = std::get<std::string_view>(text);
  bool has_content = std::holds_alternative<HttpResponse>(result) && std::get<HttpResponse>(result).status != 204;
  if (has_content && body.empty())
    return broken(operation, 200, "the answer is empty"); // a page without entries is an empty array
  if (body.empty() || body == "null")
    return Page();
  if (!body.starts_with('['))
    return broken(operation, 200, "the answer is no page of a change feed: it is no list of entries");
  std::string why;
  if (auto rows = mapping::read_feed_rows(body, options, is_wanted, &why))
    return std::move(*rows);
  return Malformed{std::move(why)};
}

std::string begun_anew(const Latest& latest, std::int64_t checkpoint) {
  if (latest.value_or(0) >= checkpoint)
    return {};
  auto state =
      latest ? fmt::format("the change feed's latest Sequence is {}, below the checkpoint {}", *latest, checkpoint)
             : fmt::format("the change feed is empty, although the checkpoint is at {}", checkpoint);
  return state +
         ": the feed has begun anew, and its entries up to the checkpoint are passed over; if this is the right "
         "DICOM service, `dicomcast reset --to 0` processes them";
}

} // namespace dicomcast::io::change_feed
