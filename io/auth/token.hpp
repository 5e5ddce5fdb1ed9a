// Asking for an access token, and what the answer says: values in, values out.
// Sources: RFC 6749 (OAuth 2.0) sections 2.3.1, 4.3, 4.4, 5; Azure Instance Metadata Service; App Service managed
// identity.
#pragma once

#include "conf/config.hpp"
#include "io/error.hpp"
#include "io/http/http_client.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace dicomcast::io {

/// An environment variable's value, empty where there is none.
using Environment = std::function<std::string(const char*)>;

/// How a client shows its secret (RFC 6749 section 2.3.1): as form fields, or by HTTP Basic.
enum class ClientAuthentication { Body, Basic };

/// The request for a token: of a managed identity from IDENTITY_ENDPOINT with IDENTITY_HEADER where both are set, else
/// from the instance metadata service (its host by AZURE_POD_IDENTITY_AUTHORITY_HOST, if set); else from TokenUri.
HttpRequest token_request(const conf::Authentication& authentication, ClientAuthentication how,
                          const Environment& environment);

struct Token {
  std::string value;
  /// When a tenth of its life is left, or five minutes if that is less. It can be used until it expires.
  std::chrono::system_clock::time_point renew_at, expires_at;
};

/// `asked_at`: when the request was sent; the life is counted from then. A life that is not told is taken as five
/// minutes. Errors: Unreachable, Timeout, BrokenAnswer, Unavailable where asking again may help; Certificate; else
/// Unauthorised with the answer's `error` and `error_description`.
std::variant<Token, Error> read_token(const HttpResult& result, const conf::Authentication& authentication,
                                      std::chrono::system_clock::time_point asked_at);

/// Whether the answer is the error `invalid_client`: the other ClientAuthentication may be the right one.
bool refuses_client(const HttpResult& result);

/// `Basic ...` (RFC 7617).
std::string basic_authorization(std::string_view user, std::string_view password);

} // namespace dicomcast::io
