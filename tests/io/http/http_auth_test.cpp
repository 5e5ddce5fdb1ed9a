// Service and real client together, against a token endpoint and a service that checks the token.
#include "io/service.hpp"
#include "tests/io/stub_server.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <latch>

using namespace dicomcast;
using namespace dicomcast::test;

TEST_CASE("Many requests at once get through with one token, and with one more when it is withdrawn") {
  std::atomic<int> tokens = 0, valid = 1;
  StubServer login([&](const StubRequest& request) {
    if (request.body.find("client_secret=hidden") == std::string::npos)
      return reply(401, R"({"error":"invalid_client"})");
    return reply(200, R"({"access_token":"T)" + std::to_string(++tokens) + R"(","expires_in":3600})");
  });
  StubServer server([&](const StubRequest& request) {
    const bool is_right = request.headers.at("authorization") == "Bearer T" + std::to_string(valid);
    return is_right ? reply(200, request.body) : reply(401, "");
  });
  conf::ServiceConfig config;
  config.endpoint = server.url("/fhir");
  config.authentication.enabled = true;
  config.authentication.type = conf::AuthenticationType::OAuth2ClientCredential;
  config.authentication.token_uri = login.url("/token");
  config.authentication.client_id = "id";
  config.authentication.client_secret = "hidden";
  io::Service service(config, std::make_shared<io::CurlClient>());

  for (int round = 1; round <= 2; ++round) {
    valid = round;
    constexpr int count = 100;
    std::latch all(count);
    std::atomic<int> right = 0;
    for (int i = 0; i < count; ++i)
      service.send("POST", "", "application/fhir+json", std::to_string(i), [&, i](const io::ServiceResult& result) {
        const auto* response = std::get_if<io::HttpResponse>(&result);
        right += response && response->status == 200 && response->body == std::to_string(i);
        all.count_down();
      });
    all.wait();
    CHECK(right == count);
    CHECK(tokens == round);
  }
}

TEST_CASE("A managed identity's token comes past the proxy that the service is behind") {
  StubServer identity([](const StubRequest& request) {
    const bool is_right = request.headers.at("metadata") == "true";
    return is_right ? reply(200, R"({"access_token":"M","expires_in":"60"})") : reply(400, "");
  });
  StubServer proxy([](const StubRequest& request) { return reply(200, request.headers.at("authorization")); });
  conf::ServiceConfig config;
  config.endpoint = "http://service.invalid";
  config.proxy = proxy.url();
  config.authentication.enabled = true;
  io::Surroundings surroundings;
  surroundings.environment = [&](const char* name) {
    return name == std::string("AZURE_POD_IDENTITY_AUTHORITY_HOST") ? identity.url() : std::string();
  };
  io::Service service(config, std::make_shared<io::CurlClient>(io::tls_options(config)), surroundings);
  std::latch done(1);
  io::ServiceResult result;
  service.send("GET", "metadata", "", "", [&](io::ServiceResult r) {
    result = std::move(r);
    done.count_down();
  });
  done.wait();
  REQUIRE(std::holds_alternative<io::HttpResponse>(result));
  CHECK(std::get<io::HttpResponse>(result).body == "Bearer M");
}
