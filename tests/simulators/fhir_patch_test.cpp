// JSON Patch in transactions.
#include "tests/sim/fhir_service.hpp"
#include "tests/simulators/bundles.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using namespace dicomcast::test;
using mapping::Json;

namespace {

std::string base64(const std::string& bytes) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : alphabet[bits >> (18 - 6 * j) & 63];
  }
  return out;
}

std::string patch_entry(const std::string& key, const std::string& patch, const std::string& version) {
  return R"({"resource":{"resourceType":"Binary","contentType":"application/json-patch+json","data":")" +
         base64(patch) + R"("},"request":{"method":"PATCH","url":")" + key + R"(","ifMatch":"W/\")" + version +
         R"(\""}})";
}

} // namespace

TEST_CASE("JSON Patch adds, replaces, removes and tests") {
  struct Case {
    std::string before, patch, after;
  };
  std::vector<Case> cases{
      {R"({"a":1.10})", R"([{"op":"add","path":"/b","value":2.0}])", R"({"a":1.10,"b":2.0})"},
      {R"({"a":1})", R"([{"op":"add","path":"/a","value":[]}])", R"({"a":[]})"},
      {R"({"a":[1,2]})", R"([{"op":"add","path":"/a/-","value":3}])", R"({"a":[1,2,3]})"},
      {R"({"a":[1,2]})", R"([{"op":"add","path":"/a/1","value":3}])", R"({"a":[1,3,2]})"},
      {R"({"a":[{"b":1}]})", R"([{"op":"replace","path":"/a/0/b","value":"x"}])", R"({"a":[{"b":"x"}]})"},
      {R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/1"}])", R"({"a":[1,3]})"},
      {R"({"a":1,"b/c~d":2})", R"([{"op":"remove","path":"/b~1c~0d"}])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"remove","path":"/a"}])", R"({})"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.before, one.patch);
    auto document = *Json::parse(one.before);
    CHECK(apply_json_patch(document, one.patch) == "");
    CHECK(document.to_text() == one.after);
  }
}

TEST_CASE("a JSON Patch that fails leaves the document as it was, whatever came before in it") {
  const std::string before = R"({"a":[{"b":[1,2,3]},{"c":4}],"d":"x","e":{"f":null}})";
  const std::string good =
      R"({"op":"add","path":"/a/0","value":{"n":1}},{"op":"add","path":"/a/1/b/-","value":9},)"
      R"({"op":"remove","path":"/a/1/b/0"},{"op":"replace","path":"/d","value":[]},)"
      R"({"op":"add","path":"/g","value":1},{"op":"remove","path":"/e"},{"op":"remove","path":"/a/2"})";
  for (std::string bad : {R"({"op":"remove","path":"/nothing"})", R"({"op":"add","path":"/a/7","value":1})",
                          R"({"op":"test","path":"/d","value":"x"})", R"({"op":"move","path":"/d","from":"/g"})",
                          R"({"op":"replace","path":"/a/x","value":1})", R"({"op":"add","path":"/d2/x","value":1})",
                          R"({"op":"add","path":"d","value":1})", R"({"op":"add","path":"/h"})"}) {
    CAPTURE(bad);
    auto document = *Json::parse(before);
    CHECK(apply_json_patch(document, "[" + good + "," + bad + "]") != "");
    CHECK(document.to_text() == before);
  }
}

TEST_CASE("a PATCH in a transaction changes the resource and its version, if the version is right") {
  FhirOptions options;
  options.patch = true;
  FhirService service(options);
  Client client(service.url());
  CHECK(client.get("/metadata").json().items("patchFormat").size() == 1);
  service.preload(study("1.2", "Patient/1", R"(,"x":1.10,"series":[{"uid":"1","instance":[]}])"));
  auto send = [&](const std::vector<std::string>& entries) {
    return client.post("", transaction(entries), {fhir_json});
  };
  auto add = R"([{"op":"add","path":"/series/0/instance/-","value":{"uid":"1.1"}}])";
  auto answer = send({patch_entry("ImagingStudy/1", add, "1")});
  CAPTURE(answer.body);
  CHECK(answer.status == 200);
  CHECK(answer.json().items("entry")[0].find("response")->text("etag") == "W/\"2\"");
  CHECK(send({patch_entry("ImagingStudy/1", add, "1")}).status == 412);
  CHECK(send({patch_entry("ImagingStudy/1", add, "2")}).status == 200);
  auto text = service.resources("ImagingStudy")[0];
  CHECK(text.find(R"("instance":[{"uid":"1.1"},{"uid":"1.1"}])") != std::string::npos);
  CHECK(text.find(R"("x":1.10)") != std::string::npos);
  CHECK(text.find(R"("versionId":"3")") != std::string::npos);
  CHECK(send({patch_entry("ImagingStudy/1", R"([{"op":"remove","path":"/zzz"}])", "3")}).status == 422);
  CHECK(service.resources("ImagingStudy")[0] == text);
}

TEST_CASE("a patched identifier is found by search") {
  FhirOptions options;
  options.patch = true;
  FhirService service(options);
  Client client(service.url());
  service.preload(patient("p1"));
  auto patch = R"([{"op":"add","path":"/identifier/-","value":{"system":"s","value":"p2"}}])";
  CHECK(client.post("", transaction({patch_entry("Patient/1", patch, "1")}), {fhir_json}).status == 200);
  CHECK(client.get("/Patient?identifier=s%7Cp2").json().items("entry").size() == 1);
}

TEST_CASE("a service without patch refuses it and does not offer it") {
  FhirService service;
  Client client(service.url());
  service.preload(patient("p1"));
  CHECK(client.post("", transaction({patch_entry("Patient/1", "[]", "1")}), {fhir_json}).status == 400);
  CHECK(client.get("/metadata").body.find("patch") == std::string::npos);
}
