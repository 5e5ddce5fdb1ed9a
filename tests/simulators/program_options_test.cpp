// The options of dicomcast-sim.
#include "tests/sim/program_options.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::sim;
using namespace std::chrono_literals;

namespace {

ProgramOptions read(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "dicomcast-sim");
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  return read_program_options(static_cast<int>(argv.size()), argv.data());
}

} // namespace

TEST_CASE("without arguments the program serves a small generated feed and a strict FHIR service") {
  auto options = read({});
  CHECK(options.dicom);
  CHECK(options.fhir);
  REQUIRE(options.dicom_options.generated);
  CHECK(options.dicom_options.generated->studies == 10);
  CHECK(options.fhir_options.strict);
  CHECK(options.fhir_options.batch);
  CHECK(options.fhir_options.latency == 0us);
}

TEST_CASE("the program's arguments become the services' options") {
  auto options = read({"--studies",
                       "7",
                       "--instances-per-study",
                       "3",
                       "--keys",
                       "camel",
                       "--empty",
                       "null",
                       "--fhir-latency",
                       "20ms",
                       "--fhir-transaction-latency",
                       "1.5s",
                       "--dicom-latency",
                       "300us",
                       "--loose",
                       "--versions",
                       "uuid",
                       "--no-batch",
                       "--no-strict",
                       "--refuse",
                       "bad",
                       "--fhir-authorization",
                       "Bearer a",
                       "--until-stdin-closes",
                       "--dicom-prefix",
                       "/x"});
  CHECK(options.dicom_options.generated->studies == 7);
  CHECK(options.dicom_options.generated->instances_per_study == 3);
  CHECK(options.dicom_options.keys == Keys::Camel);
  CHECK(options.dicom_options.latest_when_empty == WhenEmpty::Null);
  CHECK(options.dicom_options.latency == 300us);
  CHECK(options.dicom_options.prefix == "/x");
  const auto& fhir = options.fhir_options;
  CHECK(fhir.latency == 20ms);
  CHECK(fhir.latency_of.at("transaction") == 1500ms);
  CHECK(fhir.store.loose_identifiers);
  CHECK(fhir.store.names == NameMatch::Substring);
  CHECK(fhir.store.uuid_versions);
  CHECK_FALSE(fhir.batch);
  CHECK_FALSE(fhir.strict);
  REQUIRE(fhir.refuse.size() == 1);
  CHECK(fhir.refuse[0].pattern == "bad");
  CHECK(fhir.authorizations == std::vector<std::string>{"Bearer a"});
  CHECK(options.until_stdin_closes);
  CHECK_FALSE(read({"--dicom-only"}).fhir);
  CHECK_FALSE(read({"--fhir-only"}).dicom);
}
