// Authentication: which requests fetch a token, when, and what becomes of refusals. A scripted client, a clock by hand.
#include "io/service.hpp"
#include "tests/io/scripted_client.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using conf::AuthenticationType;
using io::Error;
using io::ErrorCode;
using io::HttpFailure;
using io::HttpResponse;
using io::ServiceResult;
using namespace std::chrono_literals;

namespace {

/// A service on a script, and the results it gave, in order.
struct Fixture {
  conf::ServiceConfig config;
  std::shared_ptr<ScriptedClient> http = std::make_shared<ScriptedClient>();
  std::chrono::system_clock::time_point now = std::chrono::system_clock::from_time_t(1'700'000'000);
  std::map<std::string, std::string> environment;
  std::vector<ServiceResult> results;
  std::unique_ptr<io::Service> made;

  explicit Fixture(AuthenticationType type) {
    config.endpoint = "https://fhir.example/fhir/";
    auto& a = config.authentication;
    a.enabled = true;
    a.type = type;
    a.token_uri = "https://login.example/token";
    a.resource = "https://fhir.example";
    a.client_id = "client&1";
    a.client_secret = "s3cr3t+/=";
    a.username = "user";
    a.password = "pass:word";
    a.token = "fixed-token";
  }
  ~Fixture() { http->pending.clear(); } // what waits holds the client, and the client what waits
  io::Service& service() {
    if (!made)
      made = std::make_unique<io::Service>(
          config, http,
          io::Surroundings{[this] { return now; }, [this](const char* name) { return environment[name]; }});
    return *made;
  }
  void send(std::string path = "Patient?identifier=a%7Cb") {
    service().send("GET", std::move(path), "", "", [this](ServiceResult r) { results.push_back(std::move(r)); });
  }
  HttpResponse response() { return std::get<HttpResponse>(results.at(results.size() - 1)); }
  Error error() { return std::get<Error>(results.at(results.size() - 1)); }
  std::string authorization(std::size_t index) { return header_of(http->sent.at(index), "Authorization"); }
};

HttpResponse token(const std::string& value, const std::string& life = "3600") {
  return response(200, R"({"token_type":"Bearer","access_token":")" + value + R"(","expires_in":)" + life + "}");
}

} // namespace

TEST_CASE("Without authentication a request carries no credentials, and 401 is told at once") {
  Fixture f(AuthenticationType::Bearer);
  f.config.authentication.enabled = false;
  f.http->answers = {response(200), response(401)};
  f.send();
  CHECK(f.authorization(0) == "(none)");
  CHECK(f.response().status == 200);
  f.send();
  CHECK(f.error().code == ErrorCode::Unauthorised);
  CHECK(f.http->sent.size() == 2);
}

TEST_CASE("Basic and Bearer carry their credentials, and 401 is told at once") {
  Fixture f(GENERATE(AuthenticationType::Basic, AuthenticationType::Bearer));
  f.http->answers = {response(200), response(401)};
  f.send();
  CHECK(f.authorization(0) == (f.config.authentication.type == AuthenticationType::Basic ? "Basic dXNlcjpwYXNzOndvcmQ="
                                                                                         : "Bearer fixed-token"));
  f.send();
  CHECK(f.error().code == ErrorCode::Unauthorised);
  CHECK(f.error().status == 401);
  CHECK(f.http->sent.size() == 2);
}

TEST_CASE("A client credential asks for a token with resource and scope, and sends it") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.config.authentication.scope = "https://fhir.example/.default";
  f.http->answers = {token("T1"), response(200), response(200)};
  f.send();
  const auto& asked = f.http->sent.at(0);
  CHECK(asked.method == "POST");
  CHECK(asked.url == "https://login.example/token");
  CHECK(asked.body == "grant_type=client_credentials&client_id=client%261&client_secret=s3cr3t%2B%2F%3D"
                      "&resource=https%3A%2F%2Ffhir.example&scope=https%3A%2F%2Ffhir.example%2F.default");
  CHECK(header_of(asked, "Content-Type") == "application/x-www-form-urlencoded");
  CHECK(f.authorization(1) == "Bearer T1");
  f.send();
  CHECK(f.authorization(2) == "Bearer T1");
  CHECK(f.http->sent.size() == 3);
}

TEST_CASE("A user's password goes with the grant type of that name") {
  Fixture f(AuthenticationType::OAuth2UserPasswordCredential);
  f.http->answers = {token("T1"), response(200)};
  f.send();
  CHECK(f.http->sent.at(0).body == "grant_type=password&client_id=client%261&client_secret=s3cr3t%2B%2F%3D"
                                   "&username=user&password=pass%3Aword&resource=https%3A%2F%2Ffhir.example");
}

TEST_CASE("A managed identity asks the instance metadata service") {
  Fixture f(AuthenticationType::ManagedIdentity);
  f.http->answers = {response(200, R"({"access_token":"M1","expires_in":"3600"})"), response(200)};
  const std::string query = "?api-version=2018-02-01&resource=https%3A%2F%2Ffhir.example&client_id=client%261";
  SECTION("at its usual address") {
    f.send();
    CHECK(f.http->sent.at(0).url == "http://169.254.169.254/metadata/identity/oauth2/token" + query);
  }
  SECTION("at the address of the environment") {
    f.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:40342/";
    f.send();
    CHECK(f.http->sent.at(0).url == "http://127.0.0.1:40342/metadata/identity/oauth2/token" + query);
  }
  CHECK(header_of(f.http->sent.at(0), "Metadata") == "true");
  CHECK(f.http->sent.at(0).direct);
  CHECK(f.authorization(1) == "Bearer M1");
}

TEST_CASE("A managed identity asks IDENTITY_ENDPOINT where that is set, and reads expires_on") {
  Fixture f(AuthenticationType::ManagedIdentity);
  f.environment = {{"IDENTITY_ENDPOINT", "http://localhost:81/msi/token"}, {"IDENTITY_HEADER", "guid"}};
  f.config.authentication.client_id.clear();
  f.http->answers = {response(200, R"({"access_token":"M1","expires_on":"1700003600"})"), response(200), response(200)};
  f.send();
  CHECK(f.http->sent.at(0).url ==
        "http://localhost:81/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Ffhir.example");
  CHECK(header_of(f.http->sent.at(0), "X-IDENTITY-HEADER") == "guid");
  f.now += 3'299s;
  f.send();
  CHECK(f.http->sent.size() == 3);
}

TEST_CASE("A token is renewed five minutes before it expires, a short-lived one at nine tenths of its life") {
  const auto [life, kept] = GENERATE(table<std::string, std::chrono::seconds>({{"3600", 3'300s}, {"60", 54s}}));
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("T1", life), response(200), response(200), token("T2"), response(200)};
  f.send();
  f.now += kept - 1s;
  f.send();
  CHECK(f.http->sent.size() == 3);
  f.now += 1s;
  f.send();
  CHECK(f.http->sent.at(3).url == "https://login.example/token");
  CHECK(f.authorization(4) == "Bearer T2");
}

TEST_CASE("A token of no life at all serves those that waited for it") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("T1", "0"), response(200), token("T2", "-5"), response(200)};
  f.send();
  f.send();
  CHECK(f.authorization(1) == "Bearer T1");
  CHECK(f.authorization(3) == "Bearer T2");
}

TEST_CASE("One token request serves all that wait") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->by_hand = true;
  for (int i = 0; i < 5; ++i)
    f.send();
  REQUIRE(f.http->sent.size() == 1);
  f.http->answer(token("T1"));
  REQUIRE(f.http->sent.size() == 6);
  for (std::size_t i = 1; i < 6; ++i)
    CHECK(f.authorization(i) == "Bearer T1");
}

TEST_CASE("A token request that fails is told to all that wait, and the next request asks again") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->by_hand = true;
  f.send();
  f.send();
  f.http->answer(response(503, "", {{"retry-after", "7"}}));
  REQUIRE(f.results.size() == 2);
  CHECK(f.error().code == ErrorCode::Unavailable);
  CHECK(f.error().retry_after == 7s);
  f.send();
  REQUIRE(f.http->pending.size() == 1);
  f.http->answer(token("T1"));
  f.http->answer(response(200));
  CHECK(f.response().status == 200);
}

TEST_CASE("A 401 fetches the token anew once and sends the same request again") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("T1"), response(401), token("T2"), response(200, "yes")};
  f.service().send("POST", "", "application/fhir+json", "{bundle}", [&](ServiceResult r) { f.results.push_back(r); });
  CHECK(f.response().body == "yes");
  CHECK(f.authorization(1) == "Bearer T1");
  CHECK(f.authorization(3) == "Bearer T2");
  CHECK(f.http->sent.at(3).body == "{bundle}");
  CHECK(f.http->sent.at(3).method == "POST");
}

TEST_CASE("A 401 after a new token is Unauthorised, with what the service says") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  const auto* outcome = R"({"resourceType":"OperationOutcome","issue":[{"code":"login","diagnostics":"who are you"}]})";
  f.http->answers = {token("T1"), response(401), token("T2"), response(401, outcome)};
  f.send();
  CHECK(f.error().code == ErrorCode::Unauthorised);
  CHECK(f.error().cause == "login: who are you");
  CHECK(f.http->sent.size() == 4);
}

TEST_CASE("Many 401 for one old token renew it once") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->by_hand = true;
  for (int i = 0; i < 3; ++i)
    f.send();
  f.http->answer(token("T1"));
  for (int i = 0; i < 3; ++i)
    f.http->answer(response(401));
  REQUIRE(f.http->pending.size() == 1);
  f.http->answer(token("T2"));
  REQUIRE(f.http->pending.size() == 3);
  while (!f.http->pending.empty())
    f.http->answer(response(200));
  CHECK(f.results.size() == 3);
  CHECK(f.http->sent.size() == 8);
}

TEST_CASE("A 403 is Unauthorised at once") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("T1"), response(403)};
  f.send();
  CHECK(f.error().code == ErrorCode::Unauthorised);
  CHECK(f.error().status == 403);
  CHECK(f.http->sent.size() == 2);
}

TEST_CASE("A secret refused in the body is shown by Basic once, and from then on") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  const auto refusal = response(401, R"({"error":"invalid_client"})");
  f.http->answers = {refusal, token("T1"), response(200), token("T2"), response(200)};
  f.send();
  CHECK(f.authorization(1) == "Basic Y2xpZW50JTI2MTpzM2NyM3QlMkIlMkYlM0Q="); // both parts percent-encoded
  CHECK_THAT(f.http->sent.at(1).body, !Contains("client_secret") && !Contains("client_id"));
  CHECK(f.response().status == 200);
  f.now += 3'600s;
  f.send();
  CHECK_THAT(f.authorization(3), Catch::StartsWith("Basic "));
  CHECK(f.http->sent.size() == 5);
}

TEST_CASE("A secret refused both ways is Unauthorised with the server's words and without the secret") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  const auto refusal =
      response(401, R"({"error":"invalid_client","error_description":"s3cr3t+/= or s3cr3t%2B%2F%3D is wrong"})");
  f.http->answers = {refusal, refusal};
  f.send();
  CHECK(f.error().code == ErrorCode::Unauthorised);
  CHECK(f.error().cause == "invalid_client: *** or *** is wrong");
  const auto text = to_string(f.error());
  CHECK_THAT(text, Contains("POST https://login.example/token") && Contains("status 401") && !Contains("s3cr3t"));
  CHECK_THAT(io::to_log_text(f.error()), Contains("status 401") && Contains("invalid_client: ***"));
  CHECK(f.http->sent.size() == 2);
}

TEST_CASE("What the token endpoint does decides whether trying again may help") {
  struct Case {
    io::HttpResult answer;
    ErrorCode code;
  };
  const auto one = GENERATE(Case{HttpFailure{HttpFailure::Kind::Connect, "no"}, ErrorCode::Unreachable},
                            Case{HttpFailure{HttpFailure::Kind::Timeout, "no"}, ErrorCode::Timeout},
                            Case{HttpFailure{HttpFailure::Kind::Broken, "no"}, ErrorCode::BrokenAnswer},
                            Case{HttpFailure{HttpFailure::Kind::Certificate, "no"}, ErrorCode::Certificate},
                            Case{response(500), ErrorCode::Unavailable}, Case{response(503), ErrorCode::Unavailable},
                            Case{response(429), ErrorCode::Unavailable},
                            Case{response(400, R"({"error":"invalid_scope"})"), ErrorCode::Unauthorised},
                            Case{response(404), ErrorCode::Unauthorised}, Case{response(302), ErrorCode::Unauthorised},
                            Case{response(200, "<html>"), ErrorCode::BrokenAnswer},
                            Case{response(200, "{}"), ErrorCode::Unauthorised});
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {one.answer};
  f.send();
  CHECK(f.error().code == one.code);
}

TEST_CASE("A failing renewal leaves the old token in use while that is good") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("T1"), response(200), response(503), response(200), response(200), response(503)};
  f.send();
  f.now += 3'400s;
  f.send();
  CHECK(f.authorization(3) == "Bearer T1");
  f.send(); // not asked again at once
  CHECK(f.authorization(4) == "Bearer T1");
  f.now += 200s;
  f.send();
  CHECK(f.error().code == ErrorCode::Unavailable);
}

TEST_CASE("Secrets that a service echoes are blotted out") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->answers = {token("tok-123"), response(422, "you sent Bearer tok-123 and s3cr3t+/="),
                     response(403, "no rights for tok-123")};
  f.send();
  CHECK(f.response().body == "you sent Bearer *** and ***");
  f.send();
  CHECK_THAT(to_string(f.error()), Contains("no rights for ***") && !Contains("tok-123"));
}

TEST_CASE("A path follows the root with one slash, an empty one is the root itself") {
  Fixture f(AuthenticationType::Bearer);
  const auto [path, url] = GENERATE(table<std::string, std::string>({
      {"", "https://fhir.example/fhir"},
      {"metadata", "https://fhir.example/fhir/metadata"},
      {"/metadata", "https://fhir.example/fhir/metadata"},
      {"?_getpages=1", "https://fhir.example/fhir?_getpages=1"},
      {"https://fhir.example/fhir?_getpages=1", "https://fhir.example/fhir?_getpages=1"},
      {"https://FHIR.example/fhir/Patient?page=2", "https://FHIR.example/fhir/Patient?page=2"},
  }));
  f.http->answers = {response(200)};
  f.send(path);
  CHECK(f.http->sent.at(0).url == url);
  CHECK(f.service().root() == "https://fhir.example/fhir");
  CHECK_THAT(header_of(f.http->sent.at(0), "Accept"), Contains("application/fhir+json"));
}

TEST_CASE("Credentials go to no other service, whatever link it gives") {
  Fixture f(AuthenticationType::Bearer);
  f.send(GENERATE("https://fhir.example.evil/fhir", "https://fhir.example/fhir.evil",
                  "http://fhir.example/fhir/Patient", "https://other.example/fhir?secret=1"));
  CHECK(f.http->sent.empty());
  CHECK(f.error().code == ErrorCode::UnexpectedAnswer);
  CHECK_THAT(to_string(f.error()), !Contains("secret") && Contains("https://fhir.example/fhir"));
}

TEST_CASE("Errors name method and path without the query, which may hold a patient's ID") {
  Fixture f(AuthenticationType::Bearer);
  f.http->answers = {HttpFailure{HttpFailure::Kind::Connect, "no connection"}};
  f.send("Patient?identifier=sys%7C4711");
  CHECK(to_string(f.error()) == "GET Patient: no connection");
}

TEST_CASE("An answer may come after the service is gone") {
  Fixture f(AuthenticationType::OAuth2ClientCredential);
  f.http->by_hand = true;
  f.send();
  f.made.reset();
  f.http->answer(token("T1"));
  f.http->answer(response(200));
  CHECK(f.response().status == 200);
}
