// Picks out of a dataset the attributes that the groups of `Mapping:Include` read, as a document of their own: the rest
// of the page is let go. Node: see entry_reader.hpp.
#pragma once

#include "mapping/extended/extended_tags.hpp"
#include "mapping/json/json.hpp"
#include "mapping/tags.hpp"

#include <fmt/format.h>

namespace dicomcast::mapping {

template<class Node>
Json document_of(const Node& node) {
  if (auto text = node.string())
    return *text;
  if (node.is_object()) {
    Json out = Json::object();
    node.each_member([&](std::string_view name, const Node& value) {
      if (name != "vr")
        out.if_object()->emplace_back(std::string(name), document_of(value));
    });
    return out;
  }
  if (node.is_array()) {
    Json out = Json::array();
    node.each_element([&](const Node& element) { out.if_array()->push_back(document_of(element)); });
    return out;
  }
  return node.is_null() ? Json() : Json::parse(node.text()).value_or(Json());
}

/// By tag, eight hexadecimal digits in upper case, without VRs. Of several attributes of one tag the first counts.
template<class Node>
void pick_extended(const Node& dataset, const Groups& groups, Json& out) {
  out = Json::object();
  dataset.each_member([&](std::string_view key, const Node& value) {
    if (key.size() != 8 || key[0] != '0' || key[1] != '0' || key[2] > '7')
      return; // pixels and private attributes
    if (auto number = number_of_key(key); number && is_extended(*number, groups))
      out.if_object()->emplace_back(fmt::format("{:08X}", *number), document_of(value));
  });
}

} // namespace dicomcast::mapping
