// The Authorization header of one service's requests: a fixed one, or one with a token that is fetched, kept, and
// renewed before it expires. However many requests wait for a token, one request fetches it.
#pragma once

#include "io/auth/token.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dicomcast::io {

/// What a test replaces.
struct Surroundings {
  std::function<std::chrono::system_clock::time_point()> now = &std::chrono::system_clock::now;
  Environment environment; ///< empty: the process's
};

/// Any thread. Held by a shared_ptr: an answer may come when nobody else holds it.
class Authenticator : public std::enable_shared_from_this<Authenticator> {
public:
  using Answer = std::variant<std::string, Error>;
  using Done = std::function<void(Answer)>;

  Authenticator(conf::Authentication authentication, std::shared_ptr<HttpClient> http,
                std::chrono::milliseconds timeout, Surroundings surroundings = {});

  /// Gives the header's value, empty where requests carry none: at once on this thread where it is known, else on the
  /// HTTP client's. Where renewing fails while the old token is good, it is the old one.
  void authorization(Done done);

  /// The service has answered 401 to that value. Whether authorization() will give another.
  bool refused(const std::string& value);

  /// Whether a value is a token that can be fetched anew.
  bool renews() const;

  /// Replaces each secret of the configuration, and `value`, the header that was sent, by `***`.
  void redact(std::string& text, std::string_view value) const;

private:
  void ask(ClientAuthentication how, bool may_change);
  void answered(const HttpResult& result, ClientAuthentication how, bool may_change,
                std::chrono::system_clock::time_point asked_at);

  const conf::Authentication authentication_;
  const std::shared_ptr<HttpClient> http_;
  const std::chrono::milliseconds timeout_;
  const Surroundings surroundings_;
  std::string fixed_;

  std::mutex mutex_; // guards what follows
  std::optional<Token> token_;
  ClientAuthentication how_ = ClientAuthentication::Body; ///< what the server took last
  bool asking_ = false;
  std::vector<Done> waiting_;
};

} // namespace dicomcast::io
