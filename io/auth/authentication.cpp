// Credentials that are fixed, and tokens that are fetched once for all who wait and renewed in time.
#include "io/auth/authentication.hpp"

#include "conf/text.hpp"

#include <algorithm>
#include <cstdlib>

namespace dicomcast::io {

namespace {

using conf::AuthenticationType;

constexpr std::chrono::seconds pause_after_failure{30};

Surroundings complete(Surroundings surroundings) {
  if (!surroundings.environment)
    surroundings.environment = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string(value ? value : "");
    };
  return surroundings;
}

void redact_in(std::string& text, std::string_view secret) {
  constexpr std::size_t shortest = 4; // anything shorter could not be told from other text
  if (secret.size() < shortest)
    return;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "***");
}

} // namespace

Authenticator::Authenticator(conf::Authentication authentication, std::shared_ptr<HttpClient> http,
                             std::chrono::milliseconds timeout, Surroundings surroundings)
    : authentication_(std::move(authentication)), http_(std::move(http)), timeout_(timeout),
      surroundings_(complete(std::move(surroundings))) {
  if (!authentication_.enabled)
    return;
  if (authentication_.type == AuthenticationType::Basic)
    fixed_ = basic_authorization(authentication_.username, authentication_.password);
  if (authentication_.type == AuthenticationType::Bearer)
    fixed_ = "Bearer " + authentication_.token;
}

bool Authenticator::renews() const {
  return authentication_.enabled && authentication_.type != AuthenticationType::Basic &&
         authentication_.type != AuthenticationType::Bearer;
}

void Authenticator::authorization(Done done) {
  if (!renews())
    return done(fixed_);
  std::string value;
  auto how = ClientAuthentication::Body;
  {
    const std::lock_guard lock(mutex_);
    if (token_ && surroundings_.now() < token_->renew_at) {
      value = "Bearer " + token_->value;
    } else {
      waiting_.push_back(std::move(done));
      if (asking_)
        return;
      asking_ = true;
      how = how_;
    }
  }
  if (value.empty())
    ask(how, true);
  else
    done(std::move(value));
}

bool Authenticator::refused(const std::string& value) {
  if (!renews())
    return false;
  const std::lock_guard lock(mutex_);
  if (token_ && value == "Bearer " + token_->value) // else it has been renewed meanwhile
    token_.reset();
  return true;
}

void Authenticator::ask(ClientAuthentication how, bool may_change) {
  auto request = token_request(authentication_, how, surroundings_.environment);
  request.timeout = timeout_;
  http_->send(std::move(request), [self = shared_from_this(), how, may_change, asked_at = surroundings_.now()](
                                      const HttpResult& result) { self->answered(result, how, may_change, asked_at); });
}

void Authenticator::answered(const HttpResult& result, ClientAuthentication how, bool may_change,
                             std::chrono::system_clock::time_point asked_at) {
  if (may_change && !authentication_.client_secret.empty() && refuses_client(result))
    return ask(how == ClientAuthentication::Body ? ClientAuthentication::Basic : ClientAuthentication::Body, false);

  auto read = read_token(result, authentication_, asked_at);
  Answer answer;
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (auto* token = std::get_if<Token>(&read)) {
      answer = "Bearer " + token->value;
      token_ = std::move(*token);
      how_ = how;
    } else if (const auto now = surroundings_.now(); token_ && now < token_->expires_at) {
      answer = "Bearer " + token_->value;
      token_->renew_at = std::min(now + pause_after_failure, token_->expires_at);
    } else {
      auto& error = std::get<Error>(read);
      redact(error.cause, {});
      answer = std::move(error);
    }
    asking_ = false;
    waiting.swap(waiting_);
  }
  for (const auto& done : waiting)
    done(answer);
}

void Authenticator::redact(std::string& text, std::string_view value) const {
  for (const auto* secret : {&authentication_.client_secret, &authentication_.password, &authentication_.token}) {
    redact_in(text, *secret);
    redact_in(text, text::percent_encoded(*secret));
  }
  if (authentication_.type == AuthenticationType::ManagedIdentity)
    redact_in(text, surroundings_.environment("IDENTITY_HEADER"));
  redact_in(text, value.substr(value.find(' ') + 1)); // without a scheme the whole value: npos + 1 is 0
}

} // namespace dicomcast::io
