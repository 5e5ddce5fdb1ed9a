// Requests to one service: URL, headers, credentials, the second try with a new token.
#include "io/service.hpp"

#include "conf/text.hpp"
#include "io/http/redirect.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::io {

namespace {

constexpr auto accept = "application/fhir+json, application/json;q=0.9";

constexpr int most_redirects = 5;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// One request and what is needed to send it again.
struct Exchange {
  HttpRequest request; ///< without its body
  std::string body;
  std::string operation;
  std::function<void(ServiceResult)> done;
  std::string authorization; ///< sent last
  bool is_second = false;
  int redirects = 0;
};

bool begins_with(std::string_view text, std::string_view start) {
  return text::equal_but_for_case(text.substr(0, start.size()), start);
}

bool is_url(std::string_view text) {
  return begins_with(text, "http://") || begins_with(text, "https://");
}

/// Below the root, and not merely a name that begins like it (`https://host.example` of `https://host`).
bool is_below(std::string_view url, std::string_view root) {
  return begins_with(url, root) && (url.size() == root.size() || url[root.size()] == '/' || url[root.size()] == '?');
}

std::string operation_of(std::string_view method, std::string_view path) {
  const auto place = path.substr(0, path.find('?'));
  if (place.empty())
    return fmt::format("{} {}", method, method == "POST" ? "transaction" : "search");
  return fmt::format("{} {}", method, place);
}

} // namespace

struct Service::Impl : std::enable_shared_from_this<Impl> {
  std::string root;
  std::chrono::milliseconds timeout;
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<Authenticator> authenticator;

  void start(std::shared_ptr<Exchange> exchange) {
    authenticator->authorization([self = shared_from_this(), exchange](Authenticator::Answer answer) {
      if (auto* error = std::get_if<Error>(&answer))
        return exchange->done(std::move(*error));
      exchange->authorization = std::get<std::string>(std::move(answer));
      self->send(exchange);
    });
  }

  void send(const std::shared_ptr<Exchange>& exchange) {
    const bool may_follow = authenticator->renews() && !exchange->is_second;
    HttpRequest request = exchange->request;
    request.body = may_follow ? exchange->body : std::exchange(exchange->body, {});
    if (!exchange->authorization.empty())
      request.headers.emplace_back("Authorization", exchange->authorization);
    http->send(std::move(request), [self = shared_from_this(), exchange](HttpResult result) {
      self->answered(exchange, std::move(result));
    });
  }

  /// Sends it to where the answer points, if that is the same host.
  bool follow(const std::shared_ptr<Exchange>& exchange, HttpResponse& response) {
    auto target = redirect_target(exchange->request.url, response.header("location"));
    if (!target || ++exchange->redirects > most_redirects)
      return false;
    log::debug(fmt::format("{}: redirected by status {} within {}", exchange->operation, response.status, root));
    exchange->request.url = std::move(*target);
    if (exchange->body.empty())
      exchange->body = std::move(response.request_body);
    send(exchange);
    return true;
  }

  void answered(const std::shared_ptr<Exchange>& exchange, HttpResult result) {
    if (const auto* failure = std::get_if<HttpFailure>(&result))
      return exchange->done(error_of(*failure, exchange->operation));
    auto& response = std::get<HttpResponse>(result);
    if (response.status == 401 && !exchange->is_second && authenticator->refused(exchange->authorization)) {
      exchange->is_second = true;
      return start(exchange);
    }
    if ((response.status == 307 || response.status == 308) && follow(exchange, response))
      return;
    if (response.body.starts_with(byte_order_mark))
      response.body.erase(0, byte_order_mark.size());
    if (response.status >= 400)
      authenticator->redact(response.body, exchange->authorization);
    if (response.status == 401 || response.status == 403 || response.status == 407)
      return exchange->done(error_of(response, exchange->operation));
    exchange->done(std::move(response));
  }
};

Service::Service(conf::ServiceConfig config, std::shared_ptr<HttpClient> http, Surroundings surroundings)
    : impl_(std::make_shared<Impl>()) {
  impl_->root = text::without_trailing_slashes(config.endpoint);
  impl_->timeout = config.timeout;
  impl_->http = http;
  impl_->authenticator = std::make_shared<Authenticator>(std::move(config.authentication), std::move(http),
                                                         config.timeout, std::move(surroundings));
}

Service::~Service() = default;

void Service::send(std::string method, std::string path, std::string content_type, std::string body,
                   std::function<void(ServiceResult)> done) {
  auto exchange = std::make_shared<Exchange>();
  auto& request = exchange->request;
  const auto& root = impl_->root;
  if (is_url(path)) {
    if (!is_below(path, root))
      return done(Error{ErrorCode::UnexpectedAnswer,
                        std::move(method),
                        0,
                        fmt::format("the service points to an address that is not below {}", root),
                        "set Endpoint to the address that the service itself uses",
                        {}});
    exchange->operation = operation_of(method, std::string_view(path).substr(root.size()));
    request.url = std::move(path);
  } else {
    exchange->operation = operation_of(method, path);
    const bool needs_slash = !path.empty() && path[0] != '/' && path[0] != '?';
    request.url = root + (needs_slash ? "/" : "") + path;
  }
  request.method = std::move(method);
  request.headers = {{"Accept", accept}};
  if (!content_type.empty())
    request.headers.emplace_back("Content-Type", std::move(content_type));
  exchange->body = std::move(body);
  request.timeout = impl_->timeout;
  exchange->done = std::move(done);
  impl_->start(std::move(exchange));
}

const std::string& Service::root() const {
  return impl_->root;
}

TlsOptions tls_options(const conf::ServiceConfig& config) {
  return {config.ca_file, config.client_certificate_file, config.client_key_file, config.proxy, config.insecure};
}

} // namespace dicomcast::io
