// The simulated Table service.
#include "tests/sim/table_service.hpp"

#include <algorithm>
#include <ctime>

namespace dicomcast::sim {

using mapping::Json;

namespace {

constexpr std::string_view account = "simulated", account_path = "/simulated";
constexpr std::string_view some_key = "c2ltdWxhdGVk"; // Base64 of anything

ServiceOptions of_account(ServiceOptions options) {
  options.prefix = account_path;
  return options;
}

/// `SharedKeyLite account:` and the Base64 of 32 bytes, beside the date that was signed.
bool is_signed(const HttpRequest& request) {
  constexpr std::size_t length = 44;
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  const auto expected = "SharedKeyLite " + std::string(account) + ":";
  const auto given = request.header("authorization");
  const auto date = request.header("x-ms-date");
  return given.starts_with(expected) && given.size() == expected.size() + length &&
         given.find_first_not_of(alphabet, expected.size()) == given.npos && date.ends_with(" GMT");
}

std::string http_date() {
  const auto time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  tm parts{};
  gmtime_r(&time, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

} // namespace

TableService::TableService(ServiceOptions options) : Service(of_account(std::move(options))) {
  serve();
}

TableService::~TableService() {
  stop();
}

std::string TableService::connection_string() const {
  return "AccountName=" + std::string(account) + ";AccountKey=" + std::string(some_key) + ";TableEndpoint=" + url();
}

std::vector<Json> TableService::entities(const std::string& table) const {
  std::lock_guard lock(mutex_);
  std::vector<Json> result;
  if (const auto found = store_.tables().find(table); found != store_.tables().end())
    for (const auto& [key, entity] : found->second)
      result.push_back(entity.properties);
  return result;
}

Service::Classified TableService::classify(const HttpRequest& request, const Target& target) const {
  if (target.path == "/Tables" || target.path == "/$batch" || request.method != "GET")
    return {"write", ""};
  const auto address = read_table_address(target.path);
  return {address && address->is_entity ? "read" : "search", ""};
}

HttpReply TableService::answer(const HttpRequest& request, const Target& target, const Classified& what) {
  auto reply = answer_undated(request, target, what);
  reply.headers.emplace_back("Date", http_date());
  return reply;
}

HttpReply TableService::answer_undated(const HttpRequest& request, const Target& target, const Classified& what) {
  if (!is_signed(request))
    return table_error(403, "AuthenticationFailed", "The signature or its date is missing or malformed.");
  if (target.path == "/Tables")
    return request.method == "POST" ? store_.create_table(request) : refusal(405, "POST only");
  if (target.path == "/$batch")
    return request.method == "POST" ? store_.batch(request, account_path) : refusal(405, "POST only");
  const auto address = read_table_address(target.path);
  if (!address)
    return refusal(404, "nothing is here: " + target.path);
  if (what.kind != "search")
    return store_.entity(request, *address);
  std::optional<TableStore::Key> from;
  if (auto partition = target.parameter("NextPartitionKey"))
    from = {*partition, target.parameter("NextRowKey").value_or("")};
  const auto top = to_number(target.parameter("$top").value_or("1000")).value_or(0);
  return store_.query(address->table, static_cast<std::size_t>(std::max(top, 1LL)),
                      target.parameter("$filter").value_or(""), from);
}

HttpReply TableService::refusal(int status, const std::string& text) const {
  return table_error(status, status == 503 ? "ServerBusy" : "Refused", text);
}

HttpReply TableService::control(const HttpRequest& request, const Target& target, std::string_view path) {
  if (request.method != "GET" || path != "/entities")
    return refusal(404, "nothing is here");
  Json list = Json::array();
  if (const auto found = store_.tables().find(target.parameter("table").value_or("")); found != store_.tables().end())
    for (const auto& [key, entity] : found->second)
      list.push_back(entity.properties);
  return json_reply(200, list.to_text());
}

} // namespace dicomcast::sim
