// The kinds of configuration keys: how a value of each is read into its member, and shown. For the table in keys.cpp.
#pragma once

#include "conf/keys.hpp"
#include "conf/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace dicomcast::conf::kinds {

/// Where a value lives in the configuration.
template<class T>
using Place = std::function<T&(Config&)>;

/// The same place, to read from: the one cast that lets a row name its member once.
template<class T>
const T& at(const Place<T>& place, const Config& config) {
  return place(const_cast<Config&>(config));
}

/// A key whose value is read by `read` (from a Value to an optional of T) and shown by `text_of`.
template<class T, class Read, class TextOf>
Key key(std::string name, std::string expected, std::string meaning, Place<T> place, Read read, TextOf text_of) {
  Key result;
  result.name = std::move(name);
  result.expected = std::move(expected);
  result.meaning = std::move(meaning);
  result.assign = [place, read](const Value& value, Config& config, std::string&) {
    auto content = read(value);
    if (content)
      place(config) = std::move(*content);
    return content.has_value();
  };
  result.show = [place, text_of](const Config& config) -> std::string { return text_of(at(place, config)); };
  return result;
}

Key text(std::string name, std::string meaning, Place<std::string> place);
Key flag(std::string name, std::string meaning, Place<bool> place);
/// From 1 to `most`, both inclusive.
Key whole(std::string name, int most, std::string meaning, Place<int> place);
Key duration(std::string name, milliseconds least, std::string meaning, Place<milliseconds> place);
/// See url_fault. Empty text: none.
Key url(std::string name, std::string meaning, Place<std::string> place);
/// The path of a file that must be readable. Empty text: none.
Key readable_file(std::string name, std::string meaning, Place<std::string> place);
/// Letters and digits, a letter first, at most `most`. Empty text: none.
Key alphanumeric(std::string name, std::size_t most, std::string meaning, Place<std::string> place);
/// A secret, and the key of the file that may hold it. `what` goes into both meanings.
std::array<Key, 2> secret(std::string name, const std::string& what, Place<std::string> place);

/// An object with a URI for each issuer's text.
Key systems(std::string name, std::string meaning, Place<std::map<std::string, std::string, std::less<>>> place);

/// A value's name in the configuration. An empty name is one that a file may leave empty.
template<class T>
struct Name {
  const char* text;
  T value;
};
template<class T>
Name(const char*, T) -> Name<T>;

/// One of some names, in any case.
template<class T, std::size_t size>
Key choice(std::string name, const std::array<Name<T>, size>& names, std::string meaning, Place<T> place) {
  std::string expected;
  for (const auto& each : names) {
    bool last = &each == &names.back();
    expected += *each.text ? fmt::format("{}{}", expected.empty() ? "" : last ? " or " : ", ", each.text) : "";
  }
  auto read = [names](const Value& value) -> std::optional<T> {
    auto given = value.kind == Value::Kind::Text ? std::optional(text::trimmed(value.text)) : std::nullopt;
    for (const auto& each : names)
      if (given && text::equal_but_for_case(*given, each.text))
        return each.value;
    return std::nullopt;
  };
  auto text_of = [names](const T& value) {
    return std::string(
        std::find_if(names.begin(), names.end(), [&](const auto& each) { return each.value == value; })->text);
  };
  return key<T>(std::move(name), expected, std::move(meaning), place, read, text_of);
}

/// A set of some names in any case: a list with commas, or an array. Empty text: nothing is set.
template<class T, std::size_t size, class Set>
Key several(std::string name, const std::array<Name<T>, size>& names, std::string meaning,
            Place<std::optional<Set>> place) {
  std::string expected = "a comma list or an array of";
  for (const auto& each : names) {
    expected += fmt::format("{} {}", &each == names.data() ? "" : ",", each.text);
  }
  auto read = [names](const Value& value) -> std::optional<std::optional<Set>> {
    if (value.kind != Value::Kind::Text && value.kind != Value::Kind::Array) {
      return std::nullopt;
    }
    std::optional<Set> set;
    if (value.kind == Value::Kind::Array || !text::trimmed(value.text).empty()) {
      set.emplace();
    }
    for (std::string_view rest = value.text; !text::trimmed(rest).empty();) {
      auto part = text::trimmed(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1);
      auto known = std::find_if(names.begin(), names.end(),
                                [&](const auto& each) { return text::equal_but_for_case(part, each.text); });
      if (known == names.end()) {
        return std::nullopt;
      }
      set->add(known->value);
    }
    return set;
  };
  auto text_of = [names](const std::optional<Set>& set) {
    std::string text;
    for (const auto& each : names) {
      if (set && set->has(each.value)) {
        text += (text.empty() ? "" : ", ") + std::string(each.text);
      }
    }
    return text;
  };
  return key<std::optional<Set>>(std::move(name), expected, std::move(meaning), place, read, text_of);
}

} // namespace dicomcast::conf::kinds
