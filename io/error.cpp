// From answers and failures to errors, and from errors to words.
#include "io/error.hpp"

#include "conf/text.hpp"
#include "io/service.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dicomcast::io {

namespace {

constexpr std::size_t longest_outcome = 2'000, longest_text = 200; // bytes

/// `code: diagnostics; details.text`, the issues apart by ` | `.
std::string text_of(const mapping::Json& outcome) {
  std::string text;
  for (const auto& issue : outcome.items("issue")) {
    const auto diagnostics = issue.text("diagnostics");
    const auto* details = issue.find("details");
    const auto detail = details ? details->text("text") : std::string_view();
    std::string said(issue.text("code"));
    const auto add = [&said](std::string_view part, std::string_view separator) {
      if (!part.empty())
        said.append(said.empty() ? "" : separator).append(part);
    };
    add(diagnostics, ": ");
    if (detail != diagnostics)
      add(detail, diagnostics.empty() ? ": " : "; ");
    if (!said.empty())
      text.append(text.empty() ? "" : " | ").append(said);
  }
  return text;
}

std::string cause_of(const HttpResponse& response) {
  if (const auto json = mapping::Json::parse(response.body); json && json->text("resourceType") == "OperationOutcome") {
    if (const auto text = text::one_line(text_of(*json)); !text.empty())
      return text::shortened(text, longest_outcome);
  }
  // More than is kept, since blanks are dropped; not everything, since a page may be large.
  return text::shortened(text::one_line(std::string_view(response.body).substr(0, 10 * longest_text)), longest_text);
}

/// RFC 9110 section 10.2.3. A date is measured against the answer's own Date, so that clocks need not agree.
std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response) {
  const auto text = response.header("retry-after");
  if (text.empty())
    return {};
  std::int32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0)
    return std::chrono::seconds(seconds);
  const auto date = parse_http_date(text);
  if (!date)
    return {};
  const auto now = parse_http_date(response.header("date")).value_or(std::chrono::system_clock::now());
  return std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(*date - now));
}

ErrorCode code_of(int status) {
  switch (status) {
  case 401:
  case 403:
  case 407: // of a proxy
    return ErrorCode::Unauthorised;
  case 408:
  case 425:
  case 429:
  case 502:
  case 503:
  case 504:
    return ErrorCode::Unavailable;
  case 409:
  case 412:
    return ErrorCode::Conflict;
  case 500:
    return ErrorCode::ServerError;
  default:
    return status >= 200 && status < 300 ? ErrorCode::UnexpectedAnswer : ErrorCode::Refused;
  }
}

std::string hint_of(int status) {
  switch (status) {
  case 401:
    return "check the Authentication section of this service";
  case 403:
    return "give the credential the rights to read and write this service";
  case 407:
    return "the proxy asks for credentials: set https_proxy or http_proxy in the environment to "
           "http://user:password@host:port, "
           "and leave the key Proxy out";
  case 413:
    return "the service takes no request of this size";
  default:
    if (status >= 300 && status < 400)
      return "only 307 and 308 are followed, and only within the same host: set Endpoint to the address that the "
             "service points to";
    return {};
  }
}

} // namespace

const char* name_of(ErrorCode code) {
  switch (code) {
  case ErrorCode::Unreachable:
    return "FhirUnreachable";
  case ErrorCode::Timeout:
    return "FhirTimeout";
  case ErrorCode::BrokenAnswer:
    return "FhirBrokenAnswer";
  case ErrorCode::Unavailable:
    return "FhirUnavailable";
  case ErrorCode::ServerError:
    return "FhirServerError";
  case ErrorCode::Conflict:
    return "FhirConflict";
  case ErrorCode::Refused:
    return "FhirRefused";
  case ErrorCode::UnexpectedAnswer:
    return "FhirUnexpectedAnswer";
  case ErrorCode::Unauthorised:
    return "FhirUnauthorised";
  case ErrorCode::BadResource:
    return "FhirBadResource";
  case ErrorCode::Certificate:
    return "FhirCertificate";
  }
  return "FhirError"; // a value outside the enum
}

std::string to_string(const Error& error) {
  std::string text = error.operation;
  const auto add = [&text](std::string_view part) {
    if (!part.empty())
      text.append(text.empty() ? "" : ": ").append(part);
  };
  if (error.status != 0)
    add(fmt::format("status {}", error.status));
  add(error.cause);
  if (!error.hint.empty())
    text.append(text.empty() ? "" : " ").append("(" + error.hint + ")");
  return text::one_line(text);
}

std::string to_log_text(Error error) {
  if (error.status != 0 && !error.is_of_token_service)
    error.cause.clear();
  return to_string(error);
}

bool is_transient(ErrorCode code) {
  switch (code) {
  case ErrorCode::Unreachable:
  case ErrorCode::Timeout:
  case ErrorCode::BrokenAnswer:
  case ErrorCode::Unavailable:
  case ErrorCode::ServerError:
  case ErrorCode::Conflict:
    return true;
  case ErrorCode::Refused:
  case ErrorCode::UnexpectedAnswer:
  case ErrorCode::Unauthorised:
  case ErrorCode::BadResource:
  case ErrorCode::Certificate:
    return false;
  }
  return false;
}

Error error_of(const HttpResponse& response, std::string operation) {
  return {code_of(response.status),
          std::move(operation),
          response.status,
          cause_of(response),
          hint_of(response.status),
          retry_after(response),
          false};
}

Error error_of(const HttpFailure& failure, std::string operation) {
  auto code = ErrorCode::UnexpectedAnswer;
  switch (failure.kind) {
  case HttpFailure::Kind::Connect:
    code = ErrorCode::Unreachable;
    break;
  case HttpFailure::Kind::Timeout:
    code = ErrorCode::Timeout;
    break;
  case HttpFailure::Kind::Broken:
    code = ErrorCode::BrokenAnswer;
    break;
  case HttpFailure::Kind::Certificate:
    code = ErrorCode::Certificate;
    break;
  case HttpFailure::Kind::Other:
    break;
  }
  return {code, std::move(operation), 0, failure.message, {}, {}, false};
}

} // namespace dicomcast::io
