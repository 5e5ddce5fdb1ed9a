// `check`: says in words what is right and what is wrong with the configuration, both services and the state store.
#include "actors/commands/ask.hpp"
#include "actors/commands/commands.hpp"
#include "actors/commands/services.hpp"
#include "actors/mapping_options.hpp"
#include "conf/text.hpp"
#include "io/fhir.hpp"
#include "mapping/feed/entry.hpp"
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
  bool good() const { return good_; }

private:
  std::ostream& out_;
  bool good_ = true;
};

void check_dicom(io::Service& dicom, const conf::Config& config, Report& report) {
  std::string path = std::string(config.api_version == conf::ApiVersion::V1 ? "v1" : "v2") +
                     "/changefeed/latest?includeMetadata=false";
  auto result = ask(dicom, path);
  auto* response = std::get_if<io::HttpResponse>(&result);
  if (!response)
    return report.say(false, "DICOM service " + dicom.root() + ": " + io::to_string(std::get<io::Error>(result)));
  if (response->status != 200 && response->status != 204)
    return report.say(false,
                      "DICOM service " + dicom.root() + ": " + io::to_string(io::error_of(*response, "GET " + path)));
  std::string wrong;
  auto page = mapping::read_feed_page(response->body, mapping_options(config), &wrong);
  if (!page)
    return report.say(false,
                      "DICOM service " + dicom.root() + ": its change feed does not answer with an entry: " + wrong);
  report.say(true,
             "DICOM service " + dicom.root() + ": the change feed answers, " +
                 (page->empty() ? "it is empty" : "its latest sequence is " + std::to_string(page->back().sequence)));
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
  auto services = make_services(config);
  check_dicom(*services.dicom, config, report);
  check_fhir(*services.fhir, config, report);
  try {
    auto store = io::open_state_store(config, true);
    store->try_to_write();
    report.say(true,
               "state store: the checkpoint is at sequence " + std::to_string(store->checkpoint().synced_sequence));
  } catch (const io::StateStoreError& error) {
    report.say(false, std::string("state store: ") + error.what());
  }
  console.out << (report.good() ? "all is well\n" : "not all is well: see the lines above that begin with WRONG\n");
  return report.good() ? exit_done : exit_cannot_go_on;
}

} // namespace dicomcast::actors
