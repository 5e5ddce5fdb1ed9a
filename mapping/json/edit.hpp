// Setters for members of a resource that tell whether they changed anything.
#pragma once

#include "mapping/json/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dicomcast::mapping {

/// Each returns true if the member was absent or had another value.
inline bool put(Json& parent, std::string_view name, Json value) {
  auto* member = std::as_const(parent).find(name);
  if (member && *member == value)
    return false;
  parent.set(name, std::move(value));
  return true;
}

inline bool put_text(Json& parent, std::string_view name, std::string_view value) {
  auto* member = std::as_const(parent).find(name);
  auto* text = member ? member->if_string() : nullptr;
  if (text && *text == value)
    return false;
  parent.set(name, value);
  return true;
}

inline bool put_integer(Json& parent, std::string_view name, std::int64_t value) {
  return put(parent, name, Json::integer(value));
}

} // namespace dicomcast::mapping
