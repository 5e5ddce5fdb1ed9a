// dicomcast-sim: the simulated services as a program.
#include "tests/sim/dicom_files.hpp"
#include "tests/sim/program_options.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

using namespace dicomcast::sim;
using dicomcast::mapping::Json;

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  std::string why;
  auto json = Json::parse(text.str(), &why);
  if (!json)
    throw std::runtime_error(path + ": " + why);
  return std::move(*json);
}

void fill(DicomService& service, const ProgramOptions& options) {
  if (!options.entries_file.empty()) {
    auto json = read_json(options.entries_file);
    if (const auto* entries = json.if_array())
      for (const auto& entry : *entries)
        service.append(read_item(entry));
  }
  if (!options.dicom_folder.empty())
    for (auto& item : read_dicom_folder(options.dicom_folder))
      service.append(std::move(item));
}

/// The generated feed entry by entry, so that some of them can be late.
void fill_with_late_entries(DicomService& service, const Generator& generator, const ProgramOptions& options) {
  for (std::int64_t index = 0; index < generator.size(); ++index) {
    auto item = generator.item(index, true);
    if (index % options.late_every == options.late_every - 1)
      item.hidden_requests = options.late_requests;
    service.append(std::move(item));
  }
}

/// Signals to end as a descriptor, blocked for all threads that are started after this.
int end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

void wait_for_end(int signals, bool until_stdin_closes) {
  char buffer[4096];
  for (;;) {
    pollfd watched[2] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (poll(watched, until_stdin_closes ? 2 : 1, -1) < 0 && errno != EINTR)
      return;
    if (watched[0].revents)
      return;
    if (until_stdin_closes && watched[1].revents && read(STDIN_FILENO, buffer, sizeof buffer) <= 0)
      return;
  }
}

void run(ProgramOptions options) {
  auto signals = end_signals();
  std::unique_ptr<DicomService> dicom;
  std::unique_ptr<FhirService> fhir;
  std::unique_ptr<TableService> tables;
  Json ready = Json::object();
  if (options.dicom) {
    auto generated = options.dicom_options.generated;
    if (options.late_every > 0)
      options.dicom_options.generated.reset();
    dicom = std::make_unique<DicomService>(options.dicom_options);
    if (options.late_every > 0 && generated)
      fill_with_late_entries(*dicom, Generator(*generated), options);
    fill(*dicom, options);
    if (!options.dicom_faults.empty())
      dicom->configure_faults(read_json(options.dicom_faults));
    ready.set("dicom", dicom->url());
  }
  if (options.fhir) {
    fhir = std::make_unique<FhirService>(options.fhir_options);
    for (const auto& file : options.resource_files)
      fhir->preload(read_json(file).to_text());
    for (const auto& rule : options.external_writes)
      fhir->add_external_write(read_external_write_rule(Json::parse(rule).value_or(Json())));
    if (!options.fhir_faults.empty())
      fhir->configure_faults(read_json(options.fhir_faults));
    ready.set("fhir", fhir->url());
  }
  if (options.tables) {
    tables = std::make_unique<TableService>(options.table_options);
    ready.set("tables", tables->connection_string());
  }
  ready.set("pid", Json::integer(getpid()));
  std::cout << ready.to_text() << std::endl;
  wait_for_end(signals, options.until_stdin_closes);
}

} // namespace

int main(int argc, char** argv) {
  try {
    run(read_program_options(argc, argv));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "dicomcast-sim: " << e.what() << "\n";
    return 1;
  }
}
