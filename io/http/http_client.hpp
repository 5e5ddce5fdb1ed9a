// HTTP, asynchronously. The real client is one libcurl multi handle on a Boost.Asio loop in a thread of its own; tests
// put a scripted one in its place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace dicomcast::io {

using Headers = std::vector<std::pair<std::string, std::string>>; ///< response names are in lower case

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;                           ///< sent with Content-Length, for POST and PUT also where it is empty
  std::chrono::milliseconds timeout{100'000}; ///< of the whole exchange, from send() to the last byte
  std::size_t max_response_bytes = std::size_t{1} << 30; ///< of the body as unpacked; a larger one fails as Other
  bool direct = false; ///< past any proxy, as for an address that only this machine can reach
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
  std::chrono::microseconds duration{}; ///< from send() to the last byte
  std::string request_body{};           ///< handed back with a 307 or 308 alone, to be sent on
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
  /// Any thread. `done` is called once, on the client's thread, and must neither block nor throw; after shutdown with a
  /// Broken failure.
  virtual void send(HttpRequest request, std::function<void(HttpResult)> done) = 0;
};

/// A date of a header, in any of the three forms of RFC 9110 section 5.6.7.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

/// How to reach one service.
struct TlsOptions {
  std::string ca_file;                                  ///< PEM; trusted beside the system's own authorities
  std::string client_certificate_file, client_key_file; ///< PEM
  std::string proxy;     ///< URL; empty: as http_proxy, https_proxy and no_proxy of the environment say
  bool insecure = false; ///< no verification; said loudly at the start
};

struct HttpTraffic { ///< since the client's start
  std::uint64_t requests = 0, bytes_sent = 0, bytes_received = 0;
  std::uint64_t resent = 0; ///< requests that went out once more since their kept connection had died
};

/// The real client, HTTP/1.1 (docs/adr says why not 2): connections are kept and used again, at most 128 to a host;
/// what is beyond them waits. Redirects are answers like others. Where a kept connection dies before the first byte of
/// an answer, libcurl sends the request once more on a new one, a POST too: that is counted and told in the debug log.
/// Its thread ends with the object; requests under way then fail as Broken. The object may end on any thread, its own
/// included.
class CurlClient final : public HttpClient {
public:
  explicit CurlClient(TlsOptions tls = {});
  ~CurlClient() override;
  void send(HttpRequest request, std::function<void(HttpResult)> done) override;
  HttpTraffic traffic() const;

private:
  class Impl;
  std::shared_ptr<Impl> impl_; // shared with its thread
  std::thread thread_;
};

} // namespace dicomcast::io
