// The document type.
#include "mapping/json/json.hpp"

#include <catch2/catch.hpp>

using dicomcast::mapping::Json;

TEST_CASE("a document goes back byte for byte, decimals and unknown members included") {
  for (std::string text : {R"({"a":1.10,"b":[true,false,null,{"c":-0.0e+10}],"d":"x\"\\\n"})", R"([])", R"({})",
                           R"("s")", R"(1.0)", R"(null)", R"([12345678901234567890123.0])", R"({"a":{"b":{}}})"}) {
    std::string error;
    auto json = Json::parse(text, &error);
    INFO(text << " " << error);
    REQUIRE(json);
    CHECK(json->to_text() == text);
  }
}

TEST_CASE("what is not JSON is refused with a reason") {
  for (std::string text : {"",          " ",           "{",     "}",          "[1,]",       "[01]", "[1.]",    "[.5]",
                           "[+1]",      "{\"a\":tru}", "[1 2]", "{} {}",      "[1]x",       "1 2",  "\"a\" 1", "nul",
                           "[\"\\q\"]", "{\"a\" 1}",   "{1:2}", "[\"\xff\"]", "[\"\x01\"]", "\"abc"}) {
    std::string error;
    INFO(text);
    CHECK_FALSE(Json::parse(text, &error));
    CHECK(error != "");
  }
  CHECK_FALSE(Json::parse(std::string(300, '[') + std::string(300, ']')));
  CHECK(Json::parse(std::string(200, '[') + std::string(200, ']')));
}

TEST_CASE("members are replaced in place, added at the end, and erased") {
  auto json = *Json::parse(R"({"a":1,"b":2})");
  json.set("a", "x");
  json.set("c", true);
  json.array_at("d").push_back(Json::integer(7));
  CHECK(json.to_text() == R"({"a":"x","b":2,"c":true,"d":[7]})");
  CHECK(json.erase("b"));
  CHECK_FALSE(json.erase("b"));
  CHECK(json.text("a") == "x");
  CHECK(json.text("c") == "");
  CHECK(json.items("d").size() == 1);
}
