// What a fuzzer holds true: a broken promise ends the program, so that the fuzzer keeps the input.
#pragma once

#include "mapping/json/json.hpp"

#include <cstdio>
#include <cstdlib>

namespace fuzz {

inline void expect(bool holds, const char* promise) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

/// A document is JSON: its text reads back as itself. One with U+0000 in it or whatever else, too.
inline void expect_json(const dicomcast::mapping::Json& document) {
  std::string error;
  auto again = dicomcast::mapping::Json::parse(document.to_text(), &error);
  if (!again)
    std::fprintf(stderr, "%s: %s\n", error.c_str(), document.to_text().c_str());
  expect(again.has_value(), "what is written is JSON");
  expect(*again == document, "what is written reads back the same");
}

} // namespace fuzz
