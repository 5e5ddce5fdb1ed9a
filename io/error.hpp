// What can go wrong with a service, as a value, and the one place that puts it into words.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace dicomcast::io {

/// Closed: add a code with its name in error.cpp, and let the compiler show where it must be handled.
enum class ErrorCode {
  Unreachable,      ///< no connection, or it broke before an answer
  Timeout,          ///< no whole answer within the request's timeout
  BrokenAnswer,     ///< cut off, or not JSON where JSON was due
  Unavailable,      ///< 408, 425, 429, 502, 503, 504
  ServerError,      ///< 500
  Conflict,         ///< 409, 412, a create that met an existing resource, a target that is gone
  Refused,          ///< any other 4xx, 501, another 5xx or 3xx
  UnexpectedAnswer, ///< JSON that is not the answer to the request
  Unauthorised,     ///< 401 again after a new token, 403, or no token because the credential is refused
  BadResource,      ///< without id or meta.versionId
  Certificate,      ///< TLS: expired, wrong host, unknown issuer, ...
};
/// The name as it stands in a row's `exception`, such as `FhirConflict`.
const char* name_of(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::Unreachable;
  std::string operation; ///< such as `POST transaction` or `GET Patient?identifier=...`; never a patient's data above
                         ///< debug level
  int status = 0;        ///< HTTP status; 0: no answer
  std::string cause;     ///< what the service or the library said; no secret
  std::string hint;      ///< for the operator; may be empty
  std::optional<std::chrono::milliseconds> retry_after; ///< of a Retry-After header (RFC 9110 section 10.2.3)
  /// No token was to be had. `operation` is that of the token service, which knows no patients: a log may have its
  /// words.
  bool is_of_token_service = false;
};
/// One line for an exception row or a log: operation, status, cause, hint.
std::string to_string(const Error& error);
/// As to_string, but without a refusing service's own words, in which it may repeat a patient's data: for log lines.
/// A token service's words stay.
std::string to_log_text(Error error);

/// Whether trying the same again later may help: Unreachable, Timeout, BrokenAnswer, Unavailable, ServerError (three
/// times at most, which is the caller's to count) and Conflict (after fetching anew).
bool is_transient(ErrorCode code);

} // namespace dicomcast::io
