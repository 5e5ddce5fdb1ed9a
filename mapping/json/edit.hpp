// Setters for members of a resource that tell whether they changed anything; and comparing by value.
#pragma once

#include "mapping/json/json.hpp"

#include <algorithm>
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

/// Equal but for the order of members. Numbers are equal as texts.
inline bool same_value(const Json& one, const Json& other) {
  if (auto* members = one.if_object(), *others = other.if_object(); members && others) {
    if (members->size() != others->size())
      return false;
    for (auto& [name, member] : *members)
      if (auto* found = other.find(name); !found || !same_value(member, *found))
        return false;
    return true;
  }
  if (auto* elements = one.if_array(), *others = other.if_array(); elements && others)
    return std::equal(elements->begin(), elements->end(), others->begin(), others->end(), same_value);
  return one == other;
}

} // namespace dicomcast::mapping
