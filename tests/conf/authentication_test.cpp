// The Authentication sections, and secrets from files.
#include "tests/conf/support.hpp"

using namespace dicomcast::conf;
using namespace dicomcast::conf::test;

namespace {

/// Loads `least` with authentication of this type to the FHIR service.
Loaded with(const std::string& type, std::vector<std::string> credentials) {
  for (auto& each : credentials)
    each = "Fhir:Authentication:" + each;
  credentials.push_back("Fhir:Authentication:Enabled=true");
  credentials.push_back("Fhir:Authentication:AuthenticationType=" + type);
  return load_settings(credentials);
}

} // namespace

TEST_CASE("each type of authentication takes what its own section holds") {
  auto identity =
      with("ManagedIdentity", {"ManagedIdentityCredential:Resource=r", "ManagedIdentityCredential:ClientId=c"});
  REQUIRE(joined(identity.errors) == "");
  CHECK(identity.config.fhir.authentication.resource == "r");
  CHECK(identity.config.fhir.authentication.client_id == "c");

  auto client =
      with("OAuth2ClientCredential", {"OAuth2ClientCredential:TokenUri=https://t/token?v=2",
                                      "OAuth2ClientCredential:Resource=r", "OAuth2ClientCredential:Scope=s",
                                      "OAuth2ClientCredential:ClientId=c", "OAuth2ClientCredential:ClientSecret=x"});
  CHECK(contains(the_error(client), "TokenUri"));

  client =
      with("oauth2clientcredential", {"OAuth2ClientCredential:TokenUri=https://t/token",
                                      "OAuth2ClientCredential:Resource=r", "OAuth2ClientCredential:Scope=s",
                                      "OAuth2ClientCredential:ClientId=c", "OAuth2ClientCredential:ClientSecret=x"});
  REQUIRE(joined(client.errors) == "");
  const auto& of_client = client.config.fhir.authentication;
  CHECK(of_client.enabled);
  CHECK(of_client.type == AuthenticationType::OAuth2ClientCredential);
  CHECK(of_client.token_uri == "https://t/token");
  CHECK(of_client.resource == "r");
  CHECK(of_client.scope == "s");
  CHECK(of_client.client_id == "c");
  CHECK(of_client.client_secret == "x");
  CHECK_FALSE(client.config.dicom.authentication.enabled);

  auto user = with("OAuth2UserPasswordCredential",
                   {"OAuth2UserPasswordCredential:TokenUri=https://t/token", "OAuth2UserPasswordCredential:ClientId=c",
                    "OAuth2UserPasswordCredential:Username=u", "OAuth2UserPasswordCredential:Password=p"});
  REQUIRE(joined(user.errors) == "");
  CHECK(user.config.fhir.authentication.username == "u");
  CHECK(user.config.fhir.authentication.password == "p");

  auto basic = with("Basic", {"BasicCredential:Username=u", "BasicCredential:Password=p", "BearerCredential:Token=t",
                              "OAuth2ClientCredential:TokenUri=not used"});
  REQUIRE(joined(basic.errors) == "");
  CHECK(basic.config.fhir.authentication.username == "u");
  CHECK(basic.config.fhir.authentication.token == "");
  CHECK(basic.config.fhir.authentication.token_uri == "");

  auto bearer = with("Bearer", {"BearerCredential:Token=t"});
  REQUIRE(joined(bearer.errors) == "");
  CHECK(bearer.config.fhir.authentication.token == "t");
}

TEST_CASE("what a type cannot do without is told, each by its key") {
  struct Row {
    const char* type;
    std::vector<std::string> keys;
  };
  for (const auto& row : {Row{"ManagedIdentity", {"ManagedIdentityCredential:Resource"}},
                          Row{"OAuth2ClientCredential",
                              {"OAuth2ClientCredential:TokenUri", "OAuth2ClientCredential:ClientId",
                               "OAuth2ClientCredential:ClientSecret"}},
                          Row{"OAuth2UserPasswordCredential",
                              {"OAuth2UserPasswordCredential:TokenUri", "OAuth2UserPasswordCredential:ClientId",
                               "OAuth2UserPasswordCredential:Username", "OAuth2UserPasswordCredential:Password"}},
                          Row{"Basic", {"BasicCredential:Username", "BasicCredential:Password"}},
                          Row{"Bearer", {"BearerCredential:Token"}}}) {
    auto loaded = with(row.type, {});
    INFO(joined(loaded.errors));
    CHECK(loaded.errors.size() == row.keys.size());
    for (const auto& key : row.keys) {
      CHECK(contains(joined(loaded.errors),
                     "Fhir:Authentication:" + key + ": required by AuthenticationType " + row.type));
    }
  }
}

TEST_CASE("credentials of a service without authentication do not count") {
  auto loaded =
      load_settings({"Fhir:Authentication:AuthenticationType=", "Fhir:Authentication:BearerCredential:Token=t",
                     "Fhir:Authentication:OAuth2ClientCredential:ClientSecretFile=/no/such/file"});
  CHECK(joined(loaded.errors) == "");
  CHECK(loaded.config.fhir.authentication.token == "");
}

TEST_CASE("a secret can stand in a file, without its last line break") {
  TemporaryFolder folder;
  auto bearer_of = [&](const std::string& content) {
    return with("Bearer", {"BearerCredential:TokenFile=" + folder.write("token", content)});
  };
  for (std::string content : {"secret word", "secret word\n", "secret word\r\n"}) {
    auto loaded = bearer_of(content);
    CHECK(joined(loaded.errors) == "");
    CHECK(loaded.config.fhir.authentication.token == "secret word");
    CHECK_FALSE(contains(render(loaded.settings), "secret word"));
    CHECK(contains(render(loaded.settings), folder.path() + "/token"));
  }
  CHECK(contains(joined(bearer_of("\n").errors), "BearerCredential:TokenFile: found "));
  CHECK(contains(joined(bearer_of("\n").errors), "it is empty"));
  CHECK(contains(joined(bearer_of("two\nlines").errors), "it holds control characters"));
  CHECK_FALSE(contains(joined(bearer_of("two\nlines").errors), "lines"));
  CHECK(contains(joined(with("Bearer", {"BearerCredential:TokenFile=/no/such/file"}).errors),
                 "\"/no/such/file\", expected the path of a file"));
  CHECK(contains(joined(with("Bearer", {"BearerCredential:TokenFile=" + folder.path()}).errors),
                 "expected the path of a file"));

  auto store =
      load_settings({"TableStore:ConnectionStringFile=" + folder.write("store", "UseDevelopmentStorage=true\n")});
  CHECK(joined(store.errors) == "");
  CHECK(store.config.table_store_connection_string == "UseDevelopmentStorage=true");
}

TEST_CASE("a secret and its file exclude each other") {
  TemporaryFolder folder;
  auto file = folder.write("token", "a");
  auto loaded = with("Bearer", {"BearerCredential:Token=hidden", "BearerCredential:TokenFile=" + file});
  CHECK(contains(the_error(loaded), "Fhir:Authentication:BearerCredential:Token: given twice"));
  CHECK_FALSE(contains(joined(loaded.errors), "hidden"));
  CHECK(joined(with("Bearer", {"BearerCredential:Token=", "BearerCredential:TokenFile=" + file}).errors) == "");
}

TEST_CASE("no message shows a secret") {
  for (const auto& loaded : {load_text(R"({"Fhir": {"Authentication": {"BasicCredential": {"Password": 48151623}}}})"),
                             with("Bearer", {"BearerCredential:Token=48151623\n"}),
                             load_settings({"Fhir:Endpoint=https://u:48151623@fhir/"}),
                             load_settings({"Fhir:Endpoint=https://fhir/?sig=48151623"}),
                             load_settings({"Fhir:Proxy=http://u:48151623@proxy"}),
                             load_settings({"Fhir:Pasword=48151623"}), load_settings({"48151623"}),
                             load_text(least, {}, {{"Fhir__Authentication__BasicCredential__Pasword", "48151623"}})}) {
    INFO(joined(loaded.errors));
    CHECK_FALSE(loaded.errors.empty());
    CHECK_FALSE(contains(joined(loaded.errors) + joined(loaded.notes) + render(loaded.settings), "48151623"));
  }
}

TEST_CASE("a user name of Basic authentication holds no colon") {
  CHECK(contains(the_error(with("Basic", {"BasicCredential:Username=a:b", "BasicCredential:Password=p"})),
                 "holds a colon"));
}

TEST_CASE("files of TLS must be readable, and a key needs its certificate") {
  TemporaryFolder folder;
  auto pem = folder.write("a.pem", "x");
  auto loaded = load_settings({"Fhir:CaFile=" + pem, "Fhir:ClientCertificateFile=" + pem, "Fhir:ClientKeyFile=" + pem});
  CHECK(joined(loaded.errors) == "");
  CHECK(loaded.config.fhir.ca_file == pem);
  CHECK(loaded.config.fhir.client_certificate_file == pem);
  CHECK(loaded.config.fhir.client_key_file == pem);
  CHECK(contains(the_error(load_settings({"Fhir:ClientKeyFile=" + pem})), "Fhir:ClientCertificateFile is missing"));
}

TEST_CASE("Insecure is said loudly") {
  auto loaded = load_settings({"Fhir:Insecure=true"});
  CHECK(loaded.config.fhir.insecure);
  CHECK_FALSE(loaded.config.dicom.insecure);
  REQUIRE(loaded.notes.size() == 1);
  CHECK(loaded.notes[0].level == LogLevel::Warn);
  CHECK(contains(loaded.notes[0].text, "Fhir:Insecure is on"));
}
