// An HTTP/1.1 server on one loopback port: keep-alive, one thread of its own, plain values in and out. What a proper
// server never does (reset, cut off, keep silent) it does when told to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::sim {

/// The client's end of a request, to see whether it is still there.
class Connection {
public:
  virtual ~Connection() = default;
  /// Whether the client has closed or reset the connection. On the server's thread only.
  virtual bool client_gone() const = 0;
};

struct HttpRequest {
  std::string method;
  std::string target; ///< path and query as sent, still percent-encoded
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
  std::shared_ptr<const Connection> connection;
  /// The header's value, or nothing where it is absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

/// What becomes of the answer on its way.
enum class Delivery {
  Whole,   ///< it is sent as it is
  CutOff,  ///< Content-Length names all of it, half of it is sent, then the connection closes
  Reset,   ///< nothing is sent, the connection is reset (RST)
  Silence, ///< nothing is sent until the server ends
};

struct HttpReply {
  int status = 200;
  std::string content_type = "application/json"; ///< empty: no such header
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Delivery delivery = Delivery::Whole;
};

class HttpServer {
public:
  using Respond = std::function<void(HttpReply)>;
  /// Called on the server's thread for each request; calls `respond` once, there and then or later on that thread.
  using Handler = std::function<void(HttpRequest, Respond)>;

  /// Listens on 127.0.0.1. `port` 0: a free one. Throws std::runtime_error where it cannot.
  /// `start` begins to serve, so that the handler may use what is made after the server.
  explicit HttpServer(std::uint16_t port);
  ~HttpServer(); ///< stops at once; requests under way are dropped
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start(Handler handler);
  void stop();
  std::uint16_t port() const;
  std::string url() const; ///< `http://127.0.0.1:port`

  /// Calls `then` on the server's thread, `delay` from now; at once if the delay is zero. From the server's thread
  /// only.
  void after(std::chrono::microseconds delay, std::function<void()> then);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace dicomcast::sim
