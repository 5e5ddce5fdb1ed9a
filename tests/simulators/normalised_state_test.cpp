// Comparing what two runs left.
#include "tests/sim/sim.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;

namespace {

void load(FhirService& service, const std::vector<std::string>& resources) {
  for (const auto& resource : resources)
    service.preload(resource);
}

} // namespace

TEST_CASE("the normalised state is the same whatever ids, versions, order of resources and of members") {
  FhirService one, two;
  load(
      one,
      {R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}],"x":1.10})",
       R"({"resourceType":"ImagingStudy","identifier":[{"value":"i"}],"subject":{"reference":"Patient/a"},"meta":{"source":"u"}})"});
  FhirOptions options;
  options.store.uuid_versions = true;
  load(
      two,
      {R"({"resourceType":"ImagingStudy","meta":{"source":"u"},"subject":{"reference":"Patient/9"},"identifier":[{"value":"i"}]})",
       R"({"resourceType":"Patient","x":1.10,"identifier":[{"value":"1","system":"s"}],"id":"9"})"});
  two.change("Patient", "9", false);
  CHECK(one.normalised_state() == two.normalised_state());
  CHECK(one.state_hash() == two.state_hash());
  CHECK(one.normalised_state().find(R"("reference":"Patient?s|1")") != std::string::npos);
}

TEST_CASE("the normalised state shows every other difference") {
  const std::string patient_a =
      R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}],"x":1.10})";
  auto state = [&](const std::vector<std::string>& resources) {
    FhirService service;
    load(service, resources);
    return std::pair(service.normalised_state(), service.state_hash());
  };
  auto base = state({patient_a});
  for (
      const auto& other : std::vector<std::vector<std::string>>{
          {},
          {patient_a, R"({"resourceType":"Patient","id":"b","identifier":[{"system":"s","value":"1"}],"x":1.10})"},
          {R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"1"}],"x":1.1})"},
          {R"({"resourceType":"Patient","id":"a","identifier":[{"system":"s","value":"2"}],"x":1.10})"},
          {R"({"resourceType":"Patient","id":"a","meta":{"source":"u"},"identifier":[{"system":"s","value":"1"}],"x":1.10})"}}) {
    CHECK(state(other).first != base.first);
    CHECK(state(other).second != base.second);
  }
}

TEST_CASE("state and resources are read by request, and resources put by request") {
  FhirService service;
  Client client(service.url());
  auto bundle = R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":)" + patient("p1") +
                R"(},{"resource":)" + study("1.2", "Patient/1") + "}]}";
  CHECK(client.post("/_sim/resources", bundle).body == R"(["1","2"])");
  CHECK(client.post("/_sim/resources", "[1]").status == 400);
  CHECK(client.get("/_sim/resources").json().if_array()->size() == 2);
  CHECK(client.get("/_sim/resources?type=Patient").json().if_array()->size() == 1);
  CHECK(client.get("/_sim/state").body == service.normalised_state());
  CHECK(client.get("/_sim/state/hash").body == service.state_hash() + "\n");
}
