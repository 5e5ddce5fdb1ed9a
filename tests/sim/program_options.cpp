// The options of dicomcast-sim.
#include "tests/sim/program_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>

namespace dicomcast::sim {

namespace {

/// `20ms`, `1.5s`, `300us`, or milliseconds as a number alone.
std::chrono::microseconds read_duration(const std::string& text) {
  std::size_t end = 0;
  double number = 0;
  try {
    number = std::stod(text, &end);
  } catch (const std::exception&) {
    throw CLI::ValidationError("'" + text + "' is no duration such as 20ms");
  }
  static const std::map<std::string, double> units{{"", 1e3}, {"us", 1}, {"ms", 1e3}, {"s", 1e6}};
  auto unit = units.find(text.substr(end));
  if (unit == units.end() || number < 0)
    throw CLI::ValidationError("'" + text + "' is no duration such as 20ms");
  return std::chrono::microseconds(static_cast<std::int64_t>(number * unit->second));
}

void add_feed(CLI::App& app, ProgramOptions& options, GeneratorOptions& generated) {
  const auto* group = "Generated feed";
  app.add_option("--studies", generated.studies, "studies to generate")->group(group)->capture_default_str();
  app.add_option("--instances-per-study", generated.instances_per_study)->group(group)->capture_default_str();
  app.add_option("--series-per-study", generated.series_per_study)->group(group)->capture_default_str();
  app.add_option("--studies-per-patient", generated.studies_per_patient)->group(group)->capture_default_str();
  app.add_option("--seed", generated.seed)->group(group)->capture_default_str();
  app.add_option("--interleave", generated.interleave, "studies that arrive at once")
      ->group(group)
      ->capture_default_str();
  app.add_option("--update-rate", generated.update_rate, "updates, as a share of the creates")->group(group);
  app.add_option("--delete-rate", generated.delete_rate, "deletes, as a share of the creates")->group(group);
  app.add_option("--recreate-rate", generated.recreate_rate, "of the deleted, those created again")->group(group);
  app.add_option("--odd-rate", generated.odd_rate, "instances with valid, but unusual values")->group(group);
  app.add_option("--broken-rate", generated.broken_rate, "instances with a broken optional tag")->group(group);
  app.add_option("--broken-required-rate", generated.broken_required_rate, "instances with a broken required tag")
      ->group(group);
  app.add_option("--dose-report-rate", generated.dose_report_rate, "studies with a radiation dose report")
      ->group(group);
  app.add_option("--first-sequence", generated.first_sequence)->group(group)->capture_default_str();
  app.add_option("--gap-every", generated.gap_every, "entries between gaps in the sequences; 0: no gaps")->group(group);
  app.add_option("--gap-length", generated.gap_length, "sequences missing in a gap; each tenth is 20 times as long")
      ->group(group);
  app.add_option("--same-timestamp", generated.same_timestamp, "entries in a row with one timestamp")->group(group);
  app.add_option("--malformed-every", generated.malformed_every, "each so-manyth entry is broken JSON; 0: none")
      ->group(group);
  app.add_option("--partitions", generated.partitions, "data partitions; 0: entries name none")->group(group);
  app.add_flag("--case-twins", generated.case_twins, "patient IDs that differ in case only")->group(group);
  app.add_option("--late-every", options.late_every, "each so-manyth entry appears late (keeps the feed in memory)")
      ->group(group);
  app.add_option("--late-requests", options.late_requests, "after so many requests for pages")
      ->group(group)
      ->capture_default_str();
}

/// Options whose values are words, as they were read.
struct Words {
  std::string keys = "pascal", empty = "no-content", versions = "integer", names = "exact";
};

void add_dicom(CLI::App& app, ProgramOptions& options, std::vector<std::string>& durations, Words& words) {
  const auto* group = "DICOM service";
  auto& dicom = options.dicom_options;
  app.add_option("--entries", options.entries_file, "JSON file of entries, instead of a generated feed")
      ->group(group)
      ->check(CLI::ExistingFile);
  app.add_option("--dicom-folder", options.dicom_folder,
                 "folder of DICOM files (through dcm2json), instead of a generated feed")
      ->group(group)
      ->check(CLI::ExistingDirectory);
  app.add_option("--dicom-port", dicom.port, "0: a free one")->group(group)->capture_default_str();
  app.add_option("--dicom-prefix", dicom.prefix, "path before everything, such as /some/path")->group(group);
  app.add_option("--dicom-latency", durations[0], "of each answer, such as 20ms")->group(group);
  app.add_option("--dicom-authorization", dicom.authorizations, "Authorization header to ask for; repeatable")
      ->group(group);
  app.add_option("--dicom-faults", options.dicom_faults, "JSON file of fault rules")
      ->group(group)
      ->check(CLI::ExistingFile);
  app.add_option("--keys", words.keys, "case of the entries' keys")
      ->group(group)
      ->capture_default_str()
      ->check(CLI::IsMember({"pascal", "camel", "mixed"}));
  app.add_option("--empty", words.empty, "what /latest answers while there is no entry")
      ->group(group)
      ->capture_default_str()
      ->check(CLI::IsMember({"no-content", "body", "null"}));
}

void add_fhir(CLI::App& app, ProgramOptions& options, std::vector<std::string>& durations, Words& words) {
  const auto* group = "FHIR service";
  auto& fhir = options.fhir_options;
  app.add_option("--fhir-port", fhir.port, "0: a free one")->group(group)->capture_default_str();
  app.add_option("--fhir-prefix", fhir.prefix, "path before everything, such as /fhir/r4")->group(group);
  app.add_option("--fhir-latency", durations[1], "of each answer, such as 20ms")->group(group);
  app.add_option("--fhir-search-latency", durations[2], "of searches, instead")->group(group);
  app.add_option("--fhir-transaction-latency", durations[3], "of transactions, instead")->group(group);
  app.add_option("--fhir-authorization", fhir.authorizations, "Authorization header to ask for; repeatable")
      ->group(group);
  app.add_option("--fhir-faults", options.fhir_faults, "JSON file of fault rules")
      ->group(group)
      ->check(CLI::ExistingFile);
  app.add_option("--resources", options.resource_files, "JSON file of resources to begin with; repeatable")
      ->group(group)
      ->check(CLI::ExistingFile);
  app.add_option("--external-write", options.external_writes, "JSON of a rule of another client's writes; repeatable")
      ->group(group);
  app.add_flag_callback(
         "--loose", [&fhir] { fhir.match_loosely(); }, "identifiers match in any case, Endpoint names by substring")
      ->group(group);
  app.add_option("--names", words.names, "how Endpoint names match")
      ->group(group)
      ->capture_default_str()
      ->check(CLI::IsMember({"exact", "prefix", "substring"}));
  app.add_flag("!--no-strict", fhir.strict, "takes what a strict server would refuse")->group(group);
  app.add_flag("!--no-batch", fhir.batch, "takes no batches")->group(group);
  app.add_flag("!--no-transactions", fhir.transactions, "takes no transactions")->group(group);
  app.add_flag("!--no-etags", fhir.etags, "no etag in answers of transactions")->group(group);
  app.add_flag_callback(
         "--no-locations", [&fhir] { fhir.locations = LocationForm::None; }, "no location in answers of transactions")
      ->group(group);
  app.add_flag_callback(
         "--plain-locations", [&fhir] { fhir.locations = LocationForm::WithoutVersion; }, "locations without version")
      ->group(group);
  app.add_flag("--return-resources", fhir.return_resources, "answers of transactions hold the resources")->group(group);
  app.add_flag("--patch", fhir.patch, "takes JSON Patch in transactions")->group(group);
  app.add_option("--versions", words.versions, "form of versions")
      ->group(group)
      ->capture_default_str()
      ->check(CLI::IsMember({"integer", "uuid"}));
  app.add_flag("--uuid-ids", fhir.store.uuid_ids, "ids are UUIDs")->group(group);
  app.add_option("--fhir-version", fhir.fhir_version)->group(group)->capture_default_str();
  app.add_option("--page-size", fhir.page_size, "resources a page of a search")->group(group)->capture_default_str();
  app.add_option("--max-page-size", fhir.max_page_size)->group(group)->capture_default_str();
  app.add_option("--max-entries", fhir.max_entries, "of a Bundle, else 400; 0: any")->group(group);
  app.add_option("--max-conditional-entries", fhir.max_conditional_entries,
                 "of a Bundle with an ifNoneExist, else 400; 0: any")
      ->group(group);
  app.add_option("--max-body", fhir.max_body_bytes, "bytes of a body, else 413; 0: any")->group(group);
  app.add_option("--max-url", fhir.max_target_bytes, "bytes of a URL, else --long-url-status; 0: any")->group(group);
  app.add_option("--long-url-status", fhir.long_target_status)->group(group)->capture_default_str();
  app.add_option("--max-identifiers", fhir.max_identifiers, "of one search, else 400; 0: any")->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--refuse",
         [&fhir](const std::vector<std::string>& patterns) {
           for (const auto& pattern : patterns)
             fhir.refuse.push_back({"", pattern});
         },
         "refuses with 422 a resource in whose JSON this regular expression is found; repeatable")
      ->group(group);
}

void apply_words(const Words& words, ProgramOptions& options) {
  auto& dicom = options.dicom_options;
  auto& store = options.fhir_options.store;
  dicom.keys = words.keys == "pascal" ? Keys::Pascal : (words.keys == "camel" ? Keys::Camel : Keys::Mixed);
  if (words.empty != "no-content")
    dicom.latest_when_empty = words.empty == "null" ? WhenEmpty::Null : WhenEmpty::EmptyBody;
  store.uuid_versions = words.versions == "uuid";
  if (words.names != "exact")
    store.names = words.names == "prefix" ? NameMatch::Prefix : NameMatch::Substring;
}

} // namespace

ProgramOptions read_program_options(int argc, char** argv) {
  ProgramOptions options;
  GeneratorOptions generated;
  std::vector<std::string> durations(5);
  Words words;
  bool dicom_only = false, fhir_only = false, bodies = false;
  CLI::App app(
      "Simulated DICOM, FHIR and table services on loopback. Prints one line of JSON with their URLs once they are "
      "ready; ends on SIGTERM or SIGINT.");
  auto* only = app.add_flag("--dicom-only", dicom_only, "starts no FHIR service");
  app.add_flag("--fhir-only", fhir_only, "starts no DICOM service")->excludes(only);
  app.add_flag("--tables", options.tables, "starts an Azure Table service, too; its connection string is printed");
  app.add_option("--table-latency", durations[4], "of each answer of the Table service, such as 20ms");
  app.add_flag("--until-stdin-closes", options.until_stdin_closes, "ends when standard input closes, too");
  app.add_flag("--journal-bodies", bodies, "keeps bodies in the journal");
  add_feed(app, options, generated);
  add_dicom(app, options, durations, words);
  add_fhir(app, options, durations, words);
  try {
    app.parse(argc, argv);
    options.dicom_options.latency = durations[0].empty() ? std::chrono::microseconds(0) : read_duration(durations[0]);
    options.fhir_options.latency = durations[1].empty() ? std::chrono::microseconds(0) : read_duration(durations[1]);
    options.table_options.latency = durations[4].empty() ? std::chrono::microseconds(0) : read_duration(durations[4]);
    if (!durations[2].empty())
      options.fhir_options.latency_of["search"] = options.fhir_options.latency_of["batch"] =
          read_duration(durations[2]);
    if (!durations[3].empty())
      options.fhir_options.latency_of["transaction"] = read_duration(durations[3]);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) ? 2 : 0);
  }
  options.dicom = !fhir_only;
  options.fhir = !dicom_only;
  options.dicom_options.journal_bodies = options.fhir_options.journal_bodies = bodies;
  apply_words(words, options);
  if (options.entries_file.empty() && options.dicom_folder.empty())
    options.dicom_options.generated = generated;
  return options;
}

} // namespace dicomcast::sim
