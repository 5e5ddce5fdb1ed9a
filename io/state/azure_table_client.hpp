// Requests to the Table service of an Azure storage account: signed, sent side by side, tried again while that may
// help. Source: Microsoft Learn, "Table service REST API".
#pragma once

#include "io/http/http_client.hpp"
#include "io/state/azure_batch.hpp"
#include "io/state/azure_connection_string.hpp"
#include "mapping/json/json.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::io {

/// Blocks; one thread at a time.
class AzureTableClient {
public:
  using Wait = std::function<void(std::chrono::milliseconds)>;
  struct Patience {
    std::chrono::milliseconds timeout = std::chrono::seconds(20); ///< of one request
    int retries = 5;
  };
  /// `wait`: what to do between tries; a test's does not sleep.
  AzureTableClient(AzureAccount account, std::shared_ptr<HttpClient> http, Wait wait, Patience patience);
  AzureTableClient(AzureAccount account, std::shared_ptr<HttpClient> http, Wait wait);

  /// The answers in the order of the requests, whatever their statuses. A batch's has the status and the body of the
  /// request in it that failed, else 202. Without an answer and on 408, 429, 500, 502, 503 and 504 a request is
  /// repeated as the patience allows, after half a second, doubling, or as Retry-After says; then, and where the
  /// credentials are refused, throws StateStoreError.
  std::vector<HttpResponse> exchange(const std::vector<TableRequest>& requests);
  HttpResponse exchange(const TableRequest& request);

  /// Throws what an answer that is not the wished-for one means.
  [[noreturn]] void fail(const TableRequest& request, const HttpResponse& response) const;
  /// The answer's JSON, or throws.
  mapping::Json json(const TableRequest& request, const HttpResponse& response) const;

  const AzureAccount& account() const { return account_; }

private:
  HttpRequest signed_request(const TableRequest& request) const;
  [[noreturn]] void fail(const TableRequest& request, std::string what) const;

  const AzureAccount account_;
  const std::shared_ptr<HttpClient> http_;
  const Wait wait_;
  const Patience patience_;
};

/// Of an error's answer: its code, such as `TableNotFound`; empty where it tells none.
std::string error_code_of(const HttpResponse& response);

} // namespace dicomcast::io
