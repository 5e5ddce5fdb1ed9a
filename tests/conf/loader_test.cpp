// Keys, sources and their order, errors in words.
#include "tests/conf/support.hpp"

#include "conf/keys.hpp"
#include "conf/text.hpp"

using namespace dicomcast::conf;
using namespace dicomcast::conf::test;
using std::chrono::milliseconds;

TEST_CASE("what is required is enough, and the rest has its defaults") {
  auto loaded = load_text(least);
  REQUIRE(joined(loaded.errors) == "");
  CHECK(joined(loaded.notes) == "");
  const auto& config = loaded.config;
  CHECK(config.dicom_source == "https://dicom/");
  CHECK(config.dicom.endpoint == "https://dicom");
  CHECK(config.fhir.endpoint == "https://fhir/r4");
  CHECK(config.api_version == ApiVersion::V1);
  CHECK(config.dicom.timeout == milliseconds(100'000));
  CHECK(config.fhir.timeout == milliseconds(100'000));
  CHECK(config.poll_interval == milliseconds(60'000));
  CHECK(config.poll_interval_during_catchup == milliseconds(0));
  CHECK(config.total_retry_duration == milliseconds(600'000));
  CHECK(config.first_delay == milliseconds(2'000));
  CHECK(config.max_delay == milliseconds(60'000));
  CHECK(config.on_exhausted == OnExhausted::Record);
  CHECK(config.patient_policy == PatientPolicy::Update);
  CHECK(config.state_store_path == "dicomcast.db");
  CHECK(config.profile == Profile::R4);
  CHECK(config.default_timezone.value_or(Timezone()).text() == "+00:00");
  CHECK_FALSE(config.commit_mode);
  CHECK(config.look_ahead == 1000);
  CHECK(config.fetch_concurrency == 32);
  CHECK(config.feed_page_size == 100);
  CHECK(config.group_max_entries == 100);
  CHECK_FALSE(config.dicom.authentication.enabled);
  CHECK_FALSE(config.enforce_validation);
  CHECK_FALSE(config.generate_observations);
  CHECK_FALSE(config.ignore_json_parsing_errors);
  CHECK_FALSE(config.is_issuer_id_used);
  CHECK(config.log_level == LogLevel::Info);
}

TEST_CASE("each key reaches its member") {
  auto loaded = load_settings({"DicomWeb:PrivateEndpoint=http://10.0.0.1:80/d/",
                               "DicomWeb:ApiVersion=V2",
                               "DicomWeb:PartitionName=site-1",
                               "DicomWeb:Timeout=00:00:05",
                               "Fhir:Timeout=00:00:06.5",
                               "DicomWeb:Proxy=http://proxy:3128",
                               "DicomCastWorker:PollInterval=00:00:07",
                               "DicomCastWorker:PollIntervalDuringCatchup=00:00:08",
                               "DicomCast:Features:EnforceValidationOfTagValues=true",
                               "DicomCast:Features:GenerateObservations=True",
                               "DicomCast:Features:IgnoreJsonParsingErrors=TRUE",
                               "RetryConfiguration:TotalRetryDuration=1.00:00:00",
                               "RetryConfiguration:FirstDelay=00:00:00.25",
                               "RetryConfiguration:MaxDelay=00:00:09",
                               "RetryConfiguration:OnExhausted=pause",
                               "Patient:PatientSystemId=urn:example:mrn",
                               "Patient:IsIssuerIdUsed=true",
                               "Patient:Policy=LinkOnly",
                               "TableStore:ConnectionString=UseDevelopmentStorage=true",
                               "TableStore:TableNamePrefix=Site1",
                               "StateStore:Path=/var/lib/state.db",
                               "Mapping:Profile=original",
                               "Mapping:DefaultTimezone=-03:30",
                               "Engine:CommitMode=grouped",
                               "Engine:UpdateMethod=Patch",
                               "Engine:LookAhead=5000",
                               "Engine:FetchConcurrency=64",
                               "Engine:FeedPageSize=200",
                               "Engine:GroupMaxEntries=500",
                               "Engine:PatientMaxAge=00:00:20",
                               "Log:Level=debug"});
  REQUIRE(joined(loaded.errors) == "");
  const auto& config = loaded.config;
  CHECK(config.dicom.endpoint == "http://10.0.0.1:80/d/");
  CHECK(config.dicom_source == "https://dicom/");
  CHECK(config.api_version == ApiVersion::V2);
  CHECK(config.partition_name == "site-1");
  CHECK(config.dicom.timeout == milliseconds(5'000));
  CHECK(config.fhir.timeout == milliseconds(6'500));
  CHECK(config.dicom.proxy == "http://proxy:3128");
  CHECK(config.poll_interval == milliseconds(7'000));
  CHECK(config.poll_interval_during_catchup == milliseconds(8'000));
  CHECK(config.enforce_validation);
  CHECK(config.generate_observations);
  CHECK(config.ignore_json_parsing_errors);
  CHECK(config.total_retry_duration == milliseconds(86'400'000));
  CHECK(config.first_delay == milliseconds(250));
  CHECK(config.max_delay == milliseconds(9'000));
  CHECK(config.on_exhausted == OnExhausted::Pause);
  CHECK(config.patient_system_id == "urn:example:mrn");
  CHECK(config.is_issuer_id_used);
  CHECK(config.patient_policy == PatientPolicy::LinkOnly);
  CHECK(config.table_store_connection_string == "UseDevelopmentStorage=true");
  CHECK(config.table_name_prefix == "Site1");
  CHECK(config.state_store_path == "/var/lib/state.db");
  CHECK(config.profile == Profile::Original);
  CHECK(config.default_timezone.value_or(Timezone()).text() == "-03:30");
  CHECK(config.commit_mode == CommitMode::Grouped);
  CHECK(config.update_method == UpdateMethod::Patch);
  CHECK(config.look_ahead == 5000);
  CHECK(config.fetch_concurrency == 64);
  CHECK(config.feed_page_size == 200);
  CHECK(config.group_max_entries == 500);
  CHECK(config.patient_max_age == milliseconds(20'000));
  CHECK(config.log_level == LogLevel::Debug);
}

TEST_CASE("the option --set wins over the environment, the environment over the file") {
  std::string file = R"({"DicomWeb": {"Endpoint": "http://dicom"}, "Fhir": {"Endpoint": "http://fhir"},
                         "Engine": {"LookAhead": 1, "FetchConcurrency": 1, "GroupMaxEntries": 1}})";
  auto loaded = load_text(file, {"engine:groupmaxentries=3", "Engine:GroupMaxEntries=4"},
                          {{"Engine__FetchConcurrency", "2"}, {"ENGINE__GROUPMAXENTRIES", "2"}});
  REQUIRE(joined(loaded.errors) == "");
  CHECK(loaded.config.look_ahead == 1);
  CHECK(loaded.config.fetch_concurrency == 2);
  CHECK(loaded.config.group_max_entries == 4);
}

TEST_CASE("only variables of a known section are looked at, in any case") {
  auto loaded = load_text(least, {},
                          {{"PATH", "/bin"},
                           {"LOG", "x"},
                           {"Other__Key", "x"},
                           {"dicomweb__ENDPOINT", "http://other:80/x"},
                           {"LOG__LEVEL", "warn"},
                           {"Fhir__Authentication__Enabled", "true"},
                           {"Fhir__Authentication__AuthenticationType", "Bearer"},
                           {"Fhir__Authentication__BearerCredential__Token", "abc"},
                           {"Patient", "x"},
                           {"PatientX__Y", "x"}});
  REQUIRE(joined(loaded.errors) == "");
  CHECK(loaded.config.dicom_source == "http://other/x");
  CHECK(loaded.config.log_level == LogLevel::Warn);
  CHECK(loaded.config.fhir.authentication.token == "abc");
}

TEST_CASE("keys may be flat, in any case, and their values strings") {
  auto loaded = load_text(
      R"({"dicomweb:ENDPOINT": "http://dicom", "FHIR": {"endpoint": "http://fhir", "authentication:enabled": "False"},
                              "Engine": {"LookAhead": "17"}, "Patient": null})");
  REQUIRE(joined(loaded.errors) == "");
  CHECK(loaded.config.look_ahead == 17);
}

TEST_CASE("an unknown key is told with the nearest known one and where it came from") {
  auto in_file =
      load_text(R"({"DicomWeb": {"Endpont": "x", "Endpoint": "http://d"}, "Fhir": {"Endpoint": "http://f"}})");
  CHECK(contains(the_error(in_file), "DicomWeb:Endpont: no such key; the nearest known one is DicomWeb:Endpoint ("));
  CHECK(contains(the_error(in_file), "appsettings.json"));

  auto in_environment = load_text(least, {}, {{"Engine__LookAhed", "1"}});
  CHECK(contains(the_error(in_environment), "Engine:LookAhed"));
  CHECK(contains(the_error(in_environment), "Engine:LookAhead (environment variable Engine__LookAhed)"));

  auto set = load_settings({"RetryConfiguration:TotalRetryDurations=00:00:01"});
  CHECK(contains(the_error(set), "RetryConfiguration:TotalRetryDurations"));
  CHECK(contains(the_error(set), "RetryConfiguration:TotalRetryDuration (--set)"));

  CHECK(contains(the_error(load_settings({"Enigne:LookAhead=1"})), "nearest known one is Engine:LookAhead "));
  CHECK(contains(the_error(load_settings({"DicomWeb:Endpoint:x=1"})), "nearest known one is DicomWeb:Endpoint "));
}

TEST_CASE("a value of the wrong type or out of range is told with key, value, expectation and source") {
  struct Row {
    const char *setting, *expected;
  };
  auto row = GENERATE(
      Row{"Engine:LookAhead=0", "a whole number from 1 to"}, Row{"Engine:LookAhead=1.5", "a whole number"},
      Row{"Engine:LookAhead=", "a whole number"}, Row{"Engine:FetchConcurrency=1001", "from 1 to 1000"},
      Row{"Engine:FeedPageSize=101", "from 1 to 100 with DicomWeb:ApiVersion v1"},
      Row{"Engine:FeedPageSize=201", "from 1 to 200"}, Row{"Engine:GroupMaxEntries=-1", "from 1"},
      Row{"Engine:CommitMode=Both", "PerEntry or Grouped"}, Row{"Engine:UpdateMethod=Post", "Put or Patch"},
      Row{"DicomWeb:ApiVersion=v3", "v1 or v2"}, Row{"DicomWeb:ApiVersion=1", "v1 or v2"},
      Row{"Patient:Policy=Never", "Update, CreateOnly or LinkOnly"},
      Row{"Mapping:Profile=R5", "R4, Original or Extended"},
      Row{"RetryConfiguration:OnExhausted=Stop", "Record or Pause"},
      Row{"Log:Level=loud", "debug, info, warn or error"}, Row{"Mapping:DefaultTimezone=Z", "+hh:mm"},
      Row{"Mapping:DefaultTimezone=+0100", "+hh:mm"}, Row{"DicomWeb:Timeout=100", "[d.]hh:mm:ss[.fff] above zero"},
      Row{"DicomWeb:Timeout=00:00:00", "above zero"}, Row{"RetryConfiguration:MaxDelay=soon", "[d.]hh:mm:ss[.fff]"},
      Row{"DicomCastWorker:PollInterval=-00:00:01", "[d.]hh:mm:ss[.fff]"},
      Row{"DicomCast:Features:GenerateObservations=yes", "true or false"}, Row{"Fhir:Insecure=1", "true or false"},
      Row{"Fhir:Endpoint=fhir", "an absolute http or https URL"},
      Row{"DicomWeb:Endpoint=ftp://dicom", "neither http nor https"},
      Row{"DicomWeb:PrivateEndpoint=dicom", "an absolute http or https URL"}, Row{"Fhir:Proxy=proxy", "URL"},
      Row{"Fhir:CaFile=/no/such/file", "a file that can be read"},
      Row{"DicomWeb:Authentication:AuthenticationType=Digest", "Basic or Bearer"},
      Row{"TableStore:TableNamePrefix=1a", "a letter first"},
      Row{"TableStore:TableNamePrefix=a-b", "letters and digits"});
  std::string setting = row.setting;
  auto equals = setting.find('=');
  auto error = the_error(load_settings({setting}));
  INFO(error);
  CHECK(error.find(setting.substr(0, equals) + ": found \"" + setting.substr(equals + 1) + "\", expected ") == 0);
  CHECK(contains(error, row.expected));
  CHECK(contains(error, "(--set)"));
}

TEST_CASE("in the file, too, text is text, and a section is a section") {
  auto error_of = [](const std::string& member) {
    return the_error(load_text(R"({"DicomWeb:Endpoint": "http://d", "Fhir:Endpoint": "http://f", )" + member + "}"));
  };
  CHECK(contains(error_of(R"("StateStore": {"Path": 5})"), "StateStore:Path: found 5, expected one line of text"));
  CHECK(contains(error_of(R"("Patient": {"PatientSystemId": true})"), "found true"));
  CHECK(contains(error_of(R"("Patient": {"PatientSystemId": ["a"]})"), "found an array"));
  CHECK(contains(error_of(R"("Patient": {"PatientSystemId": {}})"), "found an object"));
  CHECK(contains(error_of(R"("Patient": {"IsIssuerIdUsed": 1})"),
                 "Patient:IsIssuerIdUsed: found 1, expected true or false"));
  CHECK(contains(error_of(R"("RetryConfiguration": {"MaxDelay": 60})"),
                 "RetryConfiguration:MaxDelay: found 60, expected a duration"));
  CHECK(contains(error_of(R"("Engine": {"LookAhead": 1e3})"), "Engine:LookAhead: found 1e3, expected a whole number"));
  CHECK(contains(error_of(R"("Engine": {"LookAhead": true})"), "found true"));
  CHECK(contains(error_of(R"("Patient": "x")"), "Patient: expected a section"));
  CHECK(contains(error_of(R"("Engine": [1])"), "Engine: expected a section"));
  CHECK(contains(error_of(R"("Engine": {"LookAhead": 1, "lookahead": 2})"), "Engine:LookAhead: given twice"));
  CHECK(contains(error_of(R"("Engine": {"LookAhead": 1, "LookAhead": 1})"), "Engine:LookAhead: given twice"));
}

TEST_CASE("all that is wrong is told together") {
  auto loaded = load_text(R"({"DicomWeb": {"Endpoint": ""}, "Engine": {"LookAhead": 0}, "Oops": 1})", {"x"},
                          {{"Log__Level", "x"}});
  auto all = joined(loaded.errors);
  INFO(all);
  CHECK(loaded.errors.size() == 6);
  CHECK(contains(all, "DicomWeb:Endpoint: required and not given"));
  CHECK(contains(all, "Fhir:Endpoint: required and not given"));
  CHECK(contains(all, "Engine:LookAhead: found 0"));
  CHECK(contains(all, "Oops: no such key"));
  CHECK(contains(all, "--set: expected Key:Sub=value"));
  CHECK(contains(all, "(environment variable Log__Level)"));
}

TEST_CASE("a file that was asked for must be there, and be JSON") {
  TemporaryFolder folder;
  auto errors_of = [](const std::string& path) { return joined(load({path, false, {}, {}}).errors); };
  CHECK(contains(errors_of(folder.path() + "/none.json"), "none.json: the configuration file cannot be read"));
  CHECK(contains(errors_of(folder.path()), ": the configuration file cannot be read"));
  auto broken = folder.write("broken.json", "{\n\"DicomWeb\": }");
  CHECK(contains(errors_of(broken), "broken.json, line 2, column 13: not JSON"));
  CHECK(contains(errors_of(folder.write("empty.json", "")), "not JSON"));
}

TEST_CASE("the default file may be absent where the rest says all") {
  TemporaryFolder folder;
  auto loaded =
      load({folder.path() + "/none.json", true, {{"DicomWeb__Endpoint", "http://d"}}, {"Fhir:Endpoint=http://f"}});
  CHECK(joined(loaded.errors) == "");
  CHECK(contains(joined(loaded.notes), "none.json: not there"));
}

TEST_CASE("what else of the original's authentication has no meaning here is passed over too") {
  auto loaded = load_settings({"Fhir:Authentication:ManagedIdentityCredential:TenantId=t",
                               "DicomWeb:Authentication:OAuth2ClientCertificateCredential:TokenUri="});
  CHECK(joined(loaded.errors) == "");
  CHECK(loaded.notes.size() == 2);
}

TEST_CASE("the sections of the original's hosting are passed over with one note each") {
  auto loaded = load_text(R"({"DicomWeb:Endpoint": "http://d", "Fhir:Endpoint": "http://f", "AllowedHosts": "*",
                              "Logging": {"LogLevel": {"Default": "Information", "Microsoft": [1]}}, "applicationinsights": {"InstrumentationKey": "1"},
                              "KeyVault": {"Endpoint": ""}, "TableStore": {"Enabled": true}})",
                          {}, {{"Logging__LogLevel__Default", "Debug"}});
  CHECK(joined(loaded.errors) == "");
  CHECK(loaded.notes.size() == 6);
  for (auto section : {"AllowedHosts", "Logging", "ApplicationInsights", "KeyVault", "TableStore:Enabled"}) {
    INFO(section);
    CHECK(contains("\n" + joined(loaded.notes), "\n" + std::string(section) + ": passed over"));
  }
}

TEST_CASE("the state needs a place") {
  CHECK(contains(the_error(load_settings({"StateStore:Path="})), "StateStore:Path: required"));
  CHECK(joined(load_settings({"StateStore:Path=", "TableStore:ConnectionString=x"}).errors) == "");
}

TEST_CASE("an endpoint that ends in the version gets a note") {
  CHECK(contains(joined(load_settings({"DicomWeb:Endpoint=http://d/v2/"}).notes), "DicomWeb:Endpoint: ends in /v2"));
}

TEST_CASE("the effective configuration names every source and no secret") {
  auto loaded = load_text(least,
                          {"Fhir:Authentication:Enabled=true", "Fhir:Authentication:AuthenticationType=Basic",
                           "Fhir:Authentication:BasicCredential:Username=me",
                           "Fhir:Authentication:BasicCredential:Password=hidden", "TableStore:ConnectionString=hidden"},
                          {{"Log__Level", "warn"}});
  REQUIRE(joined(loaded.errors) == "");
  auto text = render(loaded.settings);
  INFO(text);
  CHECK_FALSE(contains(text, "hidden"));
  CHECK(contains(text, "BasicCredential:Password  "));
  CHECK(contains(text, "(set)"));
  CHECK(contains(text, "environment variable Log__Level"));
  CHECK(contains(text, "appsettings.json"));
  CHECK(contains(text, "default"));
  CHECK(std::count(text.begin(), text.end(), '\n') == static_cast<long>(loaded.settings.size()));
}

TEST_CASE("every key's nearest key is itself") {
  for (const auto& key : keys()) {
    CHECK(nearest_key(dicomcast::text::lower_case(key.name)).name == key.name);
    CHECK(find_key(dicomcast::text::lower_case(key.name)) == &key);
  }
}
