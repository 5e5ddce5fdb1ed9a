// The token request of each kind of credential, and what its answer says.
#include "io/auth/token.hpp"

#include "conf/text.hpp"
#include "io/service.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dicomcast::io {

namespace {

using conf::AuthenticationType;
using std::chrono::seconds;

constexpr seconds assumed_life{300}, longest_margin{300};

class Form {
public:
  Form& add(std::string_view name, std::string_view value) {
    if (!value.empty())
      text_.append(text_.empty() ? "" : "&").append(name).append("=").append(text::percent_encoded(value));
    return *this;
  }
  std::string text() const { return text_; }

private:
  std::string text_;
};

HttpRequest managed_identity_request(const conf::Authentication& authentication, const Environment& environment) {
  HttpRequest request;
  request.direct = true;
  const auto endpoint = environment("IDENTITY_ENDPOINT"), header = environment("IDENTITY_HEADER");
  Form query;
  if (!endpoint.empty() && !header.empty()) {
    query.add("api-version", "2019-08-01");
    request.url = endpoint;
    request.headers = {{"X-IDENTITY-HEADER", header}};
  } else {
    auto host = environment("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    if (host.empty())
      host = "http://169.254.169.254";
    query.add("api-version", "2018-02-01");
    request.url = fmt::format("{}/metadata/identity/oauth2/token", text::without_trailing_slashes(host));
    request.headers = {{"Metadata", "true"}};
  }
  query.add("resource", authentication.resource).add("client_id", authentication.client_id);
  request.url += (request.url.find('?') == std::string::npos ? "?" : "&") + query.text();
  return request;
}

std::string operation_of(const conf::Authentication& authentication) {
  if (authentication.type == AuthenticationType::ManagedIdentity)
    return "GET token of the managed identity";
  auto uri = authentication.token_uri.substr(0, authentication.token_uri.find('?'));
  const auto host = uri.find("://");
  if (const auto at = uri.find('@'); host != uri.npos && at != uri.npos && at < uri.find('/', host + 3))
    uri.erase(host + 3, at - host - 2); // a user and a password
  return "POST " + uri;
}

std::string hint_of(const conf::Authentication& authentication) {
  switch (authentication.type) {
  case AuthenticationType::ManagedIdentity:
    return "is an identity assigned to this machine, and are Resource and ClientId right?";
  case AuthenticationType::OAuth2ClientCredential:
    return "check TokenUri, ClientId, ClientSecret, Resource and Scope";
  case AuthenticationType::OAuth2UserPasswordCredential:
    return "check TokenUri, ClientId, ClientSecret, Username, Password, Resource and Scope";
  case AuthenticationType::Basic:
  case AuthenticationType::Bearer:
    break;
  }
  return {};
}

/// A member that some write as a number, others as a string of digits.
std::optional<std::int64_t> integer_of(const mapping::Json& json, std::string_view name) {
  const auto* member = json.find(name);
  if (!member)
    return {};
  const auto* number = member->if_number();
  const std::string_view text = number ? std::string_view(number->token) : json.text(name);
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    return {};
  return value;
}

seconds life_of(const mapping::Json& answer, std::chrono::system_clock::time_point asked_at) {
  constexpr std::int64_t longest = 10L * 365 * 24 * 3600;
  if (const auto life = integer_of(answer, "expires_in"))
    return seconds(std::clamp<std::int64_t>(*life, 0, longest));
  if (const auto end = integer_of(answer, "expires_on")) {
    const auto now = std::chrono::duration_cast<seconds>(asked_at.time_since_epoch()).count();
    return seconds(std::clamp<std::int64_t>(*end, now, now + longest) - now);
  }
  return assumed_life;
}

/// `error: error_description` of RFC 6749 section 5.2.
std::string oauth_error(const HttpResponse& response) {
  const auto json = mapping::Json::parse(response.body);
  if (!json || json->text("error").empty())
    return {};
  std::string text(json->text("error"));
  if (const auto description = json->text("error_description"); !description.empty())
    text.append(": ").append(description.substr(0, 1'000));
  return text;
}

Error refusal(const HttpResponse& response, const conf::Authentication& authentication) {
  auto error = error_of(response, operation_of(authentication));
  if (auto text = oauth_error(response); !text.empty())
    error.cause = std::move(text);
  // The metadata service says 404 and 410 while it is being updated.
  const bool is_updating =
      authentication.type == AuthenticationType::ManagedIdentity && (response.status == 404 || response.status == 410);
  error.code = error.code == ErrorCode::Unavailable || response.status >= 500 || is_updating ? ErrorCode::Unavailable
                                                                                             : ErrorCode::Unauthorised;
  error.hint = hint_of(authentication);
  return error;
}

std::variant<Token, Error> token_or_error(const HttpResult& result, const conf::Authentication& authentication,
                                          std::chrono::system_clock::time_point asked_at) {
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    auto error = error_of(*failure, operation_of(authentication));
    if (!is_transient(error.code) && error.code != ErrorCode::Certificate)
      error.code = ErrorCode::Unauthorised;
    if (error.code != ErrorCode::Certificate)
      error.hint = hint_of(authentication);
    return error;
  }
  const auto& response = std::get<HttpResponse>(result);
  if (response.status < 200 || response.status > 299)
    return refusal(response, authentication);

  // The body is not quoted: it may hold what gives access.
  const auto json = mapping::Json::parse(response.body);
  if (!json)
    return Error{ErrorCode::BrokenAnswer,  operation_of(authentication), response.status,
                 "the answer is not JSON", hint_of(authentication),      {}};
  Token token{std::string(json->text("access_token")), {}, {}};
  if (token.value.empty())
    return Error{ErrorCode::Unauthorised, operation_of(authentication),
                 response.status,         "the answer holds no access_token",
                 hint_of(authentication), {}};
  const auto life = life_of(*json, asked_at);
  token.expires_at = asked_at + life;
  token.renew_at = token.expires_at - std::min(life / 10, longest_margin);
  return token;
}

} // namespace

HttpRequest token_request(const conf::Authentication& authentication, ClientAuthentication how,
                          const Environment& environment) {
  if (authentication.type == AuthenticationType::ManagedIdentity)
    return managed_identity_request(authentication, environment);

  HttpRequest request;
  request.method = "POST";
  request.url = authentication.token_uri;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  const bool has_password = authentication.type == AuthenticationType::OAuth2UserPasswordCredential;
  Form form;
  form.add("grant_type", has_password ? "password" : "client_credentials");
  if (how == ClientAuthentication::Basic) { // the parts are encoded before they are joined: RFC 6749 section 2.3.1
    request.headers.emplace_back("Authorization",
                                 basic_authorization(text::percent_encoded(authentication.client_id),
                                                     text::percent_encoded(authentication.client_secret)));
  } else {
    form.add("client_id", authentication.client_id).add("client_secret", authentication.client_secret);
  }
  if (has_password)
    form.add("username", authentication.username).add("password", authentication.password);
  form.add("resource", authentication.resource).add("scope", authentication.scope);
  request.body = form.text();
  return request;
}

std::variant<Token, Error> read_token(const HttpResult& result, const conf::Authentication& authentication,
                                      std::chrono::system_clock::time_point asked_at) {
  auto read = token_or_error(result, authentication, asked_at);
  if (auto* error = std::get_if<Error>(&read))
    error->is_of_token_service = true;
  return read;
}

bool refuses_client(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (!response || (response->status != 400 && response->status != 401))
    return false;
  const auto json = mapping::Json::parse(response->body);
  return json && json->text("error") == "invalid_client";
}

std::string basic_authorization(std::string_view user, std::string_view password) {
  return "Basic " + text::base64(fmt::format("{}:{}", user, password));
}

} // namespace dicomcast::io
