// The real client against a server of the test's own: what goes over the wire, and what each failure is called.
#include "tests/io/exchange.hpp"
#include "tests/io/stub_server.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdlib>
#include <latch>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::CurlClient;
using io::HttpFailure;
using Kind = HttpFailure::Kind;

namespace {

/// Says what it was asked.
StubReply echo(const StubRequest& request) {
  std::string text = request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers)
    text += name + "=" + value + "\n";
  return reply(200, text + "\n" + request.body);
}

/// A port that nobody listens at.
unsigned short closed_port() {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::string host_port(const StubServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

} // namespace

TEST_CASE("A request goes out with its method, path, headers and body, and nothing that was not asked for") {
  StubServer server(echo);
  CurlClient client;
  const std::string method = GENERATE("GET", "POST", "PUT", "DELETE", "PATCH");
  auto request = get(server.url("/fhir/Patient?identifier=a%7Cb"));
  request.method = method;
  request.headers = {{"If-Match", "W/\"3\""}};
  if (method != "GET" && method != "DELETE")
    request.body = "body of " + method;
  const auto response = response_of(exchange(client, request));
  CHECK(response.status == 200);
  CHECK_THAT(response.body, Catch::StartsWith(method + " /fhir/Patient?identifier=a%7Cb\n"));
  CHECK_THAT(response.body, Contains("if-match=W/\"3\"\n"));
  CHECK_THAT(response.body, Catch::EndsWith("\n\n" + request.body));
  CHECK_THAT(response.body, !Contains("expect=") && !Contains("content-type="));
  CHECK(response.duration.count() > 0);
}

TEST_CASE("A handle that is used again keeps nothing of the request before") {
  StubServer server(echo);
  CurlClient client;
  auto first = post(server.url("/a"), "text");
  first.headers = {{"Content-Type", "application/fhir+json"}, {"X-Once", "1"}};
  CHECK_THAT(response_of(exchange(client, first)).body, Contains("content-type=application/fhir+json"));
  auto second = get(server.url("/b"));
  second.method = "DELETE";
  CHECK_THAT(response_of(exchange(client, second)).body, Catch::StartsWith("DELETE /b\n"));
  auto third = get(server.url("/c"));
  third.method = "HEAD";
  CHECK(response_of(exchange(client, third)).body.empty());
  const auto fourth = response_of(exchange(client, get(server.url("/d")))).body;
  CHECK_THAT(fourth,
             Catch::StartsWith("GET /d\n") && !Contains("x-once") && !Contains("content-") && !Contains("text"));
  CHECK(server.connections() == 1);
}

TEST_CASE("A POST and a PUT without a body say Content-Length 0") {
  StubServer server(echo);
  CurlClient client;
  auto request = post(server.url("/"), "");
  request.method = GENERATE("POST", "PUT");
  CHECK_THAT(response_of(exchange(client, request)).body, Contains("content-length=0"));
}

TEST_CASE("Response headers are in lower case, without what an interim answer said") {
  StubServer server([](const StubRequest&) {
    auto answer = reply(201, "{}", "ETag: W/\"1\"\r\nLocation:  /fhir/Patient/1 \r\n");
    answer.bytes = "HTTP/1.1 103 Early Hints\r\nETag: early\r\n\r\n" + answer.bytes;
    return answer;
  });
  CurlClient client;
  const auto response = response_of(exchange(client, get(server.url())));
  CHECK(response.status == 201);
  CHECK(response.header("etag") == "W/\"1\"");
  CHECK(response.header("location") == "/fhir/Patient/1");
  CHECK(response.header("absent").empty());
}

TEST_CASE("A redirect is an answer and is not followed") {
  std::atomic<int> requests = 0;
  StubServer server([&](const StubRequest&) {
    ++requests;
    return reply(302, "", "Location: /elsewhere\r\n");
  });
  CurlClient client;
  CHECK(response_of(exchange(client, get(server.url()))).status == 302);
  CHECK(requests == 1);
}

TEST_CASE("Large bodies go both ways whole") {
  StubServer server([](const StubRequest& request) { return reply(200, request.body); });
  CurlClient client;
  std::string body;
  while (body.size() < 5'000'000)
    body += "line " + std::to_string(body.size()) + "\n";
  CHECK((response_of(exchange(client, post(server.url(), body))).body == body));
  const auto traffic = client.traffic();
  CHECK(traffic.requests == 1);
  CHECK(traffic.bytes_sent > body.size());
  CHECK(traffic.bytes_sent < body.size() + 1'000);
  CHECK(traffic.bytes_received > body.size());
  CHECK(traffic.bytes_received < body.size() + 1'000);
}

TEST_CASE("Small bodies are counted once") {
  StubServer server([](const StubRequest& request) { return reply(200, request.body); });
  CurlClient client;
  const std::string body(10'000, 'x');
  exchange(client, post(server.url(), body));
  CHECK(client.traffic().bytes_sent > body.size());
  CHECK(client.traffic().bytes_sent < body.size() + 500);
}

TEST_CASE("A packed answer comes unpacked") {
  static constexpr char packed[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00"
      "\x3b\x7c\x8a\xdf\x12\x00\x00\x00";
  std::atomic<bool> offered = false;
  StubServer server([&](const StubRequest& request) {
    offered = request.headers.at("accept-encoding") == "gzip";
    return reply(200, std::string(packed, sizeof packed - 1), "Content-Encoding: gzip\r\n");
  });
  CurlClient client;
  CHECK(response_of(exchange(client, get(server.url()))).body == "hello hello hello\n");
  CHECK(offered);
}

TEST_CASE("An answer larger than the request allows is a failure that names the bound") {
  StubServer server([](const StubRequest&) { return reply(200, std::string(1'001, 'x')); });
  CurlClient client;
  auto request = get(server.url());
  request.max_response_bytes = 1'001;
  CHECK(response_of(exchange(client, request)).body.size() == 1'001);
  request.max_response_bytes = 1'000;
  const auto failure = failure_of(exchange(client, request));
  CHECK(failure.kind == Kind::Other);
  CHECK_THAT(failure.message, Contains(host_port(server)) && Contains("1000 bytes"));
}

TEST_CASE("A refused connection is Connect and names host and port") {
  const auto port = closed_port();
  CurlClient client;
  const auto failure = failure_of(exchange(client, get("http://127.0.0.1:" + std::to_string(port) + "/x?secret=1")));
  CHECK(failure.kind == Kind::Connect);
  CHECK_THAT(failure.message,
             Contains("127.0.0.1:" + std::to_string(port)) && Contains("refused") && !Contains("secret"));
}

TEST_CASE("A name that cannot be resolved is Connect and says so") {
  CurlClient client;
  const auto failure = failure_of(exchange(client, get("http://no-such-host.invalid/x")));
  CHECK(failure.kind == Kind::Connect);
  CHECK_THAT(failure.message, Contains("no-such-host.invalid:80") && Contains("resolve"));
}

TEST_CASE("A cut-off, reset, missing or meaningless answer is Broken") {
  struct Case {
    std::string bytes;
    StubReply::Then then;
  };
  const auto broken = GENERATE(
      Case{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", StubReply::Then::Close},
      Case{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", StubReply::Then::Reset},
      Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf", StubReply::Then::Close},
      Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", StubReply::Then::Close},
      Case{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf", StubReply::Then::Keep},
      Case{"", StubReply::Then::Close}, Case{"", StubReply::Then::Reset},
      Case{"SSH-2.0-server\r\n\r\n", StubReply::Then::Close});
  StubServer server([&](const StubRequest&) { return StubReply{broken.bytes, broken.then}; });
  CurlClient client;
  const auto failure = failure_of(exchange(client, post(server.url(), "{}")));
  INFO(broken.bytes << " -> " << failure.message);
  CHECK(failure.kind == Kind::Broken);
  CHECK_THAT(failure.message, Contains(host_port(server)));
}

TEST_CASE("A server that keeps silent, or stops half-way, is Timeout after the request's own time") {
  const std::string bytes = GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  StubServer server([&](const StubRequest&) { return StubReply{bytes, StubReply::Then::Silence}; });
  CurlClient client;
  auto request = get(server.url());
  request.timeout = std::chrono::milliseconds(60);
  const auto failure = failure_of(exchange(client, request));
  CHECK(failure.kind == Kind::Timeout);
  CHECK_THAT(failure.message, Contains(host_port(server)) && Contains("0.06 s"));
  if (!bytes.empty())
    CHECK_THAT(failure.message, Contains("4 bytes"));
}

TEST_CASE("A request that times out leaves those beside it alone") {
  StubServer server([](const StubRequest& request) {
    return request.target == "/silent" ? StubReply{"", StubReply::Then::Silence} : echo(request);
  });
  CurlClient client;
  std::promise<io::HttpResult> silent;
  auto request = get(server.url("/silent"));
  request.timeout = std::chrono::milliseconds(80);
  client.send(request, [&](io::HttpResult result) { silent.set_value(std::move(result)); });
  for (int i = 0; i < 20; ++i)
    CHECK(response_of(exchange(client, get(server.url("/" + std::to_string(i))))).status == 200);
  CHECK(failure_of(silent.get_future().get()).kind == Kind::Timeout);
}

TEST_CASE("A kept connection that dies before an answer is replaced, and the POST goes out once more and is counted") {
  std::atomic<int> requests = 0;
  StubServer server([&](const StubRequest& request) {
    ++requests;
    if (request.connection == 1 && request.target == "/second")
      return StubReply{"", StubReply::Then::Close};
    return echo(request);
  });
  CurlClient client;
  CHECK(response_of(exchange(client, post(server.url("/first"), "1"))).status == 200);
  CHECK(response_of(exchange(client, post(server.url("/second"), "2"))).status == 200);
  CHECK(requests == 3);
  CHECK(server.connections() == 2);
  CHECK(client.traffic().requests == 2);
  CHECK(client.traffic().resent == 1);
}

TEST_CASE("Many requests at once share at most 128 connections to a host, and each gets its own answer") {
  StubServer server([](const StubRequest& request) { return reply(200, request.target); });
  CurlClient client;
  constexpr int count = 2'000;
  std::latch all(count);
  std::atomic<int> right = 0;
  for (int i = 0; i < count; ++i)
    client.send(get(server.url("/" + std::to_string(i))), [&, i](const io::HttpResult& result) {
      const auto* response = std::get_if<io::HttpResponse>(&result);
      right += response && response->body == "/" + std::to_string(i);
      all.count_down();
    });
  all.wait();
  CHECK(right == count);
  CHECK(server.connections() <= 128);
  CHECK(client.traffic().requests == count);
}

TEST_CASE("A callback can send the next request") {
  StubServer server(echo);
  CurlClient client;
  std::promise<int> last;
  std::function<void(int)> next = [&](int left) {
    client.send(get(server.url()), [&, left](const io::HttpResult& result) {
      if (left == 0)
        last.set_value(std::get<io::HttpResponse>(result).status);
      else
        next(left - 1);
    });
  };
  next(50);
  CHECK(last.get_future().get() == 200);
  CHECK(server.connections() == 1);
}

TEST_CASE("The end of the client fails what is under way as Broken, once each") {
  StubServer server([](const StubRequest&) { return StubReply{"", StubReply::Then::Silence}; });
  std::atomic<int> broken = 0;
  {
    CurlClient client;
    for (int i = 0; i < 10; ++i)
      client.send(get(server.url()),
                  [&](const io::HttpResult& result) { broken += std::get<HttpFailure>(result).kind == Kind::Broken; });
  }
  CHECK(broken == 10);
}

TEST_CASE("The last owner may let go of the client in a callback") {
  StubServer server(echo);
  auto client = std::make_shared<CurlClient>();
  std::promise<void> done;
  auto& reference = *client;
  reference.send(get(server.url()), [owner = std::move(client), &done](const io::HttpResult&) mutable {
    owner.reset();
    done.set_value();
  });
  done.get_future().wait();
  SUCCEED("no deadlock and no crash");
}

TEST_CASE("A proxy by option takes the request, except one that is to go directly") {
  StubServer proxy([](const StubRequest& request) { return reply(200, "proxy " + request.target); });
  StubServer server([](const StubRequest& request) { return reply(200, "server " + request.target); });
  io::TlsOptions options;
  options.proxy = proxy.url();
  CurlClient client(options);
  auto request = get(server.url("/x"));
  CHECK(response_of(exchange(client, request)).body == "proxy " + server.url("/x"));
  request.direct = true;
  CHECK(response_of(exchange(client, request)).body == "server /x");
}

TEST_CASE("A proxy of the environment takes the request where none is configured") {
  StubServer proxy([](const StubRequest& request) { return reply(200, "proxy " + request.target); });
  setenv("http_proxy", proxy.url().c_str(), 1);
  std::string body;
  {
    CurlClient client;
    body = response_of(exchange(client, get("http://service.invalid/x"))).body;
  }
  unsetenv("http_proxy");
  CHECK(body == "proxy http://service.invalid/x");
}

TEST_CASE("A secret in the address is not in the failure") {
  CurlClient client;
  const auto url = "http://user:pass-word@127.0.0.1:" + std::to_string(closed_port()) + "/path?token=abc";
  CHECK_THAT(failure_of(exchange(client, get(url))).message,
             !Contains("user") && !Contains("pass-word") && !Contains("token"));
}

TEST_CASE("An HTTP date is read in each of its forms") {
  using std::chrono::system_clock;
  const auto expected = system_clock::from_time_t(784'111'777);
  for (const auto* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    CHECK(io::parse_http_date(text) == expected);
  CHECK_FALSE(io::parse_http_date("soon"));
  CHECK_FALSE(io::parse_http_date(""));
}
