// `check`: says in words what is right and what is wrong with the configuration, both services and the state store.
#include "actors/commands/ask.hpp"
#include "actors/commands/commands.hpp"
#include "actors/commands/services.hpp"
#include "actors/mapping_options.hpp"
#include "conf/text.hpp"
#include "io/change_feed.hpp"
#include "io/fhir.hpp"
#include "mapping/identity.hpp"

namespace dicomcast::actors {

namespace {

class Report {
public:
  explicit Report(std::ostream& out) : out_(out) {}
  void say(bool good, const std::string& what) {
    out_ << (good ? "ok     " : "WRONG  ") << text::one_line(what) << "\n";
    good_ &= good;
  }
  void note(const std::string& what) { out_ << "note   " << what << "\n"; }
  bool good() const { return good_; }

private:
  std::ostream& out_;
  bool good_ = true;
};

/// The feed's latest Sequence, where it answers with one.
std::optional<io::change_feed::Latest> check_dicom(io::Service& dicom, const conf::Config& config, Report& report) {
  auto path = io::change_feed::latest_path(config.api_version);
  auto answer = io::change_feed::read_latest(ask(dicom, path), "GET " + path);
  auto service = "DICOM service " + dicom.root() + ": ";
  if (auto* error = std::get_if<io::Error>(&answer)) {
    report.say(false, service + io::to_string(*error));
    return std::nullopt;
  }
  auto latest = std::get<io::change_feed::Latest>(answer);
  report.say(true, service + "the change feed answers, " +
                       (latest ? "its latest sequence is " + std::to_string(*latest) : "it is empty"));
  return latest;
}

void check_fhir(io::Service& fhir, const conf::Config& config, Report& report) {
  auto outcome = io::fhir::read_resource(ask(fhir, "metadata"), "CapabilityStatement", "GET metadata");
  if (auto* error = std::get_if<io::Error>(&outcome))
    return report.say(false, "FHIR service " + fhir.root() + ": " + io::to_string(*error));
  auto& statement = std::get<mapping::Json>(outcome);
  auto wrong = io::fhir::check_capabilities(statement);
  report.say(wrong.empty(),
             "FHIR service " + fhir.root() + ": " +
                 (wrong.empty() ? "FHIR " + std::string(statement.text("fhirVersion")) + " with transactions" : wrong));
  // The metadata is often open to all: a search tells whether we are let in.
  auto search = io::fhir::read_search(ask(fhir, "Endpoint?" + mapping::endpoint_name_query(mapping_options(config))),
                                      "Endpoint", "GET Endpoint?name=...");
  auto* error = std::get_if<io::Error>(&search);
  report.say(!error, "FHIR service " + fhir.root() + ": " + (error ? io::to_string(*error) : "a search is answered"));
}

} // namespace

int run(const conf::Check&, const conf::Config& config, Console console) {
  Report report(console.out);
  report.say(true, "configuration");
  if (!config.default_timezone)
    report.note(
        "Mapping:DefaultTimezone is not set: times of instances without TimezoneOffsetFromUTC are taken as UTC");
  auto services = make_services(config);
  auto latest = check_dicom(*services.dicom, config, report);
  check_fhir(*services.fhir, config, report);
  try {
    auto store = io::open_state_store(config, true);
    store->try_to_write();
    auto checkpoint = store->checkpoint().synced_sequence;
    report.say(true, "state store: the checkpoint is at sequence " + std::to_string(checkpoint));
    if (auto anew = latest ? io::change_feed::begun_anew(*latest, checkpoint) : ""; !anew.empty())
      report.say(false, anew);
  } catch (const io::StateStoreError& error) {
    report.say(false, std::string("state store: ") + error.what());
  }
  console.out << (report.good() ? "all is well\n" : "not all is well: see the lines above that begin with WRONG\n");
  return report.good() ? exit_done : exit_cannot_go_on;
}

} // namespace dicomcast::actors
