// Requests to the Table service, with retries.
#include "io/state/azure_table_client.hpp"

#include "io/state/state_store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>

namespace dicomcast::io {

using namespace std::chrono_literals;

namespace {

constexpr auto api_version = "2019-02-02";
constexpr std::chrono::milliseconds first_delay = 500ms, longest_delay = 10s;

std::string http_date(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

bool is_transient(const HttpResult& result) {
  if (const auto* failure = std::get_if<HttpFailure>(&result))
    return failure->kind != HttpFailure::Kind::Certificate && failure->kind != HttpFailure::Kind::Other;
  const int status = std::get<HttpResponse>(result).status;
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

/// In whole seconds, as the service gives it.
std::chrono::milliseconds asked_delay(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  const auto text = std::string(response ? response->header("retry-after") : "");
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(std::atoi(text.c_str())), longest_delay);
}

/// Code and message of an OData error; the message without the lines that only Azure's support can use.
std::pair<std::string, std::string> odata_error(const HttpResponse& response) {
  const auto json = mapping::Json::parse(response.body);
  const auto* error = json ? json->find("odata.error") : nullptr;
  if (!error)
    return {};
  const auto* message = error->find("message");
  std::string text(message ? message->text("value") : "");
  return {std::string(error->text("code")), text.substr(0, text.find('\n'))};
}

const char* hint_for(int status) {
  switch (status) {
  case 401:
  case 403:
    return "; check the account key or the shared access signature (its services, resource types, permissions and "
           "dates) "
           "and this machine's clock";
  case 404:
    return "; check the account's name and the table endpoint";
  default:
    return "";
  }
}

} // namespace

std::string error_code_of(const HttpResponse& response) {
  return odata_error(response).first;
}

AzureTableClient::AzureTableClient(AzureAccount account, std::shared_ptr<HttpClient> http, Wait wait, Patience patience)
    : account_(std::move(account)), http_(std::move(http)), wait_(std::move(wait)), patience_(patience) {}

AzureTableClient::AzureTableClient(AzureAccount account, std::shared_ptr<HttpClient> http, Wait wait)
    : AzureTableClient(std::move(account), std::move(http), std::move(wait), Patience{}) {}

HttpRequest AzureTableClient::signed_request(const TableRequest& request) const {
  HttpRequest http;
  http.method = request.method;
  http.url = account_.table_url + request.path;
  http.body = request.body;
  http.timeout = patience_.timeout;
  const auto date = http_date(std::chrono::system_clock::now());
  http.headers = {{"Accept", "application/json;odata=minimalmetadata"},
                  {"DataServiceVersion", "3.0"},
                  {"MaxDataServiceVersion", "3.0;NetFx"},
                  {"x-ms-version", api_version},
                  {"x-ms-date", date}};
  if (account_.sas.empty())
    http.headers.emplace_back("Authorization", shared_key_lite(account_, date, http.url));
  else
    http.url += (http.url.find('?') == http.url.npos ? "?" : "&") + account_.sas;
  if (!request.body.empty())
    http.headers.emplace_back("Content-Type", request.content_type);
  if (request.method == "POST" && request.path != "/$batch")
    http.headers.emplace_back("Prefer", "return-no-content");
  if (!request.if_match.empty())
    http.headers.emplace_back("If-Match", request.if_match);
  return http;
}

std::vector<HttpResponse> AzureTableClient::exchange(const std::vector<TableRequest>& requests) {
  std::vector<std::optional<HttpResult>> results(requests.size());
  auto delay = first_delay;
  for (int retry = 0;; ++retry) {
    std::vector<std::future<HttpResult>> answers(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (results[i] && !is_transient(*results[i]))
        continue;
      auto answer = std::make_shared<std::promise<HttpResult>>();
      answers[i] = answer->get_future();
      http_->send(signed_request(requests[i]), [answer](HttpResult result) { answer->set_value(std::move(result)); });
    }
    auto pause = 0ms;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (!answers[i].valid())
        continue;
      results[i] = answers[i].get();
      if (auto* response = std::get_if<HttpResponse>(&*results[i]))
        *response = unwrapped(std::move(*response));
      if (is_transient(*results[i]))
        pause = std::max({pause, delay, asked_delay(*results[i])});
    }
    if (pause == 0ms || retry == patience_.retries)
      break;
    wait_(pause);
    delay *= 2;
  }
  std::vector<HttpResponse> responses;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto* failure = std::get_if<HttpFailure>(&*results[i]))
      fail(requests[i], failure->message);
    auto& response = std::get<HttpResponse>(*results[i]);
    if (response.status == 401 || is_transient(*results[i]))
      fail(requests[i], response);
    responses.push_back(std::move(response));
  }
  return responses;
}

HttpResponse AzureTableClient::exchange(const TableRequest& request) {
  return std::move(exchange(std::vector{request}).front());
}

void AzureTableClient::fail(const TableRequest& request, const HttpResponse& response) const {
  const auto [code, message] = odata_error(response);
  auto what = fmt::format("answered {}", response.status);
  if (!code.empty())
    what += fmt::format(" {}: {}", code, message);
  fail(request, what + hint_for(response.status));
}

void AzureTableClient::fail(const TableRequest& request, std::string what) const {
  for (const auto* secret : {&account_.sas, &account_.key}) // an echo of the request's URL, say
    for (auto at = what.find(*secret); !secret->empty() && at != what.npos; at = what.find(*secret))
      what.replace(at, secret->size(), "***");
  throw StateStoreError(fmt::format("TableStore:ConnectionString: Azure Table Storage {}: {} {}: {}",
                                    account_.table_url, request.method,
                                    request.path.substr(0, request.path.find_first_of("(?")), what));
}

mapping::Json AzureTableClient::json(const TableRequest& request, const HttpResponse& response) const {
  std::string error;
  auto json = mapping::Json::parse(response.body, &error);
  if (!json)
    fail(request, "the answer is not JSON: " + error);
  return std::move(*json);
}

} // namespace dicomcast::io
