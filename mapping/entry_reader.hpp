// Reads a RawEntry out of a parsed page, whichever parser it came from. A Node is a cheap view of a JSON value:
//   is_null(), string(), integer(), text(), is_object(), is_array(), each_member(f(name, Node)), each_element(f(Node))
#pragma once

#include "mapping/raw_entry.hpp"
#include "mapping/validity.hpp"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <optional>

namespace dicomcast::mapping {

inline bool equal_but_for_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

/// What a JSON value of the wrong kind is not.
inline const char* wrong_kind(Form form) {
  return form == Form::Number || form == Form::Name ? fault_of(form) : "is no string";
}

template<class Node>
void read_value(const Node& node, Form form, Attribute& out) {
  if (node.is_null()) {
    out.kind = Attribute::Kind::Empty;
  } else if (auto text = node.string()) {
    out.kind = Attribute::Kind::Text;
    out.text = *text;
  } else if (auto integer = node.integer()) {
    out.kind = Attribute::Kind::Integer;
    out.integer = *integer;
  } else if (form == Form::Name && node.is_object()) {
    out.kind = Attribute::Kind::Text;
    node.each_member([&](std::string_view name, const Node& value) {
      auto* group = name == "Alphabetic"    ? &out.text
                    : name == "Ideographic" ? &out.other_groups[0]
                    : name == "Phonetic"    ? &out.other_groups[1]
                                            : nullptr;
      if (!group || value.is_null())
        return;
      if (auto group_text = value.string()) {
        *group = *group_text;
      } else {
        out.kind = Attribute::Kind::Other;
        out.other = excerpt(value.text()) + " " + fault_of(form);
      }
    });
  } else {
    out.kind = Attribute::Kind::Other;
    out.other = excerpt(node.text()) + " " + wrong_kind(form);
  }
}

/// An attribute of the DICOM JSON model: `{"vr": .., "Value": [..]}`. One without Value is empty.
template<class Node>
void read_attribute(const Node& node, Form form, Attribute& out) {
  out.kind = Attribute::Kind::Empty;
  if (node.is_null())
    return;
  if (!node.is_object()) {
    out.kind = Attribute::Kind::Other;
    out.other = excerpt(node.text()) + " is no attribute of the DICOM JSON model";
  }
  bool found = false;
  node.each_member([&](std::string_view name, const Node& value) {
    if (name != "Value" || found)
      return;
    found = true;
    std::size_t count = 0;
    value.each_element([&](const Node& element) {
      if (++count == 1)
        read_value(element, form, out);
    });
    if (count > 1 || (!value.is_array() && !value.is_null())) {
      out.kind = Attribute::Kind::Other;
      out.other = count > 1 ? std::to_string(count) + " values, but may have one" : "Value is no list";
    }
  });
}

template<class Node>
void read_metadata(const Node& node, RawEntry& out) {
  out.has_metadata = true;
  node.each_member([&](std::string_view key, const Node& value) {
    if (auto tag = tag_of_key(key)) {
      auto& attribute = out.attributes[static_cast<std::size_t>(*tag)];
      if (attribute.kind == Attribute::Kind::Absent)
        read_attribute(value, rule_of(*tag).form, attribute);
    } else if (equal_but_for_case(key, "0040a730")) {
      out.has_content_sequence = true;
    }
  });
}

template<class Node>
std::optional<std::int64_t> read_sequence(const Node& node) {
  auto number = node.integer();
  if (auto text = node.string()) {
    std::int64_t value = 0;
    auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (fault == std::errc() && end == text->data() + text->size())
      number = value;
  }
  return number && *number >= 0 ? number : std::nullopt;
}

/// Returns what is wrong with an entry that cannot be placed in the feed, to be read after `entry 3`; null: nothing.
/// The first of several members of one name counts.
template<class Node>
const char* read_entry(const Node& node, RawEntry& out) {
  enum Key {
    Sequence,
    Action,
    State,
    Timestamp,
    PartitionName,
    Partition,
    Metadata,
    StudyUid,
    SeriesUid,
    SopUid,
    KeyCount
  };
  static constexpr std::array<std::string_view, KeyCount> keys{"sequence",      "action",           "state",
                                                               "timestamp",     "partitionname",    "partition",
                                                               "metadata",      "studyinstanceuid", "seriesinstanceuid",
                                                               "sopinstanceuid"};
  if (!node.is_object())
    return "is no object";
  std::optional<std::int64_t> sequence;
  std::bitset<KeyCount> seen;
  node.each_member([&](std::string_view name, const Node& value) {
    auto key = static_cast<Key>(
        std::find_if(keys.begin(), keys.end(), [&](auto known) { return equal_but_for_case(name, known); }) -
        keys.begin());
    if (key == KeyCount || seen[key])
      return;
    seen.set(key);
    switch (key) {
    case Sequence:
      sequence = read_sequence(value);
      break;
    case Action:
      out.action = value.string().value_or("");
      break;
    case State:
      out.state = value.string().value_or("");
      break;
    case Timestamp:
      out.timestamp = value.string().value_or("");
      break;
    case PartitionName:
      out.partition = value.string().value_or("");
      break;
    case Partition: // in some versions of the interface an object with the name in it
      if (out.partition.empty())
        out.partition = value.string().value_or("");
      value.each_member([&](std::string_view inner, const Node& partition) {
        if (out.partition.empty() && equal_but_for_case(inner, keys[PartitionName]))
          out.partition = partition.string().value_or("");
      });
      break;
    case Metadata:
      if (value.is_object())
        read_metadata(value, out);
      break;
    case StudyUid:
      read_value(value, Form::Uid, out.uids[0]);
      break;
    case SeriesUid:
      read_value(value, Form::Uid, out.uids[1]);
      break;
    case SopUid:
      read_value(value, Form::Uid, out.uids[2]);
      break;
    case KeyCount:
      break;
    }
  });
  if (!sequence)
    return "has no Sequence that is a whole number";
  out.sequence = *sequence;
  return nullptr;
}

} // namespace dicomcast::mapping
