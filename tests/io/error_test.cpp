// What a status, an OperationOutcome and a Retry-After mean, and how an error reads.
#include "io/error.hpp"
#include "io/service.hpp"
#include "tests/io/scripted_client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::Error;
using io::error_of;
using io::ErrorCode;
using namespace std::chrono_literals;

TEST_CASE("Each status has its code") {
  const auto [status, code] = GENERATE(table<int, ErrorCode>({
      {400, ErrorCode::Refused},     {401, ErrorCode::Unauthorised},     {403, ErrorCode::Unauthorised},
      {404, ErrorCode::Refused},     {407, ErrorCode::Unauthorised},     {405, ErrorCode::Refused},
      {408, ErrorCode::Unavailable}, {409, ErrorCode::Conflict},         {410, ErrorCode::Refused},
      {412, ErrorCode::Conflict},    {413, ErrorCode::Refused},          {422, ErrorCode::Refused},
      {425, ErrorCode::Unavailable}, {429, ErrorCode::Unavailable},      {500, ErrorCode::ServerError},
      {501, ErrorCode::Refused},     {502, ErrorCode::Unavailable},      {503, ErrorCode::Unavailable},
      {504, ErrorCode::Unavailable}, {505, ErrorCode::Refused},          {507, ErrorCode::Refused},
      {301, ErrorCode::Refused},     {200, ErrorCode::UnexpectedAnswer}, {304, ErrorCode::Refused},
  }));
  const auto error = error_of(response(status), "GET metadata");
  INFO(status);
  CHECK(error.code == code);
  CHECK(error.status == status);
}

TEST_CASE("What may help when tried again is transient, and nothing else") {
  for (const auto code : {ErrorCode::Unreachable, ErrorCode::Timeout, ErrorCode::BrokenAnswer, ErrorCode::Unavailable,
                          ErrorCode::ServerError, ErrorCode::Conflict})
    CHECK(io::is_transient(code));
  for (const auto code : {ErrorCode::Refused, ErrorCode::UnexpectedAnswer, ErrorCode::Unauthorised,
                          ErrorCode::BadResource, ErrorCode::Certificate})
    CHECK_FALSE(io::is_transient(code));
}

TEST_CASE("An OperationOutcome gives code, diagnostics and details.text of each issue") {
  const auto error = error_of(response(422, R"({"resourceType":"OperationOutcome","issue":[
      {"severity":"error","code":"invalid","diagnostics":"Patient.gender: 'X'\nis unknown","details":{"text":"bad code"}},
      {"severity":"error","code":"required","details":{"text":"a subject is missing"}},
      {"severity":"warning","code":"value","diagnostics":"same","details":{"text":"same"}},
      {"severity":"warning"}]})"),
                              "POST transaction");
  CHECK(error.cause ==
        "invalid: Patient.gender: 'X' is unknown; bad code | required: a subject is missing | value: same");
  CHECK(to_string(error) == "POST transaction: status 422: " + error.cause);
}

TEST_CASE("A body that is no OperationOutcome gives its first 200 printable characters") {
  const auto error =
      error_of(response(400, "<html>\r\n\t<h1>Bad\x01Request</h1>" + std::string(1'000, 'x')), "GET Patient");
  CHECK_THAT(error.cause, Catch::StartsWith("<html> <h1>Bad Request</h1>xxx") && Catch::EndsWith("x..."));
  CHECK(error.cause.size() == 203);
  CHECK(error_of(response(400), "GET Patient").cause.empty());
  CHECK(error_of(response(400, R"({"resourceType":"OperationOutcome","issue":[{}]})"), "x").cause ==
        R"({"resourceType":"OperationOutcome","issue":[{}]})");
}

TEST_CASE("A long outcome is cut at a character's border") {
  std::string text(1'990, 'a');
  for (int i = 0; i < 100; ++i)
    text += "\xc3\xa4";
  const auto error = error_of(
      response(400, R"({"resourceType":"OperationOutcome","issue":[{"code":"x","diagnostics":")" + text + R"("}]})"),
      "x");
  CHECK(error.cause.size() <= 2'003);
  CHECK_THAT(error.cause, Catch::EndsWith("\xc3\xa4..."));
}

TEST_CASE("Retry-After is read in seconds and as a date") {
  const auto wait = [](const std::string& value, io::Headers headers = {}) {
    headers.emplace_back("retry-after", value);
    return error_of(response(503, "", std::move(headers)), "x").retry_after;
  };
  CHECK(wait("120") == 120s);
  CHECK(wait("0") == 0s);
  CHECK(wait("Wed, 21 Oct 2015 07:28:30 GMT", {{"date", "Wed, 21 Oct 2015 07:28:00 GMT"}}) == 30s);
  CHECK(wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0s); // long past
  CHECK_FALSE(wait("-1"));
  CHECK_FALSE(wait("soon"));
  CHECK_FALSE(wait("99999999999999999999"));
  CHECK_FALSE(error_of(response(503), "x").retry_after);
}

TEST_CASE("An error reads as one line with operation, status, cause and hint") {
  Error error{ErrorCode::Refused, "GET Patient", 400, "first\nsecond", "do this", {}};
  CHECK(to_string(error) == "GET Patient: status 400: first second (do this)");
  error = {ErrorCode::Unreachable, "GET Patient", 0, "no connection to h:1", "", {}};
  CHECK(to_string(error) == "GET Patient: no connection to h:1");
}

TEST_CASE("Each failure of the exchange has its code") {
  using Kind = io::HttpFailure::Kind;
  const auto [kind, code] = GENERATE(table<Kind, ErrorCode>({{Kind::Connect, ErrorCode::Unreachable},
                                                             {Kind::Timeout, ErrorCode::Timeout},
                                                             {Kind::Broken, ErrorCode::BrokenAnswer},
                                                             {Kind::Certificate, ErrorCode::Certificate},
                                                             {Kind::Other, ErrorCode::UnexpectedAnswer}}));
  const auto error = error_of(io::HttpFailure{kind, "why"}, "GET metadata");
  CHECK(error.code == code);
  CHECK(error.cause == "why");
  CHECK(error.status == 0);
}

TEST_CASE("Every code has a name of its own") {
  CHECK(io::name_of(ErrorCode::Conflict) == std::string("FhirConflict"));
  CHECK(io::name_of(ErrorCode::Certificate) == std::string("FhirCertificate"));
}
