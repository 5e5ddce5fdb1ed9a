// What is asked of the change feed, and what its answers mean.
#include "io/change_feed.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::io;
using change_feed::Latest;
using change_feed::Malformed;
using change_feed::Page;

namespace {

ServiceResult answer(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

auto read_page(const ServiceResult& result) {
  return change_feed::read_page(result, "GET page", {}, [](std::int64_t) { return true; });
}

std::optional<std::string> fault_of(const ServiceResult& result) {
  auto page = read_page(result);
  auto* error = std::get_if<Error>(&page);
  if (!error)
    return std::nullopt;
  CHECK(error->operation == "GET page");
  return std::string(name_of(error->code)) + " " + error->cause;
}

const std::string entry = R"({"Sequence":9223372036854775807,"Action":"delete","State":"deleted"})";
const std::string mark = "\xEF\xBB\xBF";

} // namespace

TEST_CASE("the feed is asked for its newest entry, and for pages in the form of its version") {
  using conf::ApiVersion;
  CHECK(change_feed::latest_path(ApiVersion::V2) == "v2/changefeed/latest?includeMetadata=false");
  CHECK(change_feed::page_path(ApiVersion::V1, {.offset = INT64_MAX - 1}) ==
        "v1/changefeed?offset=9223372036854775806&limit=1&includeMetadata=true");
  CHECK(change_feed::page_path(ApiVersion::V2, {0, 200, "a", "b", false}) ==
        "v2/changefeed?offset=0&limit=200&startTime=a&endTime=b&includeMetadata=false");
}

TEST_CASE("a page is an array, null or 204, with a byte order mark or without") {
  for (auto& body :
       {"[" + entry + "]", " [" + entry + "]\n", mark + "[" + entry + "]", mark + " \r\n[" + entry + "]"}) {
    INFO(body);
    auto page = read_page(answer(body));
    REQUIRE(std::holds_alternative<Page>(page));
    REQUIRE(std::get<Page>(page).size() == 1);
    CHECK(std::get<Page>(page)[0].sequence == INT64_MAX);
    CHECK(std::get<Page>(page)[0].entry);
  }
  for (auto& none : {answer("[]"), answer("null"), answer(mark + "null "), answer("", 204)}) {
    auto page = read_page(none);
    REQUIRE(std::holds_alternative<Page>(page));
    CHECK(std::get<Page>(page).empty());
  }
}

TEST_CASE("what is no array is a broken answer, and no entry's fault") {
  for (auto& body : {entry, std::string(R"({"error":"the gateway is tired"})"), std::string("{"), mark + "{}",
                     std::string("\"text\""), std::string("7"), std::string("nul"), std::string("nullnull"),
                     std::string("upstream connect error"), std::string("<html>"), mark + "<html>", std::string(""),
                     std::string(" \n"), mark}) {
    INFO(body);
    auto fault = fault_of(answer(body));
    REQUIRE(fault);
    CHECK_THAT(*fault, Catch::StartsWith(name_of(ErrorCode::BrokenAnswer)));
    CHECK(is_transient(ErrorCode::BrokenAnswer));
  }
  CHECK_THAT(fault_of(answer("[]", 503)).value_or(""), Catch::StartsWith(name_of(ErrorCode::Unavailable)));
  CHECK_THAT(fault_of(answer("[]", 206)).value_or(""), !Catch::Equals(""));
  CHECK(fault_of(Error{ErrorCode::Timeout, "", 0, "late", {}, {}}));
}

TEST_CASE("an array that is no JSON, or holds what is no entry, is malformed") {
  for (auto& body : {"[" + entry, "[" + entry + ",]", std::string("[7]"), std::string(R"([{"Action":"create"}])"),
                     mark + "[" + entry + ",{\"Sequence\":01}]"}) {
    INFO(body);
    auto page = read_page(answer(body));
    REQUIRE(std::holds_alternative<Malformed>(page));
    CHECK(std::get<Malformed>(page).why != "");
  }
}

TEST_CASE("the newest entry is one object, or nothing") {
  auto latest = [](const ServiceResult& result) { return change_feed::read_latest(result, "GET latest"); };
  for (auto& body : {entry, mark + entry, " " + entry + "\n"})
    CHECK(std::get<Latest>(latest(answer(body))) == INT64_MAX);
  for (auto& none : {answer("null"), answer(""), answer(mark), answer(" "), answer("", 204)})
    CHECK(std::get<Latest>(latest(none)) == std::nullopt);
  for (auto& body : {std::string("[]"), "[" + entry + "]", std::string(R"({"error":"the gateway is tired"})"),
                     std::string("{"), std::string("<html>"), std::string("upstream connect error")}) {
    INFO(body);
    auto result = latest(answer(body));
    REQUIRE(std::holds_alternative<Error>(result));
    CHECK(std::get<Error>(result).code == ErrorCode::BrokenAnswer);
  }
}

TEST_CASE("a feed whose latest Sequence is below the checkpoint has begun anew") {
  CHECK(change_feed::begun_anew(7, 7) == "");
  CHECK(change_feed::begun_anew(std::nullopt, 0) == "");
  auto text = change_feed::begun_anew(6, 7);
  CHECK_THAT(text,
             Catch::Contains("Sequence is 6") && Catch::Contains("checkpoint 7") && Catch::Contains("begun anew"));
  CHECK_THAT(change_feed::begun_anew(std::nullopt, 7), Catch::Contains("empty") && Catch::Contains("begun anew"));
}
