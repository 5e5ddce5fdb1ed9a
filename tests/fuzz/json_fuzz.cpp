// The document type: any bytes are refused with a reason, or go through text and back unchanged.
#include "tests/fuzz/expect.hpp"

#include <cstdint>

using dicomcast::mapping::Json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string error;
  auto document = Json::parse({reinterpret_cast<const char*>(data), size}, &error);
  fuzz::expect(document.has_value() == error.empty(), "a refusal has a reason");
  if (!document)
    return 0;
  fuzz::expect_json(*document);
  auto pretty = Json::parse(document->to_pretty_text());
  fuzz::expect(pretty == document, "the text for people reads back the same");
  return 0;
}
