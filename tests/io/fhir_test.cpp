// Transaction Bundles and their answers.
#include "io/fhir.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::io;
using fhir::Write;

namespace {

ServiceResult answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

template<class T>
const Error& failure(const fhir::Outcome<T>& outcome) {
  REQUIRE(std::holds_alternative<Error>(outcome));
  return std::get<Error>(outcome);
}

Write create(std::string type = "Patient") {
  Write write;
  write.kind = Write::Kind::Create;
  write.type = std::move(type);
  write.full_url = "urn:uuid:0b5a1c5e-0000-4000-8000-000000000001";
  write.if_none_exist = "identifier=a%7Cb";
  write.body = R"({"resourceType":"Patient"})";
  return write;
}

Write target(Write::Kind kind, std::string version = "7") {
  Write write;
  write.kind = kind;
  write.type = "ImagingStudy";
  write.id = "s1";
  write.version = std::move(version);
  write.body = R"({"resourceType":"ImagingStudy","id":"s1"})";
  return write;
}

std::string response_of(const std::string& entries) {
  return R"({"resourceType":"Bundle","type":"transaction-response","entry":[)" + entries + "]}";
}

fhir::Written written_of(const Write& write, const std::string& entry) {
  auto outcome = fhir::read_transaction(answer(200, response_of(entry)), {write});
  INFO(entry);
  REQUIRE(std::holds_alternative<std::vector<fhir::Written>>(outcome));
  auto& all = std::get<std::vector<fhir::Written>>(outcome);
  REQUIRE(all.size() == 1);
  return all.front();
}

ErrorCode code_of(const std::vector<Write>& writes, int status, const std::string& body) {
  return failure(fhir::read_transaction(answer(status, body), writes)).code;
}

} // namespace

TEST_CASE("a transaction holds its entries in the order given, each as its kind wants it") {
  auto patch = target(Write::Kind::Patch);
  patch.body = R"([{"op":"add","path":"/note","value":[]}])";
  auto text = fhir::transaction_bundle(
      {create(), target(Write::Kind::Update), patch, target(Write::Kind::Delete), target(Write::Kind::Delete, "")},
      "http://fhir/base");
  CHECK(text == R"({"resourceType":"Bundle","type":"transaction","entry":[)"
                R"({"fullUrl":"urn:uuid:0b5a1c5e-0000-4000-8000-000000000001","resource":{"resourceType":"Patient"},)"
                R"("request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=a%7Cb"}},)"
                R"({"fullUrl":"http://fhir/base/ImagingStudy/s1","resource":{"resourceType":"ImagingStudy","id":"s1"},)"
                R"("request":{"method":"PUT","url":"ImagingStudy/s1","ifMatch":"W/\"7\""}},)"
                R"({"resource":{"resourceType":"Binary","contentType":"application/json-patch+json",)"
                R"("data":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL25vdGUiLCJ2YWx1ZSI6W119XQ=="},)"
                R"("request":{"method":"PATCH","url":"ImagingStudy/s1","ifMatch":"W/\"7\""}},)"
                R"({"request":{"method":"DELETE","url":"ImagingStudy/s1","ifMatch":"W/\"7\""}},)"
                R"({"request":{"method":"DELETE","url":"ImagingStudy/s1"}}]})");
  CHECK(mapping::Json::parse(text));
}

TEST_CASE("a transaction of nothing has no entry member, since FHIR has no empty arrays") {
  CHECK(fhir::transaction_bundle({}, "http://fhir") == R"({"resourceType":"Bundle","type":"transaction"})");
}

TEST_CASE("the id and the version of what was written are read from wherever the answer tells them") {
  struct Case {
    std::string entry, id, version;
  };
  for (auto& [entry, id, version] : std::vector<Case>{
           {R"({"response":{"status":"201 Created","location":"Patient/p1/_history/3","etag":"W/\"4\""}})", "p1", "4"},
           {R"({"response":{"status":"201","location":"http://other/fhir/Patient/p1/_history/3"}})", "p1", "3"},
           {R"({"response":{"status":"201","location":"Patient/p1","etag":"\"5\""}})", "p1", "5"},
           {R"({"response":{"status":"201","location":"/Patient/p1/","etag":"6"}})", "p1", "6"},
           {R"({"response":{"status":"201","location":"Patient/p1"},)"
            R"("resource":{"resourceType":"Patient","id":"p1","meta":{"versionId":"u-1"}}})",
            "p1", "u-1"},
           {R"({"response":{"status":"201"},"resource":{"resourceType":"Patient","id":"p2"}})", "p2", ""},
           {R"({"response":{"status":"201","etag":"W/\"\""},"resource":{"resourceType":"OperationOutcome"}})", "", ""},
       }) {
    auto written = written_of(create(), entry);
    INFO(entry);
    CHECK(written.status == 201);
    CHECK(written.id == id);
    CHECK(written.version == version);
  }
}

TEST_CASE("an update, a patch and a delete keep their own id") {
  CHECK(written_of(target(Write::Kind::Update), R"({"response":{"status":"200 OK"}})").id == "s1");
  CHECK(written_of(target(Write::Kind::Patch), R"({"response":{"status":"200","etag":"W/\"8\""}})").version == "8");
  auto deleted = written_of(target(Write::Kind::Delete),
                            R"({"response":{"status":"204"},"resource":{"resourceType":"OperationOutcome"}})");
  CHECK(deleted.status == 204);
  CHECK(deleted.id == "s1");
}

TEST_CASE("a create that met an existing resource is told by its status 200") {
  CHECK(written_of(create(), R"({"response":{"status":"200 OK","location":"Patient/p1/_history/1"}})").status == 200);
}

TEST_CASE("a transaction's answer that does not fit the transaction is unexpected") {
  auto one = [](const std::string& entry) { return code_of({create()}, 200, response_of(entry)); };
  CHECK(code_of({create()}, 200, "[]") == ErrorCode::UnexpectedAnswer);
  CHECK(code_of({create()}, 200, "\"ok\"") == ErrorCode::UnexpectedAnswer);
  CHECK(code_of({create()}, 200, "{}") == ErrorCode::UnexpectedAnswer);
  CHECK(code_of({create()}, 200, R"({"resourceType":"Bundle","type":"searchset"})") == ErrorCode::UnexpectedAnswer);
  CHECK(code_of({create()}, 200, R"({"resourceType":"Bundle","type":"transaction-response"})") ==
        ErrorCode::UnexpectedAnswer);
  CHECK(code_of({create()}, 200, R"({"resourceType":"Bundle","type":"transaction-response","entry":{}})") ==
        ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":"201"}},{"response":{"status":"201"}})") == ErrorCode::UnexpectedAnswer);
  CHECK(one("7") == ErrorCode::UnexpectedAnswer);
  CHECK(one("{}") == ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":201}})") == ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":"2010"}})") == ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":"created"}})") == ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":"201","location":"Observation/p1"}})") == ErrorCode::UnexpectedAnswer);
  CHECK(one(R"({"response":{"status":"201"},"resource":{"resourceType":"Observation","id":"p1"}})") ==
        ErrorCode::UnexpectedAnswer);
  CHECK(code_of({target(Write::Kind::Update)}, 200,
                response_of(R"({"response":{"status":"200","location":"ImagingStudy/other"}})")) ==
        ErrorCode::UnexpectedAnswer);
}

TEST_CASE("an entry that failed inside an answer of 200 is an error that names it") {
  auto body = response_of(R"({"response":{"status":"201"}},{"response":{"status":"422 Unprocessable","outcome":)"
                          R"({"resourceType":"OperationOutcome","issue":[{"diagnostics":"no such code"}]}}})");
  auto outcome = fhir::read_transaction(answer(200, body), {create(), create("Observation")});
  auto& error = failure(outcome);
  CHECK(error.code == ErrorCode::UnexpectedAnswer);
  CHECK_THAT(error.cause, Catch::Contains("entry 2") && Catch::Contains("Observation") && Catch::Contains("422") &&
                              Catch::Contains("no such code"));
  CHECK(code_of({create()}, 200, response_of(R"({"response":{"status":"412 Precondition Failed"}})")) ==
        ErrorCode::Conflict);
}

TEST_CASE("an answer that is cut off, empty or not JSON is broken, whatever was asked") {
  for (std::string body : {"", " \n", "{\"resourceType\":\"Bun", "<html></html>"}) {
    INFO(body);
    CHECK(code_of({create()}, 200, body) == ErrorCode::BrokenAnswer);
    CHECK(failure(fhir::read_search(answer(200, body), "Patient", "GET Patient")).code == ErrorCode::BrokenAnswer);
    CHECK(failure(fhir::read_resource(answer(200, body), "Patient", "GET Patient/1")).code == ErrorCode::BrokenAnswer);
  }
  CHECK(code_of({create()}, 204, "") == ErrorCode::BrokenAnswer);
}

TEST_CASE("409 and 412 are conflicts; 404 and 410 are where the Bundle has a target that can be gone") {
  for (auto kind : {Write::Kind::Update, Write::Kind::Patch, Write::Kind::Delete}) {
    CHECK(code_of({create(), target(kind)}, 404, "") == ErrorCode::Conflict);
    CHECK(code_of({create(), target(kind)}, 410, "") == ErrorCode::Conflict);
  }
  CHECK(code_of({create()}, 404, "") == ErrorCode::Refused);
  CHECK(code_of({create()}, 410, "") == ErrorCode::Refused);
  CHECK(code_of({create()}, 409, "") == ErrorCode::Conflict);
  CHECK(code_of({create()}, 412, "") == ErrorCode::Conflict);
  CHECK(code_of({create()}, 400, "") == ErrorCode::Refused);
  CHECK(code_of({create()}, 503, "") == ErrorCode::Unavailable);
}

TEST_CASE("no answer at all keeps its error and gets the operation's name") {
  Error lost;
  lost.code = ErrorCode::Timeout;
  auto outcome = fhir::read_transaction(lost, {target(Write::Kind::Update)});
  CHECK(failure(outcome).code == ErrorCode::Timeout);
  CHECK(failure(outcome).operation == "POST transaction");
}

TEST_CASE("a searchset gives the matches of the wished-for type and the next page") {
  auto outcome = fhir::read_search(
      answer(200, R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"a"},)"
                  R"({"relation":"next","url":"http://fhir?page=2"}],"entry":[)"
                  R"({"resource":{"resourceType":"Patient","id":"1"}},)"
                  R"({"resource":{"resourceType":"Patient","id":"2"},"search":{"mode":"match"}},)"
                  R"({"resource":{"resourceType":"Patient","id":"3"},"search":{"mode":"include"}},)"
                  R"({"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]})"),
      "Patient", "GET Patient");
  REQUIRE(std::holds_alternative<fhir::SearchPage>(outcome));
  auto& page = std::get<fhir::SearchPage>(outcome);
  REQUIRE(page.resources.size() == 2);
  CHECK(page.resources[0].text("id") == "1");
  CHECK(page.resources[1].text("id") == "2");
  CHECK(page.next == "http://fhir?page=2");
}

TEST_CASE("a search that finds nothing is an empty page, and what is no searchset is unexpected") {
  auto none =
      fhir::read_search(answer(200, R"({"resourceType":"Bundle","type":"searchset","total":0})"), "Patient", "s");
  REQUIRE(std::holds_alternative<fhir::SearchPage>(none));
  CHECK(std::get<fhir::SearchPage>(none).resources.empty());
  CHECK(std::get<fhir::SearchPage>(none).next.empty());
  for (std::string body :
       {"[]", R"({"resourceType":"Patient"})", R"({"resourceType":"Bundle","type":"batch-response"})",
        R"({"resourceType":"Bundle","type":"searchset","entry":[{}]})",
        R"({"resourceType":"Bundle","type":"searchset","entry":7})"}) {
    INFO(body);
    CHECK(failure(fhir::read_search(answer(200, body), "Patient", "s")).code == ErrorCode::UnexpectedAnswer);
  }
  CHECK(failure(fhir::read_search(answer(414, ""), "Patient", "GET Patient")).status == 414);
}

TEST_CASE("a read gives the resource of the type that was asked for") {
  auto outcome = fhir::read_resource(answer(200, R"({"resourceType":"Patient","x":1.10})"), "Patient", "r");
  REQUIRE(std::holds_alternative<mapping::Json>(outcome));
  CHECK(std::get<mapping::Json>(outcome).to_text() == R"({"resourceType":"Patient","x":1.10})");
  CHECK(failure(fhir::read_resource(answer(200, R"({"resourceType":"Endpoint"})"), "Patient", "r")).code ==
        ErrorCode::UnexpectedAnswer);
  CHECK(failure(fhir::read_resource(answer(404, ""), "Patient", "r")).status == 404);
}

TEST_CASE("a capability statement must say R4 and transactions") {
  auto check = [](const std::string& text) { return fhir::check_capabilities(*mapping::Json::parse(text)); };
  CHECK(check(R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1",)"
              R"("rest":[{"mode":"client"},{"interaction":[{"code":"batch"},{"code":"transaction"}]}]})") == "");
  CHECK(check(R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.0",)"
              R"("rest":[{"interaction":[{"code":"transaction"}]}]})") == "");
  CHECK_THAT(check(R"({"resourceType":"CapabilityStatement","fhirVersion":"3.0.2","rest":[]})"),
             Catch::Contains("3.0.2"));
  CHECK_THAT(check(R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"interaction":[]}]})"),
             Catch::Contains("transactions"));
  CHECK_THAT(check(R"({"resourceType":"Patient"})"), Catch::Contains("Patient"));
}

TEST_CASE("JSON Patch is offered by patchFormat, unless ImagingStudy's interactions leave it out") {
  auto offers = [](const std::string& text) { return fhir::offers_json_patch(*mapping::Json::parse(text)); };
  CHECK(offers(R"({"patchFormat":["application/fhir+json","application/json-patch+json"]})"));
  CHECK(offers(R"({"patchFormat":["application/json-patch+json"],)"
               R"("rest":[{"resource":[{"type":"ImagingStudy","interaction":[{"code":"read"},{"code":"patch"}]}]}]})"));
  CHECK_FALSE(offers(R"({"patchFormat":["application/json-patch+json"],)"
                     R"("rest":[{"resource":[{"type":"ImagingStudy","interaction":[{"code":"read"}]}]}]})"));
  CHECK_FALSE(offers(R"({"patchFormat":["application/fhir+json"]})"));
  CHECK_FALSE(offers("{}"));
}
