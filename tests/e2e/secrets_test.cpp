// Every secret that a configuration can hold, every command at level debug, and services that echo what they were sent:
// no secret is printed or stored, and yet the operator is told what was refused.
#include "tests/e2e/world.hpp"
#include "tests/sim/table_service.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>

using namespace dicomcast;
using namespace dicomcast::e2e;

namespace {

struct Secret {
  std::string what, text;
};

void none_of(const std::vector<Secret>& secrets, const std::string& text, const std::string& where) {
  for (const auto& [what, secret] : secrets) {
    CAPTURE(what, where, text);
    CHECK(!contains(text, secret));
  }
}

/// Runs each command that speaks with a service or with the store, and looks at all that it prints.
void commands_print_none_of(const std::vector<Secret>& secrets, Program& program) {
  for (const auto& command : std::vector<std::vector<std::string>>{{"check"},
                                                                   {"backfill"},
                                                                   {"backfill", "--json", "--from", "1"},
                                                                   {"status"},
                                                                   {"status", "--json"},
                                                                   {"errors"},
                                                                   {"errors", "--json"},
                                                                   {"errors", "replay"},
                                                                   {"reset", "--to", "0"}}) {
    const auto outcome = program.run(command);
    none_of(secrets, outcome.out + outcome.err, command.front());
  }
  auto daemon = program.start({"daemon"});
  daemon.until([&] { return program.checkpoint() > 0 || contains(daemon.err(), "401"); }, "a commit or a refusal");
  daemon.signal(SIGTERM);
  const auto outcome = daemon.wait();
  none_of(secrets, outcome.out + outcome.err, "daemon");
}

sim::HttpReply json(int status, std::string body) {
  return sim::json_reply(status, std::move(body));
}

} // namespace

TEST_CASE("Basic, Bearer and the table store's key: no command shows them, whatever the services echo") {
  const std::vector<Secret> secrets = {{"password", "sesame-Qx7"},
                                       {"password in Base64", "dXNlcjpzZXNhbWUtUXg3"},
                                       {"bearer token", "bearer-Zw7kq"},
                                       {"account key", "c2ltdWxhdGVk"},
                                       {"signature", "SharedKeyLite"}};
  sim::TableService tables;
  auto feed = plain_feed(70, 4, 3);
  feed.authorizations = {"Bearer bearer-Zw7kq"};
  sim::FhirOptions fhir;
  fhir.authorizations = {"Basic dXNlcjpzZXNhbWUtUXg3"};
  World world(feed, fhir,
              {"Log:Level=Debug", "Fhir:Authentication:Enabled=true", "Fhir:Authentication:AuthenticationType=Basic",
               "Fhir:Authentication:BasicCredential:Username=user",
               "Fhir:Authentication:BasicCredential:Password=sesame-Qx7", "DicomWeb:Authentication:Enabled=true",
               "DicomWeb:Authentication:AuthenticationType=Bearer",
               "DicomWeb:Authentication:BearerCredential:Token=bearer-Zw7kq",
               "TableStore:ConnectionString=" + tables.connection_string()});
  sim::FaultRule echo;
  echo.kind = "transaction";
  echo.every = 2;
  echo.fault.status = 422;
  echo.fault.body = "you sent Authorization: Basic dXNlcjpzZXNhbWUtUXg3 for sesame-Qx7";
  world.fhir.add_fault(echo);
  commands_print_none_of(secrets, world.program);
  CHECK(tables.entities("FhirFailToStoreExceptionTable").size() > 0);
  for (const auto* table : {"FhirFailToStoreExceptionTable", "TransientRetryExceptionTable", "SyncStateTable"})
    for (const auto& row : tables.entities(table))
      none_of(secrets, row.to_text(), table);
}

TEST_CASE("client secret, password, token and identity header: no command shows them") {
  const std::vector<Secret> secrets = {{"client secret", "s3cr3t-client"},
                                       {"client secret, percent-encoded", "s3cr3t-client%2B"},
                                       {"password", "pass-word-9"},
                                       {"token of the FHIR service", "tok-fhir-1"},
                                       {"token of the DICOM service", "tok-dicom-1"},
                                       {"identity header", "identity-header-5"}};
  sim::HttpServer tokens(0);
  std::atomic<bool> refuses = false;
  tokens.start([&](sim::HttpRequest request, const sim::HttpServer::Respond& respond) {
    if (request.method == "GET")
      return respond(request.header("x-identity-header") == "identity-header-5"
                         ? json(200, R"({"access_token":"tok-dicom-1","expires_on":"9999999999"})")
                         : json(400, R"({"error":"invalid_request"})"));
    if (refuses)
      return respond(
          json(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: s3cr3t-client+, pass-word-9"})"));
    respond(json(200, R"({"access_token":"tok-fhir-1","expires_in":3600})"));
  });
  auto feed = plain_feed(71, 4, 3);
  feed.authorizations = {"Bearer tok-dicom-1"};
  sim::FhirOptions fhir;
  fhir.authorizations = {"Bearer tok-fhir-1"};
  TemporaryFolder files;
  const std::string credential = "Fhir:Authentication:OAuth2UserPasswordCredential:";
  World world(feed, fhir,
              {"Log:Level=Debug", "Fhir:Authentication:Enabled=true",
               "Fhir:Authentication:AuthenticationType=OAuth2UserPasswordCredential",
               credential + "TokenUri=" + tokens.url() + "/token", credential + "ClientId=client",
               credential + "ClientSecretFile=" + files.write("secret", "s3cr3t-client+\n"),
               credential + "Username=user", credential + "PasswordFile=" + files.write("password", "pass-word-9"),
               "DicomWeb:Authentication:Enabled=true", "DicomWeb:Authentication:AuthenticationType=ManagedIdentity",
               "DicomWeb:Authentication:ManagedIdentityCredential:Resource=https://dicom.example.org"});
  world.program.environment = {{"IDENTITY_ENDPOINT", tokens.url() + "/identity"},
                               {"IDENTITY_HEADER", "identity-header-5"}};
  commands_print_none_of(secrets, world.program);
  CHECK(world.fhir.count("ImagingStudy") == 4);

  refuses = true;
  const auto refused = world.program.backfill({"--from", "1"});
  CHECK(refused.code == 4);
  none_of(secrets, refused.out + refused.err, "backfill that is refused");
  CHECK(contains(refused.err, "401"));
  CHECK(contains(refused.err, "invalid_client: AADSTS7000215"));
  CHECK(contains(refused.err, tokens.url() + "/token"));
  CHECK(contains(refused.err, "check TokenUri, ClientId, ClientSecret"));
  commands_print_none_of(secrets, world.program);
}

TEST_CASE("A token that is refused in the middle of a run is told with the token service's words") {
  sim::HttpServer tokens(0);
  std::atomic<int> asked = 0;
  tokens.start([&](const sim::HttpRequest&, const sim::HttpServer::Respond& respond) {
    respond(++asked == 1 ? json(200, R"({"access_token":"tok-1-of-2","expires_in":3600})")
                         : json(400, R"({"error":"unauthorized_client","error_description":"secret has expired"})"));
  });
  sim::FhirOptions fhir;
  fhir.authorizations = {"Bearer tok-1-of-2"};
  const std::string credential = "Fhir:Authentication:OAuth2ClientCredential:";
  World world(plain_feed(72, 10, 3), fhir,
              {"Fhir:Authentication:Enabled=true", "Fhir:Authentication:AuthenticationType=OAuth2ClientCredential",
               credential + "TokenUri=" + tokens.url() + "/token", credential + "ClientId=client",
               credential + "ClientSecret=s3cr3t-client"});
  sim::FaultRule revoked;
  revoked.kind = "transaction";
  revoked.skip = 4;
  revoked.fault.status = 401;
  world.fhir.add_fault(revoked);
  const auto outcome = world.program.backfill({"--commit-mode", "per-entry"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 4);
  CHECK(asked == 2);
  CHECK(contains(outcome.err, "does not let us in"));
  CHECK(contains(outcome.err, "unauthorized_client: secret has expired"));
  CHECK(world.program.rows().empty());
  CHECK(world.program.checkpoint() == 4);
}
