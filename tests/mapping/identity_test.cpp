// Which resource is ours, and how it is searched.
#include "mapping/identity.hpp"

#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

TEST_CASE("an identifier is ours only if system and value are equal letter by letter") {
  auto resource = json(R"({"identifier":[{"system":"urn:a","value":"X1"},{"value":"Y"},{"system":"urn:a"},7]})");
  CHECK(has_identifier(resource, {"urn:a", "X1"}));
  CHECK_FALSE(has_identifier(resource, {"urn:a", "x1"}));
  CHECK_FALSE(has_identifier(resource, {"urn:A", "X1"}));
  CHECK_FALSE(has_identifier(resource, {"", "X1"}));
  CHECK(has_identifier(resource, {"", "Y"}));
  CHECK_FALSE(has_identifier(resource, {"urn:a", "Y"}));
  CHECK(has_identifier_but_for_case(resource, {"urn:A", "x1"}));
  CHECK_FALSE(has_identifier_but_for_case(resource, {"urn:b", "X1"}));
  CHECK_FALSE(has_identifier(Json(), {"urn:a", "X1"}));
}

TEST_CASE("search values are escaped and then percent-encoded") {
  CHECK(escape_search_value("a\\b,c|d$e") == "a\\\\b\\,c\\|d\\$e");
  CHECK(token_parameter({"urn:x", "a|b"}) == "urn:x|a\\|b");
  CHECK(identifier_query({"urn:s", "P,1"}) == "identifier=urn%3As%7CP%5C%2C1");
  CHECK(identifier_query({"", "P1"}) == "identifier=%7CP1");
  CHECK(joined_identifier_query({{"s", "1"}, {"s", "2"}}) == "identifier=s%7C1%2Cs%7C2");
  CHECK(endpoint_name_query(options()) ==
        "name=DICOM%20WADO-RS%20endpoint%20https%3A%2F%2Fdicom%2Fv1&connection-type="
        "http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fendpoint-connection-type%7Cdicom-wado-rs");
}

TEST_CASE("the identifiers of a study, a report and an Endpoint") {
  CHECK(study_identifier("1.2") == Identifier{"urn:dicom:uid", "urn:oid:1.2"});
  CHECK(report_identifier("1.2") == Identifier{"urn:ietf:rfc:3986", "urn:oid:1.2"});
  CHECK(endpoint_identifier(options()) == Identifier{"urn:ietf:rfc:3986", "https://dicom/v1"});
}
