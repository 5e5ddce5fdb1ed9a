// A blocking HTTP client of the tests' own, that shows what a proper one hides: cut-off answers and resets.
#pragma once

#include "mapping/json/json.hpp"

#include <map>
#include <string>
#include <vector>

namespace dicomcast::test {

struct Answer {
  int status = 0;                             ///< 0: there was none
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;
  bool whole = false;         ///< all that Content-Length promised has come
  bool reset = false;         ///< the connection was reset
  mapping::Json json() const; ///< null where the body is none
};

/// One connection, kept over requests; made anew when it was closed.
class Client {
public:
  /// `url`: `http://127.0.0.1:port` and a path, which is put before every target.
  explicit Client(const std::string& url);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Answer get(const std::string& target, const std::vector<std::string>& headers = {});
  Answer post(const std::string& target, const std::string& body, const std::vector<std::string>& headers = {});
  Answer send(const std::string& method, const std::string& target, const std::string& body,
              const std::vector<std::string>& headers);
  /// Sends without waiting; `receive` waits for the answer.
  void begin(const std::string& method, const std::string& target, const std::string& body,
             const std::vector<std::string>& headers = {});
  Answer receive();
  void close();
  int connections() const { return connections_; } ///< made so far

private:
  void connect();
  int socket_ = -1, port_ = 0, connections_ = 0;
  std::string prefix_, buffer_;
};

/// The media type that a transaction is sent with.
inline const std::string fhir_json = "Content-Type: application/fhir+json";

} // namespace dicomcast::test
