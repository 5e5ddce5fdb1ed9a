// Reads a RawEntry out of a parsed page, whichever parser it came from. A Node is a cheap view of a JSON value:
//   is_null(), string(), integer(), text(), is_object(), is_array(), each_member(f(name, Node)), each_element(f(Node))
#pragma once

#include "conf/text.hpp"
#include "mapping/extended/pick.hpp"
#include "mapping/feed/raw_entry.hpp"
#include "mapping/validity.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <optional>

namespace dicomcast::mapping {

/// What a JSON value of the wrong kind is not.
inline const char* wrong_kind(Form form) {
  return form == Form::Number || form == Form::Name ? fault_of(form) : "is no string";
}

/// A person name as an object: its groups as the string form has them, `alphabetic=ideographic=phonetic`.
template<class Node>
void read_name(const Node& node, Attribute& out) {
  static constexpr std::array<std::string_view, 3> names{"Alphabetic", "Ideographic", "Phonetic"};
  std::array<std::string_view, names.size()> groups;
  out.kind = Attribute::Kind::Text;
  node.each_member([&](std::string_view name, const Node& value) {
    auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (value.is_null() || at == names.size())
      return;
    auto group = value.string();
    if (!group || !has_form(Form::Name, without_padding(*group)))
      out.set_other((group ? in_quotes(*group) : excerpt(value.text())) + " " + fault_of(Form::Name));
    else
      groups[at] = without_padding(*group);
  });
  if (out.kind == Attribute::Kind::Other)
    return;
  out.text = groups[0];
  if (groups[1].empty() && groups[2].empty())
    return;
  out.set_text(std::string(groups[0]).append("=").append(groups[1]).append("=").append(groups[2]));
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
    read_name(node, out);
  } else {
    out.set_other(excerpt(node.text()) + " " + wrong_kind(form));
  }
}

/// An attribute of the DICOM JSON model: `{"vr": .., "Value": [..]}`. One without Value is empty.
template<class Node>
void read_attribute(const Node& node, Form form, Attribute& out) {
  out.kind = Attribute::Kind::Empty;
  if (!node.is_object() && !node.is_null())
    out.set_other(excerpt(node.text()) + " is no attribute of the DICOM JSON model");
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
    if (count > 1)
      out.set_other(std::to_string(count) + " values, but may have one");
    else if (!value.is_array() && !value.is_null())
      out.set_other("Value is no list");
  });
}

/// Whether a key's group is one that has attributes of interest, 0008, 0010, 0020 or 0040: most of a dataset is of
/// others.
constexpr bool is_of_interest(std::string_view key) {
  return key.size() == 8 && key[0] == '0' && key[1] == '0' &&
         (key[3] == '0' ? key[2] == '1' || key[2] == '2' || key[2] == '4' : key[3] == '8' && key[2] == '0');
}

template<class Node>
void read_metadata(const Node& node, RawEntry& out) {
  constexpr std::uint32_t content_sequence = 0x0040A730;
  out.has_metadata = true;
  node.each_member([&](std::string_view key, const Node& value) {
    auto number = is_of_interest(key) ? number_of_key(key) : std::nullopt;
    if (!number)
      return;
    if (*number == content_sequence)
      out.has_content_sequence = true;
    auto tag = tag_of_number(*number);
    if (!tag)
      return;
    auto& attribute = out.attributes[static_cast<std::size_t>(*tag)];
    if (attribute.kind == Attribute::Kind::Absent)
      read_attribute(value, rule_of(*tag).form, attribute);
  });
  if (out.groups.any())
    pick_extended(node, out.groups, out.extended);
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
        std::find_if(keys.begin(), keys.end(), [&](auto known) { return text::equal_but_for_case(name, known); }) -
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
        if (out.partition.empty() && text::equal_but_for_case(inner, keys[PartitionName]))
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
