// The target of a request: path and query.
#include "tests/sim/target.hpp"

#include <charconv>

namespace dicomcast::sim {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

std::optional<std::string> Target::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name)
      return value;
  return std::nullopt;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    if (plain)
      out += static_cast<char>(c);
    else
      out.append("%").append(1, hex[c >> 4]).append(1, hex[c & 15]);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!query.empty()) {
    auto end = query.find('&');
    auto one = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (one.empty())
      continue;
    auto equals = one.find('=');
    auto value = equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1);
    out.emplace_back(percent_decode(one.substr(0, equals), true), percent_decode(value, true));
  }
  return out;
}

Target parse_target(std::string_view target) {
  if (auto scheme = target.find("://"); scheme != std::string_view::npos && scheme < target.find_first_of("/?")) {
    auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  auto question = target.find('?');
  Target out;
  out.path = percent_decode(target.substr(0, question), false);
  if (question != std::string_view::npos)
    out.query = parse_query(target.substr(question + 1));
  return out;
}

std::optional<std::string> below(std::string_view path, std::string_view prefix) {
  while (prefix.ends_with('/'))
    prefix.remove_suffix(1);
  if (!path.starts_with(prefix))
    return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty())
    return "/";
  if (path.front() != '/')
    return std::nullopt;
  return std::string(path);
}

std::optional<long long> to_number(std::string_view text) {
  long long value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

} // namespace dicomcast::sim
