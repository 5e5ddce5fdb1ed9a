// A Node of entry_reader.hpp over a document.
#pragma once

#include "mapping/json/json.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace dicomcast::mapping {

/// The integer that a double stands for, if it is a whole number small enough to be exact.
inline std::optional<std::int64_t> whole_number(double number) {
  constexpr double exact = 9007199254740992.0; // 2^53: beyond it a double may stand for its neighbours
  return std::trunc(number) == number && std::abs(number) < exact ? std::optional(static_cast<std::int64_t>(number))
                                                                  : std::nullopt;
}

struct JsonNode {
  const Json* value;

  bool is_null() const { return value->is_null(); }
  bool is_object() const { return value->is_object(); }
  bool is_array() const { return value->is_array(); }
  std::optional<std::string_view> string() const {
    auto* text = value->if_string();
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
  }
  std::optional<std::int64_t> integer() const {
    auto* number = value->if_number();
    if (!number)
      return std::nullopt;
    auto* first = number->token.data();
    auto* last = first + number->token.size();
    std::int64_t integer = 0;
    if (auto [end, fault] = std::from_chars(first, last, integer); end == last && fault == std::errc())
      return integer;
    double decimal = 0;
    if (auto [end, fault] = std::from_chars(first, last, decimal); end == last && fault == std::errc())
      return whole_number(decimal);
    return std::nullopt;
  }
  std::string text() const { return value->to_text(); }
  template<class F>
  void each_member(F each) const {
    if (auto* members = value->if_object())
      for (auto& [name, member] : *members)
        each(name, JsonNode{&member});
  }
  template<class F>
  void each_element(F each) const {
    if (auto* elements = value->if_array())
      for (auto& element : *elements)
        each(JsonNode{&element});
  }
};

} // namespace dicomcast::mapping
