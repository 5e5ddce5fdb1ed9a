// The configuration as plain structs: units in the type, defaults here and nowhere else. Keys and meanings: README.md.
#pragma once

#include "conf/mapping_values.hpp"
#include "conf/timezone.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dicomcast::conf {

using std::chrono::milliseconds;

enum class AuthenticationType { ManagedIdentity, OAuth2ClientCredential, OAuth2UserPasswordCredential, Basic, Bearer };
enum class OnExhausted { Record, Pause };
enum class CommitMode { PerEntry, Grouped };
enum class UpdateMethod { Put, Patch };
enum class Profile { R4, Original, Extended };
enum class PatientPolicy { Update, CreateOnly, LinkOnly };
enum class ApiVersion { V1, V2 };
enum class Lease { Exit, Wait };
enum class LogLevel { Debug, Info, Warn, Error };

/// `DicomWeb:Authentication`, `Fhir:Authentication`. Secrets are read from their files by the loader.
struct Authentication {
  bool enabled = false;
  AuthenticationType type = AuthenticationType::ManagedIdentity;
  std::string token_uri, resource, scope, client_id, client_secret, username, password, token;
};

/// `DicomWeb`, `Fhir`: one service.
struct ServiceConfig {
  std::string endpoint; ///< as configured: where requests go (PrivateEndpoint, if that is set)
  milliseconds timeout{100'000};
  Authentication authentication;
  std::string ca_file, client_certificate_file, client_key_file, proxy;
  bool insecure = false;
};

struct Config {
  ServiceConfig dicom, fhir;
  /// `DicomWeb:Endpoint` normalised as a URI (RFC 3986 section 6.2.2, 6.2.3), with a path of at least `/`.
  std::string dicom_source;
  ApiVersion api_version = ApiVersion::V1;
  std::string partition_name;

  milliseconds poll_interval{60'000}, poll_interval_during_catchup{0};

  bool enforce_validation = false, generate_observations = false, ignore_json_parsing_errors = false;

  milliseconds total_retry_duration{600'000}, first_delay{2'000}, max_delay{60'000};
  OnExhausted on_exhausted = OnExhausted::Record;

  std::string patient_system_id;
  bool is_issuer_id_used = false;
  std::map<std::string, std::string, std::less<>> issuer_systems; ///< by the issuer's text
  PatientPolicy patient_policy = PatientPolicy::Update;

  std::string table_store_connection_string, table_name_prefix, table_store_ca_file, table_store_proxy;
  std::string state_store_path = "dicomcast.db";
  std::optional<Lease> lease; ///< none: Exit
  milliseconds lease_duration{30'000};

  Profile profile = Profile::R4;
  std::optional<Groups> include; ///< none: as the profile says
  References references = References::Logical;
  std::string accession_system_id, encounter_system_id, staff_system_id;
  std::optional<DoseProfile> dose_profile;  ///< none: as the profile says
  bool rewrite_observations = false;        ///< of `backfill --rewrite-observations`; no key
  std::optional<Timezone> default_timezone; ///< none: not set, UTC counts

  std::optional<CommitMode> commit_mode; ///< none: PerEntry in daemon, Grouped in backfill
  UpdateMethod update_method = UpdateMethod::Put;
  milliseconds patient_max_age{10'000};
  int look_ahead = 1000, fetch_concurrency = 32, feed_page_size = 100, group_max_entries = 100;

  LogLevel log_level = LogLevel::Info;

  /// What `include` comes to: all but Animal in profile Extended, nothing else.
  Groups groups() const;
  /// What `dose_profile` comes to: Summary in profile Extended.
  DoseProfile dose() const;
};

} // namespace dicomcast::conf
