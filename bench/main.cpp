// dicomcast-bench: measures the real engine against the simulated services, and checks its answer.
#include "bench/own_services.hpp"
#include "bench/report.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv) {
  using namespace dicomcast::bench;
  CLI::App app(
      "Measures dicomcast against simulated services on loopback, or with --dicom and --fhir against one's own.");
  auto here = std::filesystem::canonical("/proc/self/exe").parent_path();
  Programs programs{(here / "dicomcast").string(), (here / "dicomcast-sim").string()};
  std::string results_folder = DICOMCAST_BENCH_FOLDER "/results";
  bool quick = false, full = false, stores = false;
  OwnServices own;
  auto* is_quick = app.add_flag("--quick", quick, "a minute: the main figures, over fewer entries");
  app.add_flag("--full", full, "the whole matrix: 128 runs")->excludes(is_quick);
  app.add_flag("--stores", stores, "what state in Azure tables costs, and nothing else")->excludes(is_quick);
  app.add_option("--results", results_folder, "folder for latest.json and the plots")->capture_default_str();
  app.add_option("--dicomcast", programs.dicomcast, "the program that is measured")->check(CLI::ExistingFile);
  app.add_option("--sim", programs.sim, "the simulated services")->check(CLI::ExistingFile);
  auto* dicom = app.add_option("--dicom", own.dicom, "URL of a DICOM service of one's own, which is read");
  auto* fhir = app.add_option("--fhir", own.fhir, "URL of a FHIR service of one's own, which is WRITTEN to");
  dicom->needs(fhir);
  fhir->needs(dicom);
  app.add_option("--config", own.config, "configuration of dicomcast for one's own services")->check(CLI::ExistingFile);
  app.add_option("--from", own.from, "first sequence, with one's own services")->capture_default_str();
  app.add_option("--to", own.to, "last sequence, with one's own services")->capture_default_str();
  app.add_option("--mode", own.mode, "with one's own services: per-entry or grouped")
      ->capture_default_str()
      ->check(CLI::IsMember({"per-entry", "grouped"}));
  app.add_flag("--yes", own.yes, "writes to one's own services without asking");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!own.fhir.empty())
      return run_own_services(programs, own);
    auto extent = quick ? Extent::Quick : full ? Extent::Full : stores ? Extent::Stores : Extent::Usual;
    auto results = run_suite(programs, extent);
    std::cout << table_of(results);
    write_results(results, extent, results_folder, DICOMCAST_BENCH_FOLDER "/plots.gp");
    std::cout << "\nwritten: " << results_folder << "\n";
    return results.is_right() ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "dicomcast-bench: " << e.what() << "\n";
    return 1;
  }
}
