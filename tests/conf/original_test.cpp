// The configuration of a user of the original, as it stands: a file and a container's environment.
#include "tests/conf/support.hpp"

using namespace dicomcast::conf;
using namespace dicomcast::conf::test;
using std::chrono::milliseconds;

namespace {

const std::string appsettings = "\xEF\xBB\xBF"
                                R"({
  // hosting
  "Logging": {
    "LogLevel": { "Default": "Information", "System": "Warning" },
    "ApplicationInsights": { "LogLevel": { "Default": "Information" } },
  },
  "AllowedHosts": "*",
  "KeyVault": { "Endpoint": "https://vault.example.org/" },
  "ApplicationInsights": { "InstrumentationKey": "00000000-0000-0000-0000-000000000000" },
  "DicomWeb": {
    "Endpoint": "https://Workspace-Dicom.dicom.example.org",
    "PrivateEndpoint": null,
    "Authentication": {
      "Enabled": true,
      "AuthenticationType": "ManagedIdentity",
      "ManagedIdentityCredential": { "Resource": "https://dicom.example.org" }
    }
  },
  "Fhir": {
    "Endpoint": "https://workspace-fhir.fhir.example.org/",
    "Authentication": {
      "Enabled": true,
      "AuthenticationType": "OAuth2UserPasswordCredential",
      "OAuth2ClientCredential": { "TokenUri": "", "Resource": "", "Scope": "", "ClientId": "", "ClientSecret": "" },
      "OAuth2UserPasswordCredential": {
        "TokenUri": "https://login.example.org/oauth2/token",
        "Resource": "https://fhir.example.org",
        "Scope": "https://fhir.example.org/.default",
        "ClientId": "client",
        "ClientSecret": "secret",
        "Username": "user@example.org",
        "Password": "word"
      }
    }
  },
  "DicomCastWorker": { "PollInterval": "00:00:30", "PollIntervalDuringCatchup": "00:00:00" },
  "DicomCast": {
    "Features": { "EnforceValidationOfTagValues": false, "GenerateObservations": true, "IgnoreJsonParsingErrors": "true" }
  },
  "RetryConfiguration": { "TotalRetryDuration": "00:15:00" },
  "Patient": { "PatientSystemId": "urn:oid:2.16.840.1", "IsIssuerIdUsed": false },
  "TableStore": { "TableNamePrefix": "", "ConnectionString": null }
}
)";

} // namespace

TEST_CASE("the original's settings are taken as they stand") {
  auto loaded = load_text(appsettings);
  REQUIRE(joined(loaded.errors) == "");
  CHECK(loaded.notes.size() == 4);
  const auto& config = loaded.config;
  CHECK(config.dicom_source == "https://workspace-dicom.dicom.example.org/");
  CHECK(config.dicom.authentication.type == AuthenticationType::ManagedIdentity);
  CHECK(config.dicom.authentication.resource == "https://dicom.example.org");
  CHECK(config.fhir.endpoint == "https://workspace-fhir.fhir.example.org/");
  CHECK(config.fhir.authentication.type == AuthenticationType::OAuth2UserPasswordCredential);
  CHECK(config.fhir.authentication.token_uri == "https://login.example.org/oauth2/token");
  CHECK(config.fhir.authentication.username == "user@example.org");
  CHECK(config.fhir.authentication.password == "word");
  CHECK(config.poll_interval == milliseconds(30'000));
  CHECK(config.generate_observations);
  CHECK(config.ignore_json_parsing_errors);
  CHECK(config.total_retry_duration == milliseconds(900'000));
  CHECK(config.patient_system_id == "urn:oid:2.16.840.1");
  CHECK(config.table_store_connection_string == "");
}

TEST_CASE("the original's container is taken over by its environment alone") {
  TemporaryFolder folder;
  auto loaded =
      load({folder.path() + "/none.json",
            true,
            {{"Fhir__Endpoint", "https://fhir.example.org"},
             {"DicomWeb__Endpoint", "https://dicom.example.org/"},
             {"DicomWeb__Authentication__Enabled", "True"},
             {"DicomWeb__Authentication__AuthenticationType", "ManagedIdentity"},
             {"DicomWeb__Authentication__ManagedIdentityCredential__Resource", "https://dicom.example.org"},
             {"KeyVault__Endpoint", "https://vault.example.org/"},
             {"DicomCast__Features__EnforceValidationOfTagValues", "False"},
             {"DicomCast__Features__IgnoreJsonParsingErrors", "True"},
             {"Patient__PatientSystemId", ""},
             {"Patient__IsIssuerIdUsed", "True"},
             {"TableStore__ConnectionString", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGlkZGVu;"},
             {"ApplicationInsights__InstrumentationKey", ""}},
            {}});
  REQUIRE(joined(loaded.errors) == "");
  CHECK(loaded.config.is_issuer_id_used);
  CHECK(loaded.config.ignore_json_parsing_errors);
  CHECK(loaded.config.dicom.authentication.enabled);
  CHECK(loaded.config.table_store_connection_string ==
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGlkZGVu;");
  CHECK_FALSE(contains(render(loaded.settings), "aGlkZGVu"));
}
