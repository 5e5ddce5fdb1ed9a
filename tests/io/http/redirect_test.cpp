// Redirects: which are followed, and that credentials leave the host never.
#include "io/http/redirect.hpp"
#include "io/service.hpp"
#include "tests/io/scripted_client.hpp"
#include "tests/io/stub_server.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace dicomcast;
using namespace dicomcast::test;
using io::redirect_target;
using io::ServiceResult;

namespace {

/// A FHIR service on a script, asked with a fixed token.
struct Fixture {
  std::shared_ptr<ScriptedClient> http = std::make_shared<ScriptedClient>();

  ServiceResult post() {
    conf::ServiceConfig config;
    config.endpoint = "http://fhir.example/base";
    config.authentication = {true, conf::AuthenticationType::Bearer, {}, {}, {}, {}, {}, {}, {}, "the-token"};
    io::Service service(config, http);
    ServiceResult result;
    service.send("POST", "", "application/fhir+json", "{bundle}", [&](ServiceResult r) { result = std::move(r); });
    return result;
  }
};

io::HttpResponse redirect(int status, std::string location) {
  return response(status, "moved", {{"location", std::move(location)}});
}

} // namespace

TEST_CASE("A redirect's target is taken within the same host alone") {
  const std::string from = "http://fhir.example:8080/base/Patient?identifier=a%7Cb";
  CHECK(redirect_target(from, "/other/Patient?x=a%7Cb#part") == "http://fhir.example:8080/other/Patient?x=a%7Cb");
  CHECK(redirect_target(from, "Patient/?x=1") == "http://fhir.example:8080/base/Patient/?x=1");
  CHECK(redirect_target(from, "//fhir.example:8080/x") == "http://fhir.example:8080/x");
  CHECK(redirect_target(from, "http://FHIR.example:8080/x").has_value());
  CHECK(redirect_target(from, "https://fhir.example/x") == "https://fhir.example/x");
  CHECK(redirect_target("http://fhir.example/x", "http://fhir.example:80/y").has_value());
  for (const auto* location :
       {"http://other.example:8080/base", "//other.example:8080/base", "http://fhir.example.evil:8080/",
        "http://fhir.example:8081/", "http://user:secret@fhir.example:8080/", "https://other.example/",
        "ftp://fhir.example:8080/", "file:///etc/passwd", "http://fhir.example@other.example:8080/", "http://", ""}) {
    INFO(location);
    CHECK_FALSE(redirect_target(from, location));
  }
  CHECK_FALSE(redirect_target("https://fhir.example/x", "http://fhir.example/x"));
}

TEST_CASE("A transaction that is answered with 307 or 308 goes whole, credentials too, to where that points") {
  const int status = GENERATE(307, 308);
  Fixture f;
  f.http->answers = {redirect(status, "https://fhir.example/base/"), redirect(308, "/base2"), response(200, "{}")};
  const auto result = f.post();
  CHECK(std::get<io::HttpResponse>(result).status == 200);
  REQUIRE(f.http->sent.size() == 3);
  CHECK(f.http->sent[1].url == "https://fhir.example/base/");
  CHECK(f.http->sent[2].url == "https://fhir.example/base2");
  for (const auto& request : f.http->sent) {
    CHECK(request.method == "POST");
    CHECK(request.body == "{bundle}");
    CHECK(header_of(request, "Authorization") == "Bearer the-token");
    CHECK(header_of(request, "Content-Type") == "application/fhir+json");
  }
}

TEST_CASE("A redirect to another host, or in a circle, is an answer: nothing is sent there") {
  Fixture f;
  f.http->answers = {redirect(307, "http://other.example/base")};
  CHECK(std::get<io::HttpResponse>(f.post()).status == 307);
  CHECK(f.http->sent.size() == 1);
  f.http->answers.assign(6, redirect(308, "/base"));
  CHECK(std::get<io::HttpResponse>(f.post()).status == 308);
  CHECK(f.http->sent.size() == 1 + 6);
}

TEST_CASE("The real client hands the body back, so that a redirected POST arrives") {
  StubServer server([](const StubRequest& request) {
    return request.target == "/base" ? reply(308, "", "Location: /new\r\n")
                                     : reply(200, request.method + " " + request.target + " " + request.body);
  });
  conf::ServiceConfig config;
  config.endpoint = server.url("/base");
  io::Service service(config, std::make_shared<io::CurlClient>());
  std::promise<ServiceResult> answer;
  service.send("POST", "", "text/plain", "body", [&](ServiceResult r) { answer.set_value(std::move(r)); });
  CHECK(std::get<io::HttpResponse>(answer.get_future().get()).body == "POST /new body");
}

TEST_CASE("A byte order mark before an answer is passed over") {
  Fixture f;
  f.http->answers = {response(200, "\xEF\xBB\xBF{}")};
  CHECK(std::get<io::HttpResponse>(f.post()).body == "{}");
}
