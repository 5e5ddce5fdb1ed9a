// TLS with an authority of the test's own: what is accepted, and that each reason not to accept is told apart in words.
#include "tests/io/certificates.hpp"
#include "tests/io/exchange.hpp"
#include "tests/io/stub_server.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <curl/curl.h>

#include <filesystem>
#include <fstream>
#include <thread>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::CurlClient;
using Kind = io::HttpFailure::Kind;

namespace {

StubReply fine(const StubRequest&) {
  return reply(200, "fine");
}

io::TlsOptions trusting(const CertificateAuthority& authority) {
  io::TlsOptions options;
  options.ca_file = authority.certificate();
  return options;
}

io::HttpFailure refusal(const StubServer& server, const io::TlsOptions& options) {
  CurlClient client(options);
  auto failure = failure_of(exchange(client, get(server.url("/fhir?secret"))));
  UNSCOPED_INFO(failure.message);
  CHECK(failure.kind == Kind::Certificate);
  CHECK_THAT(failure.message, !Contains("secret"));
  return failure;
}

std::string host_port(const StubServer& server) {
  return "localhost:" + std::to_string(server.port());
}

} // namespace

TEST_CASE("A certificate of an authority in CaFile is accepted") {
  CertificateAuthority authority;
  const auto pair = authority.issue("localhost");
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  CurlClient client(trusting(authority));
  CHECK(response_of(exchange(client, get(server.url()))).body == "fine");
}

// CaFile replaces libcurl's file of authorities, not its folder: that stands on this system, or CaFile would be all.
TEST_CASE("CaFile stands beside the system's authorities, which libcurl takes from a folder") {
  CURL* easy = curl_easy_init();
  char* folder = nullptr;
  REQUIRE(curl_easy_getinfo(easy, CURLINFO_CAPATH, &folder) == CURLE_OK);
  CHECK(std::filesystem::is_directory(folder ? folder : ""));
  curl_easy_cleanup(easy);
}

TEST_CASE("An expired certificate is named as such") {
  CertificateAuthority authority;
  const auto pair = authority.issue("localhost", -3'600);
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  CHECK_THAT(refusal(server, trusting(authority)).message, Contains(host_port(server)) && Contains("has expired"));
}

TEST_CASE("A certificate for another host is named as such") {
  CertificateAuthority authority;
  const auto pair = authority.issue("elsewhere.example");
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  CHECK_THAT(refusal(server, trusting(authority)).message,
             Contains(host_port(server)) && Contains("another host name"));
}

TEST_CASE("A certificate of an unknown authority is named as such, with the key that helps") {
  CertificateAuthority authority, other;
  const auto pair = authority.issue("localhost");
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  for (const auto& options : {io::TlsOptions{}, trusting(other)})
    CHECK_THAT(refusal(server, options).message,
               Contains(host_port(server)) && Contains("authority that is unknown here") && Contains("CaFile"));
}

TEST_CASE("The reasons are told apart also after a connection that went well") {
  CertificateAuthority authority;
  const auto good = authority.issue("localhost"), old = authority.issue("localhost", -60),
             foreign = authority.issue("elsewhere.example");
  StubServer first(fine, StubTls{good.certificate, good.key, {}}), second(fine, StubTls{old.certificate, old.key, {}}),
      third(fine, StubTls{foreign.certificate, foreign.key, {}});
  CurlClient client(trusting(authority));
  for (int round = 0; round < 2; ++round) {
    CHECK(response_of(exchange(client, get(first.url()))).status == 200);
    CHECK_THAT(failure_of(exchange(client, get(second.url()))).message, Contains("has expired"));
    CHECK_THAT(failure_of(exchange(client, get(third.url()))).message, Contains("another host name"));
  }
}

TEST_CASE("A client certificate is shown where the server asks for one") {
  CertificateAuthority authority;
  const auto pair = authority.issue("localhost"), own = authority.issue("client.example");
  StubServer server(fine, StubTls{pair.certificate, pair.key, authority.certificate()});

  SECTION("with the right one the request goes through") {
    auto options = trusting(authority);
    options.client_certificate_file = own.certificate;
    options.client_key_file = own.key;
    CurlClient client(options);
    CHECK(response_of(exchange(client, get(server.url()))).body == "fine");
  }
  SECTION("without one the error says which keys to set") {
    CHECK_THAT(refusal(server, trusting(authority)).message,
               Contains(host_port(server)) && Contains("ClientCertificateFile") && Contains("ClientKeyFile"));
  }
  SECTION("one of another authority is named") {
    CertificateAuthority other;
    const auto stranger = other.issue("client.example");
    auto options = trusting(authority);
    options.client_certificate_file = stranger.certificate;
    options.client_key_file = stranger.key;
    CHECK_THAT(refusal(server, options).message, Contains(host_port(server)) && Contains(stranger.certificate));
  }
  SECTION("one without its key is named") {
    auto options = trusting(authority);
    options.client_certificate_file = own.certificate;
    options.client_key_file = pair.key;
    CHECK_THAT(refusal(server, options).message, Contains(own.certificate) && Contains(pair.key));
  }
}

TEST_CASE("A CaFile that is not there or no certificate is named") {
  CertificateAuthority authority;
  const auto pair = authority.issue("localhost");
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  io::TlsOptions options;
  options.ca_file = (authority.folder() / "other.pem").string();
  CHECK_THAT(refusal(server, options).message, Contains(options.ca_file));
  std::ofstream(options.ca_file) << "no certificate";
  CHECK_THAT(refusal(server, options).message, Contains(options.ca_file));
}

TEST_CASE("A server that does not speak TLS is named as such") {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  std::thread plain([&] {
    auto socket = acceptor.accept();
    std::string greeting(5, '\0');
    asio::read(socket, asio::buffer(greeting));
    asio::write(socket, asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")));
    boost::system::error_code ignored;
    asio::read(socket, asio::dynamic_buffer(greeting), ignored); // until the client has read that and gone
  });
  CurlClient client;
  const auto port = std::to_string(acceptor.local_endpoint().port());
  const auto failure = failure_of(exchange(client, get("https://127.0.0.1:" + port)));
  plain.join();
  CHECK(failure.kind == Kind::Certificate);
  CHECK_THAT(failure.message, Contains("127.0.0.1:" + port) && Contains("does not speak TLS"));
}

TEST_CASE("Insecure accepts what would not be accepted") {
  CertificateAuthority authority;
  const auto pair = authority.issue("elsewhere.example", -60);
  StubServer server(fine, StubTls{pair.certificate, pair.key, {}});
  io::TlsOptions options;
  options.insecure = true;
  CurlClient client(options);
  CHECK(response_of(exchange(client, get(server.url()))).body == "fine");
}
