// The table of all keys: name, meaning, kind, member. What is added here is known to file, environment and --set.
#include "conf/keys.hpp"

#include "conf/key_kinds.hpp"

#include <array>

namespace dicomcast::conf {

namespace {

using namespace kinds;

constexpr std::array api_versions{Name{"v1", ApiVersion::V1}, Name{"v2", ApiVersion::V2}};
constexpr std::array exhaustions{Name{"Record", OnExhausted::Record}, Name{"Pause", OnExhausted::Pause}};
constexpr std::array policies{Name{"Update", PatientPolicy::Update}, Name{"CreateOnly", PatientPolicy::CreateOnly},
                              Name{"LinkOnly", PatientPolicy::LinkOnly}};
constexpr std::array profiles{Name{"R4", Profile::R4}, Name{"Original", Profile::Original},
                              Name{"Extended", Profile::Extended}};
constexpr std::array references{Name{"Logical", References::Logical}, Name{"Display", References::Display},
                                Name{"None", References::None}};
constexpr std::array dose_profiles{Name{"", std::optional<DoseProfile>{}},
                                   Name{"None", std::optional{DoseProfile::None}},
                                   Name{"Summary", std::optional{DoseProfile::Summary}}};
constexpr std::array groups{
    Name{"Orders", Group::Orders}, Name{"Encounter", Group::Encounter}, Name{"Procedure", Group::Procedure},
    Name{"People", Group::People}, Name{"Anatomy", Group::Anatomy},     Name{"Equipment", Group::Equipment},
    Name{"Titles", Group::Titles}, Name{"NameForms", Group::NameForms}, Name{"PatientIds", Group::PatientIds},
    Name{"Animal", Group::Animal},
};
constexpr std::array commit_modes{Name{"", std::optional<CommitMode>{}},
                                  Name{"PerEntry", std::optional{CommitMode::PerEntry}},
                                  Name{"Grouped", std::optional{CommitMode::Grouped}}};
constexpr std::array leases{Name{"", std::optional<Lease>{}}, Name{"Exit", std::optional{Lease::Exit}},
                            Name{"Wait", std::optional{Lease::Wait}}};
constexpr std::array update_methods{Name{"Put", UpdateMethod::Put}, Name{"Patch", UpdateMethod::Patch}};
constexpr std::array log_levels{Name{"debug", LogLevel::Debug}, Name{"info", LogLevel::Info},
                                Name{"warn", LogLevel::Warn}, Name{"error", LogLevel::Error}};
constexpr std::array authentication_types{
    Name{"ManagedIdentity", AuthenticationType::ManagedIdentity},
    Name{"OAuth2ClientCredential", AuthenticationType::OAuth2ClientCredential},
    Name{"OAuth2UserPasswordCredential", AuthenticationType::OAuth2UserPasswordCredential},
    Name{"Basic", AuthenticationType::Basic}, Name{"Bearer", AuthenticationType::Bearer}};

/// Makes a credential's key count only if its type is the one in use.
Key of_type(AuthenticationType type, const Place<Authentication>& place, Key credential) {
  auto in_use = [type, place](const Config& config) {
    const auto& authentication = at(place, config);
    return authentication.enabled && authentication.type == type;
  };
  credential.assign = [in_use, assign = credential.assign](const Value& value, Config& config, std::string& reason) {
    return in_use(config) ? assign(value, config, reason) : read_text(value).has_value();
  };
  credential.show = [in_use, show = credential.show](const Config& config) {
    return in_use(config) ? show(config) : "";
  };
  return credential;
}

void add_authentication(std::vector<Key>& all, const std::string& section, const Place<Authentication>& place) {
  using Type = AuthenticationType;
  auto member = [place](std::string Authentication::*m) -> Place<std::string> {
    return [place, m](Config& config) -> std::string& { return place(config).*m; };
  };
  all.push_back(flag(section + "Enabled", "Whether requests carry credentials.",
                     [place](Config& c) -> bool& { return place(c).enabled; }));
  all.push_back(choice(section + "AuthenticationType", authentication_types,
                       "Which kind of credential; its own section holds it.",
                       Place<Type>([place](Config& c) -> Type& { return place(c).type; })));
  all.back().assign = [assign = all.back().assign](const Value& value, Config& config, std::string& reason) {
    return (value.kind == Value::Kind::Text && value.text.empty()) ||
           assign(value, config, reason); // the original's files leave it empty
  };

  auto add = [&](Type type, Key credential) { all.push_back(of_type(type, place, std::move(credential))); };
  auto add_secret = [&](Type type, const std::string& name, const std::string& what, Place<std::string> where) {
    for (auto& each : secret(name, what, std::move(where)))
      add(type, each);
  };
  auto identity = section + "ManagedIdentityCredential:";
  add(Type::ManagedIdentity,
      text(identity + "Resource", "The resource that a token is asked for.", member(&Authentication::resource)));
  add(Type::ManagedIdentity, text(identity + "ClientId", "Of a user-assigned identity; empty: the system-assigned one.",
                                  member(&Authentication::client_id)));
  for (auto type : {Type::OAuth2ClientCredential, Type::OAuth2UserPasswordCredential}) {
    bool with_user = type == Type::OAuth2UserPasswordCredential;
    auto prefix = section + (with_user ? "OAuth2UserPasswordCredential:" : "OAuth2ClientCredential:");
    add(type, url(prefix + "TokenUri", "Where tokens are asked for.", member(&Authentication::token_uri)));
    add(type, text(prefix + "Resource", "`resource` of the token request; empty: none is sent.",
                   member(&Authentication::resource)));
    add(type,
        text(prefix + "Scope", "`scope` of the token request; empty: none is sent.", member(&Authentication::scope)));
    add(type, text(prefix + "ClientId", "`client_id` of the token request.", member(&Authentication::client_id)));
    add_secret(type, prefix + "ClientSecret", "`client_secret` of the token request",
               member(&Authentication::client_secret));
    if (with_user) {
      add(type, text(prefix + "Username", "`username` of the token request.", member(&Authentication::username)));
      add_secret(type, prefix + "Password", "`password` of the token request", member(&Authentication::password));
    }
  }
  add(Type::Basic,
      text(section + "BasicCredential:Username", "User name, without a colon.", member(&Authentication::username)));
  add_secret(Type::Basic, section + "BasicCredential:Password", "Password", member(&Authentication::password));
  add_secret(Type::Bearer, section + "BearerCredential:Token", "The token that every request carries",
             member(&Authentication::token));
}

/// What both services have below their endpoints.
void add_service(std::vector<Key>& all, const std::string& section, const Place<ServiceConfig>& place) {
  auto member = [place](std::string ServiceConfig::*m) -> Place<std::string> {
    return [place, m](Config& config) -> std::string& { return place(config).*m; };
  };
  all.push_back(duration(section + "Timeout", milliseconds(1),
                         "Of one request, from its start to the last byte of the answer.",
                         [place](Config& c) -> milliseconds& { return place(c).timeout; }));
  all.push_back(readable_file(section + "CaFile", "PEM file of authorities to trust beside the system's.",
                              member(&ServiceConfig::ca_file)));
  all.push_back(readable_file(section + "ClientCertificateFile", "PEM file of the client's certificate.",
                              member(&ServiceConfig::client_certificate_file)));
  all.push_back(readable_file(section + "ClientKeyFile", "PEM file of its key; empty: in `ClientCertificateFile`.",
                              member(&ServiceConfig::client_key_file)));
  all.push_back(url(section + "Proxy", "URL of a proxy; empty: as `https_proxy`, `http_proxy` and `no_proxy` say.",
                    member(&ServiceConfig::proxy)));
  all.push_back(
      flag(section + "Insecure",
           "Goes on without verifying the service's certificate. Anybody can then read and change what is sent.",
           [place](Config& c) -> bool& { return place(c).insecure; }));
  add_authentication(
      all, section + "Authentication:", [place](Config& c) -> Authentication& { return place(c).authentication; });
}

std::vector<Key> make_keys() {
  std::vector<Key> all;
  auto add = [&](Key key) { all.push_back(std::move(key)); };

  add(url(
      "DicomWeb:Endpoint",
      "Root URL of the DICOM service, without the version; a path in it is kept. Normalised, it is "
      "ImagingStudy.meta.source.",
      [](Config & c) -> auto& { return c.dicom_source; }));
  all.back().required = true;
  add(url(
      "DicomWeb:PrivateEndpoint", "Where to send requests instead; empty: to `Endpoint`.",
      [](Config & c) -> auto& { return c.dicom.endpoint; }));
  add(choice("DicomWeb:ApiVersion", api_versions, "Version of the change feed's interface.",
             Place<ApiVersion>([](Config & c) -> auto& { return c.api_version; })));
  add(text(
      "DicomWeb:PartitionName", "If set: only entries of this data partition are processed, the others skipped.",
      [](Config & c) -> auto& { return c.partition_name; }));
  add_service(
      all, "DicomWeb:", [](Config & c) -> auto& { return c.dicom; });

  add(url(
      "Fhir:Endpoint", "Base URL of the FHIR R4 service.", [](Config & c) -> auto& { return c.fhir.endpoint; }));
  all.back().required = true;
  add_service(
      all, "Fhir:", [](Config & c) -> auto& { return c.fhir; });

  add(duration(
      "DicomCastWorker:PollInterval", milliseconds(0), "Wait after a poll that found nothing new.",
      [](Config & c) -> auto& { return c.poll_interval; }));
  add(duration(
      "DicomCastWorker:PollIntervalDuringCatchup", milliseconds(0), "Wait between pages while behind.",
      [](Config & c) -> auto& { return c.poll_interval_during_catchup; }));

  add(flag(
      "DicomCast:Features:EnforceValidationOfTagValues",
      "An invalid optional tag makes the whole entry fail, instead of being left out.",
      [](Config & c) -> auto& { return c.enforce_validation; }));
  add(flag(
      "DicomCast:Features:GenerateObservations", "Maps radiation dose reports to Observations.",
      [](Config & c) -> auto& { return c.generate_observations; }));
  add(flag(
      "DicomCast:Features:IgnoreJsonParsingErrors", "Skips entries that are not JSON, instead of stopping.",
      [](Config & c) -> auto& { return c.ignore_json_parsing_errors; }));

  add(duration(
      "RetryConfiguration:TotalRetryDuration", milliseconds(0), "Time spent on one entry over all its retries.",
      [](Config & c) -> auto& { return c.total_retry_duration; }));
  add(duration(
      "RetryConfiguration:FirstDelay", milliseconds(0),
      "Wait before the first retry; doubles at each retry up to `MaxDelay`.",
      [](Config & c) -> auto& { return c.first_delay; }));
  add(duration(
      "RetryConfiguration:MaxDelay", milliseconds(0), "The longest wait between retries.",
      [](Config & c) -> auto& { return c.max_delay; }));
  add(choice("RetryConfiguration:OnExhausted", exhaustions,
             "An entry past `TotalRetryDuration`: `Record` it as failed and go on, or `Pause` and keep trying it every "
             "`MaxDelay`.",
             Place<OnExhausted>([](Config & c) -> auto& { return c.on_exhausted; })));

  add(text(
      "Patient:PatientSystemId", "System of Patient.identifier; empty: none.",
      [](Config & c) -> auto& { return c.patient_system_id; }));
  add(flag(
      "Patient:IsIssuerIdUsed", "Takes IssuerOfPatientID (0010,0021) as the system instead.",
      [](Config & c) -> auto& { return c.is_issuer_id_used; }));
  add(systems(
      "Patient:IssuerSystems", "The URI that is the system of an issuer's identifiers, by the issuer's text.",
      [](Config & c) -> auto& { return c.issuer_systems; }));
  add(choice("Patient:Policy", policies,
             "`Update`; `CreateOnly`: a Patient that is there is never changed; `LinkOnly`: nor is one created.",
             Place<PatientPolicy>([](Config & c) -> auto& { return c.patient_policy; })));

  for (auto& each : secret(
           "TableStore:ConnectionString", "Keeps state and errors in this Azure Table Storage",
           [](Config & c) -> auto& { return c.table_store_connection_string; }))
    add(std::move(each));
  // Table names have 63 characters at most, and the longest of ours has 30.
  add(alphanumeric(
      "TableStore:TableNamePrefix", 33, "Put before each table's name.",
      [](Config & c) -> auto& { return c.table_name_prefix; }));
  add(readable_file(
      "TableStore:CaFile", "PEM file of authorities to trust beside the system's.",
      [](Config & c) -> auto& { return c.table_store_ca_file; }));
  add(url(
      "TableStore:Proxy", "URL of a proxy; empty: as `https_proxy`, `http_proxy` and `no_proxy` say.",
      [](Config & c) -> auto& { return c.table_store_proxy; }));
  add(text(
      "StateStore:Path", "The SQLite file with state and errors, where no `TableStore` is given.",
      [](Config & c) -> auto& { return c.state_store_path; }));
  add(choice(
      "StateStore:Lease", leases,
      "What a daemon does where another dicomcast has the state store: `Exit`, or `Wait` until it lets go; empty: "
      "`Exit`.",
      Place<std::optional<Lease>>([](Config & c) -> auto& { return c.lease; })));
  add(duration(
      "StateStore:LeaseDuration", milliseconds(1'000),
      "For how long the state store in Azure tables is ours without being renewed, which is done each third.",
      [](Config & c) -> auto& { return c.lease_duration; }));

  add(choice("Mapping:Profile", profiles,
             "`R4`; `Original`: written as the original DICOMcast does; `Extended`: `R4` and what `Include` names.",
             Place<Profile>([](Config & c) -> auto& { return c.profile; })));
  add(several("Mapping:Include", groups,
              "What is mapped beyond `R4`, by group; empty: all but `Animal` in `Extended`, else nothing.",
              Place<std::optional<Groups>>([](Config & c) -> auto& { return c.include; })));
  add(choice("Mapping:References", references,
             "What stands for a resource that dicomcast does not own: a `Logical` reference, its `Display` alone, or "
             "`None`.",
             Place<References>([](Config & c) -> auto& { return c.references; })));
  add(text(
      "Mapping:AccessionSystemId", "System of accession numbers whose issuer the data do not name.",
      [](Config & c) -> auto& { return c.accession_system_id; }));
  add(text(
      "Mapping:EncounterSystemId", "System of admission IDs whose issuer the data do not name.",
      [](Config & c) -> auto& { return c.encounter_system_id; }));
  add(text(
      "Mapping:StaffSystemId", "System of IDs of people whose issuer the data do not name.",
      [](Config & c) -> auto& { return c.staff_system_id; }));
  add(choice(
      "Mapping:DoseProfile", dose_profiles,
      "`Summary`: dose reports as HL7's Radiation Dose Summary asks; empty: `Summary` in `Extended`, else `None`.",
      Place<std::optional<DoseProfile>>([](Config & c) -> auto& { return c.dose_profile; })));
  add(key<std::optional<Timezone>>(
      "Mapping:DefaultTimezone",
      "a zone +hh:mm or -hh:mm, from -12:00 to +14:00, or an IANA name such as Europe/Berlin",
      "Zone of a time whose instance has no TimezoneOffsetFromUTC.",
      [](Config & c) -> auto& { return c.default_timezone; },
      [](const Value& value) -> std::optional<std::optional<Timezone>> {
        auto zone = read_text(value);
        auto read = zone ? Timezone::read(*zone) : std::nullopt;
        return read ? std::make_optional(read) : std::optional<std::optional<Timezone>>();
      },
      [](const std::optional<Timezone>& zone) { return zone.value_or(Timezone()).text(); }));

  add(choice(
      "Engine:CommitMode", commit_modes,
      "One transaction for each entry, or for a run of entries; empty: `PerEntry` in daemon, `Grouped` in backfill.",
      Place<std::optional<CommitMode>>([](Config & c) -> auto& { return c.commit_mode; })));
  add(choice("Engine:UpdateMethod", update_methods,
             "How a large ImagingStudy is changed: whole, or by JSON Patch where the service offers it.",
             Place<UpdateMethod>([](Config & c) -> auto& { return c.update_method; })));
  add(whole(
      "Engine:LookAhead", 1'000'000, "Entries in flight between poller and committer.",
      [](Config & c) -> auto& { return c.look_ahead; }));
  add(whole(
      "Engine:FetchConcurrency", 1'000, "FHIR searches under way at once.",
      [](Config & c) -> auto& { return c.fetch_concurrency; }));
  add(whole(
      "Engine:FeedPageSize", 200, "Entries a page of the feed; at most 100 in `v1`, 200 in `v2`.",
      [](Config & c) -> auto& { return c.feed_page_size; }));
  add(whole(
      "Engine:GroupMaxEntries", 100'000, "Entries folded into one transaction at most.",
      [](Config & c) -> auto& { return c.group_max_entries; }));
  add(duration(
      "Engine:PatientMaxAge", milliseconds(0),
      "A Patient or an Endpoint that was found longer ago is found anew before a transaction refers to it.",
      [](Config & c) -> auto& { return c.patient_max_age; }));

  add(choice("Log:Level", log_levels, "The least level that is logged.",
             Place<LogLevel>([](Config & c) -> auto& { return c.log_level; })));
  return all;
}

} // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> all = make_keys();
  return all;
}

std::vector<std::string> required_credentials(AuthenticationType type) {
  switch (type) {
  case AuthenticationType::ManagedIdentity:
    return {"ManagedIdentityCredential:Resource"};
  case AuthenticationType::OAuth2ClientCredential:
    return {"OAuth2ClientCredential:TokenUri", "OAuth2ClientCredential:ClientId",
            "OAuth2ClientCredential:ClientSecret"};
  case AuthenticationType::OAuth2UserPasswordCredential:
    return {"OAuth2UserPasswordCredential:TokenUri", "OAuth2UserPasswordCredential:ClientId",
            "OAuth2UserPasswordCredential:Username", "OAuth2UserPasswordCredential:Password"};
  case AuthenticationType::Basic:
    return {"BasicCredential:Username", "BasicCredential:Password"};
  case AuthenticationType::Bearer:
    return {"BearerCredential:Token"};
  }
  return {};
}

} // namespace dicomcast::conf
