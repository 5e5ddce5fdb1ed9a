// The configuration file as a flat list.
#include "conf/json_file.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::conf;

namespace {

/// `key=value` of each, in order; or the error.
std::string flat(std::string_view text) {
  auto result = read_json_file(text);
  if (auto* error = std::get_if<std::string>(&result))
    return *error;
  std::string all;
  for (const auto& [key, value] : std::get<FlatFile>(result))
    all += (all.empty() ? "" : " ") + key + "=" + shown(value);
  return all;
}

} // namespace

TEST_CASE("nested keys are joined by colons, in their order") {
  CHECK(flat(R"({"a": {"b": {"c": "x", "d": 1.10}, "e": true}, "f": false})") ==
        R"(a:b:c="x" a:b:d=1.10 a:e=true f=false)");
  CHECK(flat(R"({"a:b": {"c:d": "x"}})") == R"(a:b:c:d="x")");
  CHECK(flat(R"({"a": "\u00e9\"\\"})") == "a=\"\xc3\xa9\\\"\\\\\"");
}

TEST_CASE("nulls give nothing, arrays and empty objects are one value") {
  CHECK(flat(R"({"a": null, "b": [1, {"c": 2}, [null]], "d": {}, "e": {"f": {}}})") ==
        "b=an array d=an object e:f=an object");
  CHECK(flat("{}") == "");
}

TEST_CASE("comments, trailing commas and a byte order mark are taken as .NET takes them") {
  CHECK(flat("\xEF\xBB\xBF// first\n{ /* a: */ \"a\": 1, // one\n \"b\": {\"c\": [1, 2,],},\n}\n// last\n") ==
        "a=1 b:c=an array");
  CHECK(flat(R"({"a": "http://x/* y */"})") == R"(a="http://x/* y */")");
}

TEST_CASE("a key that stands twice is given twice") {
  CHECK(flat(R"({"a": 1, "a": 2})") == "a=1 a=2");
}

TEST_CASE("what is not JSON is told with its line") {
  CHECK(flat("{\n  \"a\": tru\n}").find("line 2, column ") == 0);
  CHECK(flat("{\"a\": 1} x").find("line 1, column 10: not JSON") == 0);
  for (auto text : {"", " ", "{", "{\"a\": 1", "{\"a\" 1}", "{a: 1}", "{\"a\": 01}", "{\"a\": 'b'}",
                    "{\"a\": \"\xff\"}", "{,}", "{\"a\": 1,,}"}) {
    INFO(text);
    CHECK(flat(text).find(": not JSON: ") != std::string::npos);
  }
  CHECK(flat(std::string(100, '[')).find(": not JSON: ") != std::string::npos);
}

TEST_CASE("only an object is a configuration") {
  for (auto text : {"[]", "1", "\"a\"", "null", "[{\"a\": 1}]"}) {
    INFO(text);
    CHECK(flat(text).find("a JSON object") != std::string::npos);
  }
}
