// HTTP, asynchronously. The real client is one libcurl multi handle on a Boost.Asio loop in a thread of its own; tests put
// a scripted one in its place.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dicomcast::io {

using Headers = std::vector<std::pair<std::string, std::string>>; ///< response names are in lower case

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body; ///< sent with Content-Length, for POST and PUT also where it is empty
  std::chrono::milliseconds timeout{100'000}; ///< of the whole exchange, from send() to the last byte
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
  std::chrono::microseconds duration{}; ///< from send() to the last byte
  /// The header's value, or empty. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

struct HttpFailure {
  enum class Kind { Connect, Timeout, Broken, Certificate, Other };
  Kind kind = Kind::Other;
  std::string message; ///< what failed, for people; no secret
};

using HttpResult = std::variant<HttpResponse, HttpFailure>;

class HttpClient {
public:
  virtual ~HttpClient() = default;
  /// Any thread. `done` is called once, on the client's thread, and must not block; after shutdown with a Broken failure.
  virtual void send(HttpRequest request, std::function<void(HttpResult)> done) = 0;
};

/// How to reach one service.
struct TlsOptions {
  std::string ca_file, client_certificate_file, client_key_file, proxy;
  bool insecure = false; ///< no verification; said loudly at the start
};

struct HttpTraffic { ///< since the client's start
  std::uint64_t requests = 0, bytes_sent = 0, bytes_received = 0;
};

/// The real client. Its thread ends with the object; requests under way then fail as Broken.
class CurlClient final : public HttpClient {
public:
  explicit CurlClient(TlsOptions tls = {});
  ~CurlClient() override;
  void send(HttpRequest request, std::function<void(HttpResult)> done) override;
  HttpTraffic traffic() const;

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace dicomcast::io
