// One service (the DICOM or the FHIR one): its root URL, its authentication, its timeout, over an HttpClient.
#pragma once

#include "conf/config.hpp"
#include "io/auth/authentication.hpp"
#include "io/error.hpp"
#include "io/http/http_client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace dicomcast::io {

/// A response with any status but 401, 403 and 407, or why there is none. The statuses are classified by `error_of`.
using ServiceResult = std::variant<HttpResponse, Error>;

class Service {
public:
  /// `http` carries the requests and the token requests.
  Service(conf::ServiceConfig config, std::shared_ptr<HttpClient> http, Surroundings surroundings = {});
  ~Service();

  /// `path` is appended to the root URL with one slash between, query included; an empty one is the root, and what
  /// begins with `?` follows it at once. A URL that begins with the root is taken as it is; any other is an error of
  /// code UnexpectedAnswer, since credentials go to no other service. Adds Accept and the credentials; a 401 fetches
  /// the token anew once and sends again. A 307 or 308 is followed within the same host, to https too, five times at
  /// most; a byte order mark before the answer's body is left out. `content_type` empty: none. Errors name method and
  /// path without the query, which may hold a patient's ID. Secrets that an answer from 400 on repeats
  /// are redacted. Any thread; `done` is called once, on the HTTP client's thread.
  void send(std::string method, std::string path, std::string content_type, std::string body,
            std::function<void(ServiceResult)> done);

  /// The root URL that requests go to, without trailing slash.
  const std::string& root() const;

private:
  struct Impl;
  std::shared_ptr<Impl> impl_; // shared: an answer may come after the service is gone
};

/// The client options of a service.
TlsOptions tls_options(const conf::ServiceConfig& config);

/// What a response that is not the wished-for one means: status to code, OperationOutcome's code, diagnostics and
/// details.text to cause, Retry-After to retry_after. `operation` goes into the error.
Error error_of(const HttpResponse& response, std::string operation);
Error error_of(const HttpFailure& failure, std::string operation);

} // namespace dicomcast::io
