// One exchange, waited for.
#pragma once

#include "io/http/http_client.hpp"

#include <future>
#include <stdexcept>

namespace dicomcast::test {

inline io::HttpResult exchange(io::HttpClient& client, io::HttpRequest request) {
  std::promise<io::HttpResult> promise;
  client.send(std::move(request), [&promise](io::HttpResult result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

inline io::HttpRequest get(std::string url) {
  io::HttpRequest request;
  request.url = std::move(url);
  return request;
}

inline io::HttpRequest post(std::string url, std::string body) {
  auto request = get(std::move(url));
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

inline io::HttpResponse response_of(io::HttpResult result) {
  if (auto* failure = std::get_if<io::HttpFailure>(&result))
    throw std::runtime_error("no response: " + failure->message);
  return std::get<io::HttpResponse>(std::move(result));
}

inline io::HttpFailure failure_of(io::HttpResult result) {
  if (auto* response = std::get_if<io::HttpResponse>(&result))
    throw std::runtime_error("no failure, but status " + std::to_string(response->status));
  return std::get<io::HttpFailure>(std::move(result));
}

} // namespace dicomcast::test
