// Mutates JSON as a tree, so that a fuzzer gets past the parser: half of the time; the other half it mutates bytes.
// To be included once by a fuzzer, whose mutator it is.
#pragma once

#include "mapping/json/json.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace fuzz {

using dicomcast::mapping::Json;

/// Every value of the document, itself included.
inline void collect(Json& value, std::vector<Json*>& out) {
  out.push_back(&value);
  if (auto* array = value.if_array())
    for (auto& element : *array)
      collect(element, out);
  if (auto* object = value.if_object())
    for (auto& member : *object)
      collect(member.second, out);
}

inline std::string mutated(std::string text, std::size_t room) {
  auto size = text.size();
  text.resize(size + room);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
  return text;
}

inline void mutate(Json& document, std::mt19937& random) {
  std::vector<Json*> values;
  collect(document, values);
  auto at = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random); };
  auto& value = *values[at(values.size())];
  auto other = *values[at(values.size())];
  switch (at(6)) {
  case 0:
    value = std::move(other);
    break;
  case 1:
    if (auto* array = value.if_array())
      array->insert(array->begin() + static_cast<std::ptrdiff_t>(at(array->size() + 1)), std::move(other));
    break;
  case 2:
    if (auto* array = value.if_array(); array && !array->empty())
      array->erase(array->begin() + static_cast<std::ptrdiff_t>(at(array->size())));
    else if (auto* object = value.if_object(); object && !object->empty())
      object->erase(object->begin() + static_cast<std::ptrdiff_t>(at(object->size())));
    break;
  case 3:
    if (auto* object = value.if_object(); object && !object->empty()) {
      auto& name = (*object)[at(object->size())].first;
      name = mutated(name, 8);
    }
    break;
  default:
    if (auto* text = value.if_string())
      value = mutated(*text, 16);
    else if (auto* number = value.if_number())
      value = mutated(number->token, 8); // a string now, as the feed may give a number
    break;
  }
}

} // namespace fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 2 == 0)
    return LLVMFuzzerMutate(data, size, max_size);
  auto document = fuzz::Json::parse({reinterpret_cast<const char*>(data), size});
  if (!document)
    return LLVMFuzzerMutate(data, size, max_size);
  for (auto times = 1 + random() % 4; times > 0; --times)
    fuzz::mutate(*document, random);
  auto text = document->to_text();
  if (text.size() > max_size)
    return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
