// The Endpoint, in both profiles.
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

TEST_CASE("a new Endpoint says where the DICOM service is") {
  std::optional<Json> endpoint;
  CHECK(merge_endpoint(options(), endpoint));
  CHECK(*endpoint ==
        json(R"({"resourceType":"Endpoint","identifier":[{"system":"urn:ietf:rfc:3986","value":"https://dicom/v1"}],
    "status":"active","connectionType":{"system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type",
    "code":"dicom-wado-rs"},"name":"DICOM WADO-RS endpoint https://dicom/v1","payloadType":[{"coding":[
    {"system":"http://dicom.nema.org/resources/ontology/DCM","code":"113014","display":"Study"}],"text":"DICOM WADO-RS"}],
    "payloadMimeType":["application/dicom"],"address":"https://dicom/v1"})"));
  CHECK_FALSE(merge_endpoint(options(), endpoint));
}

TEST_CASE("in profile Original an Endpoint has no identifier") {
  std::optional<Json> endpoint;
  auto with = options(Profile::Original);
  CHECK(merge_endpoint(with, endpoint));
  CHECK_FALSE(endpoint->find("identifier"));
  CHECK(endpoint->text("name") == "DICOM WADO-RS endpoint https://dicom/");
  CHECK_FALSE(merge_endpoint(with, endpoint));
}

TEST_CASE("an Endpoint that is there is completed by our identifier and else left alone") {
  std::optional<Json> endpoint =
      json(R"({"resourceType":"Endpoint","identifier":[{"value":"x"}],"status":"off","name":"N"})");
  CHECK(merge_endpoint(options(), endpoint));
  CHECK(*endpoint == json(R"({"resourceType":"Endpoint","identifier":[{"value":"x"},
    {"system":"urn:ietf:rfc:3986","value":"https://dicom/v1"}],"status":"off","name":"N"})"));
  CHECK_FALSE(merge_endpoint(options(), endpoint));
  endpoint = json(R"({"resourceType":"Endpoint","status":"off"})");
  CHECK_FALSE(merge_endpoint(options(Profile::Original), endpoint));
}
