// A server of a test's own on a free loopback port, plain or TLS, that can do what a proper one never does: answer in
// raw bytes, cut off, reset, keep silent.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace dicomcast::test {

struct StubRequest {
  std::string method, target, body;
  std::map<std::string, std::string> headers; ///< names in lower case
  int connection = 0;                         ///< counted from 1
};

struct StubReply {
  std::string bytes;                                                 ///< as they go out, status line and all
  enum class Then { Keep, Close, Reset, Silence } then = Then::Keep; ///< Silence: nothing more until the server ends
};
/// A whole answer with Content-Length. `headers`: further lines, each ended by CRLF.
StubReply reply(int status, const std::string& body, const std::string& headers = {});

/// PEM files. `client_ca` set: a client certificate from it is asked for.
struct StubTls {
  std::string certificate, key, client_ca;
};

class StubServer {
public:
  using Handler = std::function<StubReply(const StubRequest&)>;
  /// `handler` is called on a thread of each connection.
  explicit StubServer(Handler handler);
  StubServer(Handler handler, const StubTls& tls);
  ~StubServer();
  unsigned short port() const;
  int connections() const; ///< accepted so far
  /// `http://127.0.0.1:port` and the path; over TLS `https://localhost:port`.
  std::string url(const std::string& path = "") const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace dicomcast::test
