// The kinds of keys that are no template.
#include "conf/key_kinds.hpp"

namespace dicomcast::conf::kinds {

using Kind = Value::Kind;

Key text(std::string name, std::string meaning, Place<std::string> place) {
  return key<std::string>(std::move(name), "one line of text", std::move(meaning), place, read_text,
                          [](const std::string& s) { return s; });
}

Key flag(std::string name, std::string meaning, Place<bool> place) {
  auto result = key<bool>(std::move(name), "true or false", std::move(meaning), place, read_boolean,
                          [](bool value) { return value ? "true" : "false"; });
  result.kind = Kind::Boolean;
  return result;
}

Key whole(std::string name, int most, std::string meaning, Place<int> place) {
  auto read = [most](const Value& value) -> std::optional<int> {
    auto number = read_integer(value);
    return number && *number >= 1 && *number <= most ? std::optional(static_cast<int>(*number)) : std::nullopt;
  };
  auto result = key<int>(std::move(name), fmt::format("a whole number from 1 to {}", most), std::move(meaning), place,
                         read, [](int value) { return std::to_string(value); });
  result.kind = Kind::Number;
  return result;
}

Key duration(std::string name, milliseconds least, std::string meaning, Place<milliseconds> place) {
  auto read = [least](const Value& value) -> std::optional<milliseconds> {
    auto given = value.kind == Kind::Text ? read_duration(value.text) : std::nullopt;
    return given && *given >= least ? given : std::nullopt;
  };
  auto expected = fmt::format("a duration [d.]hh:mm:ss[.fff]{}", least > milliseconds(0) ? " above zero" : "");
  return key<milliseconds>(std::move(name), expected, std::move(meaning), place, read, duration_text);
}

Key url(std::string name, std::string meaning, Place<std::string> place) {
  auto result = text(std::move(name), std::move(meaning), place);
  result.expected = "an absolute http or https URL";
  result.assign = [place](const Value& value, Config& config, std::string& reason) {
    auto given = text::trimmed(value.text);
    reason = given.empty() ? "" : url_fault(given);
    bool is_valid = value.kind == Kind::Text && reason.empty();
    if (is_valid)
      place(config) = given;
    return is_valid;
  };
  return result;
}

Key readable_file(std::string name, std::string meaning, Place<std::string> place) {
  auto result = text(std::move(name), std::move(meaning), place);
  result.expected = "the path of a file that can be read";
  result.assign = [place](const Value& value, Config& config, std::string&) {
    auto path = read_text(value);
    bool is_valid = path && (path->empty() || read_whole_file(*path));
    if (is_valid)
      place(config) = *path;
    return is_valid;
  };
  return result;
}

Key alphanumeric(std::string name, std::size_t most, std::string meaning, Place<std::string> place) {
  auto read = [most](const Value& value) -> std::optional<std::string> {
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    auto given = read_text(value);
    bool fits = given && given->size() <= most && (given->empty() || is_letter(given->front())) &&
                std::all_of(given->begin(), given->end(), [&](char c) { return is_letter(c) || is_digit(c); });
    return fits ? given : std::nullopt;
  };
  return key<std::string>(std::move(name), fmt::format("letters and digits, a letter first, {} at most", most),
                          std::move(meaning), place, read, [](const std::string& s) { return s; });
}

Key systems(std::string name, std::string meaning, Place<std::map<std::string, std::string, std::less<>>> place) {
  using Systems = std::map<std::string, std::string, std::less<>>;
  auto is_uri = [](std::string_view text) {
    return text.find(':') != text.npos && text.find_first_of(" \t\r\n") == text.npos;
  };
  auto read = [is_uri](const Value& value) -> std::optional<Systems> {
    bool is_empty = value.kind == Kind::Text && text::trimmed(value.text).empty();
    if (value.kind != Kind::Object && !is_empty) {
      return std::nullopt;
    }
    Systems systems;
    for (const auto& [issuer, system] : value.members) {
      if (!is_uri(system)) {
        return std::nullopt;
      }
      systems.insert_or_assign(issuer, system);
    }
    return systems;
  };
  auto text_of = [](const Systems& systems) {
    std::string text;
    for (const auto& [issuer, system] : systems) {
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", issuer, system);
    }
    return text;
  };
  auto result = key<Systems>(std::move(name), "an object of issuers' texts and the URIs that are their systems",
                             std::move(meaning), place, read, text_of);
  result.kind = Kind::Object;
  return result;
}

std::array<Key, 2> secret(std::string name, const std::string& what, Place<std::string> place) {
  auto own = text(name, fmt::format("{}; a secret.", what), place);
  own.secret = true;
  own.show = [place](const Config& config) { return at(place, config).empty() ? "" : "(set)"; };
  auto file = text(
      name + "File",
      fmt::format("The file that holds `{}`, without its last line break.", name.substr(name.rfind(':') + 1)), place);
  file.file_of = own.name;
  file.expected = "the path of a file that holds the secret in one line";
  file.show = [](const Config&) { return ""; };
  file.assign = [place](const Value& value, Config& config, std::string& reason) {
    auto path = read_text(value);
    auto content = path && !path->empty() ? read_whole_file(*path) : std::nullopt;
    if (!content)
      return path && path->empty();
    while (!content->empty() && (content->back() == '\n' || content->back() == '\r'))
      content->pop_back();
    auto line = read_text({Kind::Text, *content});
    reason = !line ? "it holds control characters" : line->empty() ? "it is empty" : "";
    place(config) = line.value_or("");
    return reason.empty();
  };
  return {own, file};
}

} // namespace dicomcast::conf::kinds
