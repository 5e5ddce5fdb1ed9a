// Reading and showing values; URLs in normal form by Boost.URL.
#include "conf/values.hpp"

#include "conf/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <vector>

namespace dicomcast::conf {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes `least` to `most` digits from the front of the text.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  int number = 0;
  while (count < text.size() && count < most && is_digit(text[count]))
    number = number * 10 + (text[count++] - '0');
  if (count < least)
    return std::nullopt;
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  bool there = !text.empty() && text.front() == c;
  text.remove_prefix(there ? 1 : 0);
  return there;
}

/// Unreserved characters plain, what stays encoded in upper case (RFC 3986 section 6.2.2.1 and 6.2.2.2).
std::string with_normal_encoding(std::string_view path) {
  constexpr std::string_view unreserved_marks = "-._~";
  std::string result;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      result += path[i];
      continue;
    }
    unsigned char byte = 0;
    std::from_chars(path.data() + i + 1, path.data() + i + 3, byte, 16);
    auto c = static_cast<char>(byte);
    bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    result += is_letter || is_digit(c) || unreserved_marks.find(c) != std::string_view::npos
                  ? std::string(1, c)
                  : fmt::format("%{:02X}", byte);
    i += 2;
  }
  return result;
}

/// The path without its `.` and `..` segments (RFC 3986 section 5.2.4). `path` begins with a slash.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_slash = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    ends_in_slash = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty())
      kept.pop_back();
    else if (!ends_in_slash)
      kept.push_back(segment);
  }
  return fmt::format("/{}{}", fmt::join(kept, "/"), ends_in_slash && !kept.empty() ? "/" : "");
}

} // namespace

std::string shown(const Value& value) {
  switch (value.kind) {
  case Value::Kind::Array:
    return "an array";
  case Value::Kind::Object:
    return "an object";
  case Value::Kind::Number:
  case Value::Kind::Boolean:
    return value.text;
  case Value::Kind::Text:
    break;
  }
  constexpr std::size_t most = 120;
  return text::quoted(text::shortened(value.text, most));
}

std::optional<std::string> read_text(const Value& value) {
  if (value.kind != Value::Kind::Text || text::has_control(value.text))
    return std::nullopt;
  return value.text;
}

std::optional<bool> read_boolean(const Value& value) {
  if (value.kind != Value::Kind::Text && value.kind != Value::Kind::Boolean)
    return std::nullopt;
  std::string_view text = text::trimmed(value.text);
  if (text::equal_but_for_case(text, "true"))
    return true;
  if (text::equal_but_for_case(text, "false"))
    return false;
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Value& value) {
  if (value.kind != Value::Kind::Text && value.kind != Value::Kind::Number)
    return std::nullopt;
  std::string_view text = text::trimmed(value.text);
  if (text.size() > 1 && text.front() == '+' && is_digit(text[1]))
    text.remove_prefix(1);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
  text = text::trimmed(text);
  int days = 0;
  if (text.find('.') < text.find(':')) {
    auto number = take_number(text, 1, 4);
    if (!number || !take(text, '.'))
      return std::nullopt;
    days = *number;
  }
  auto hours = take_number(text, 1, 2);
  bool colon = take(text, ':');
  auto minutes = take_number(text, 1, 2);
  bool second_colon = take(text, ':');
  auto seconds = take_number(text, 1, 2);
  if (!hours || !colon || !minutes || !second_colon || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59)
    return std::nullopt;
  int thousandths = 0;
  if (take(text, '.')) {
    auto digits = text.size();
    auto fraction = take_number(text, 1, 3);
    if (!fraction || digits > 7 || !std::all_of(text.begin(), text.end(), is_digit))
      return std::nullopt;
    thousandths = digits == 1 ? *fraction * 100 : digits == 2 ? *fraction * 10 : *fraction;
    text = {};
  }
  if (!text.empty())
    return std::nullopt;
  using namespace std::chrono;
  return std::chrono::days(days) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + milliseconds(thousandths);
}

std::string duration_text(std::chrono::milliseconds duration) {
  auto total = duration.count();
  auto days = total / 86'400'000, seconds = total / 1000 % 86'400;
  auto text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (days > 0)
    text = fmt::format("{}.{}", days, text);
  if (total % 1000 != 0)
    text += fmt::format(".{:03}", total % 1000);
  return text;
}

bool is_timezone(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
    return false;
  std::string_view hours_text = text.substr(1, 2), minutes_text = text.substr(4, 2);
  auto hours = take_number(hours_text, 2, 2), minutes = take_number(minutes_text, 2, 2);
  if (!hours || !minutes || *minutes > 59)
    return false;
  return *hours * 60 + *minutes <= (text[0] == '-' ? 12 * 60 : 14 * 60);
}

std::string url_fault(std::string_view text) {
  auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  // Boost 1.81 lets a path begin right after the authority, as in http://host:80x/.
  if (!parsed || (!parsed->encoded_path().empty() && parsed->encoded_path().front() != '/'))
    return "it is no absolute URL";
  const auto& url = *parsed;
  if (url.scheme_id() != boost::urls::scheme::http && url.scheme_id() != boost::urls::scheme::https)
    return "its scheme is neither http nor https";
  if (url.has_userinfo())
    return "it holds user info, which is a secret: use the Authentication section";
  if (url.encoded_host().empty())
    return "it names no host";
  if (!url.port().empty() && url.port_number() == 0)
    return "its port is not from 1 to 65535";
  if (url.has_query() || url.has_fragment())
    return "it holds a query or a fragment";
  return {};
}

std::string normalised_url(std::string_view text) {
  boost::urls::url url(*boost::urls::parse_uri({text.data(), text.size()}));
  url.normalize_scheme();
  url.normalize_authority();
  bool is_default = (url.scheme_id() == boost::urls::scheme::http && url.port_number() == 80) ||
                    (url.scheme_id() == boost::urls::scheme::https && url.port_number() == 443);
  if (url.has_port() && (is_default || url.port().empty()))
    url.remove_port();
  // Not url.normalize_path(): it turns %2F into a slash, and an empty path into a dot segment.
  std::string path(url.encoded_path().data(), url.encoded_path().size());
  std::string root(url.buffer().data(), url.buffer().size() - path.size());
  return root + without_dot_segments(with_normal_encoding(path.empty() ? "/" : path));
}

std::optional<std::string> read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content;
  std::array<char, 4096> block{};
  while (file.read(block.data(), block.size()), file.gcount() > 0)
    content.append(block.data(), static_cast<std::size_t>(file.gcount()));
  return file.is_open() && !file.bad() ? std::optional(std::move(content)) : std::nullopt;
}

} // namespace dicomcast::conf
