// Case, trimming, encodings, cutting, and text that is safe to show.
#include "conf/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dicomcast::text {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The lower case of a letter of two UTF-8 bytes: Latin, Greek, Cyrillic; others as they are.
char32_t lower_of_two(char32_t c) {
  if ((within(c, 0xC0, 0xDE) && c != 0xD7) || (within(c, 0x391, 0x3A9) && c != 0x3A2) || within(c, 0x410, 0x42F))
    return c + 0x20;
  if (within(c, 0x400, 0x40F))
    return c + 0x50;
  bool even_is_upper = within(c, 0x100, 0x137) || within(c, 0x14A, 0x177) || within(c, 0x460, 0x481);
  bool odd_is_upper = within(c, 0x139, 0x148) || within(c, 0x179, 0x17E);
  if ((even_is_upper && c % 2 == 0 && c != 0x130) || (odd_is_upper && c % 2 == 1))
    return c + 1;
  return c;
}

/// Whether it moves the cursor, ends the line or changes the direction of what is shown after it.
constexpr bool steers(char32_t c) {
  return c < 0x20 || within(c, 0x7F, 0x9F) || c == 0x061C || within(c, 0x200E, 0x200F) || within(c, 0x2028, 0x202E) ||
         within(c, 0x2066, 0x2069);
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

} // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string fold_case(std::string_view text) {
  auto out = lower_case(text);
  for (std::size_t at = 0; at + 1 < out.size(); ++at) {
    auto first = static_cast<unsigned char>(out[at]), second = static_cast<unsigned char>(out[at + 1]);
    if ((first & 0xE0) != 0xC0 || (second & 0xC0) != 0x80)
      continue;
    auto folded = lower_of_two((first & 0x1Fu) << 6 | (second & 0x3Fu));
    out[at++] = static_cast<char>(0xC0 | folded >> 6);
    out[at] = static_cast<char>(0x80 | (folded & 0x3F));
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_trailing_slashes(std::string_view url) {
  while (url.ends_with('/'))
    url.remove_suffix(1);
  return url;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(blanks) == text.npos;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

std::string percent_encoded(std::string_view bytes) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c))
      out += c;
    else
      out.append(1, '%').append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    auto byte = [bytes](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t digit = 0; digit < 4; ++digit)
      out += digit <= bytes.size() ? base64_digits[group >> (18 - 6 * digit) & 63] : '=';
  }
  return out;
}

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0)
    return std::nullopt;
  auto padding = text.ends_with("==") ? 2u : text.ends_with('=') ? 1u : 0u;
  text.remove_suffix(padding);
  std::string out;
  unsigned bits = 0, count = 0;
  for (char c : text) {
    auto value = base64_digits.find(c);
    if (value == base64_digits.npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8)
      out += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return out;
}

std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most)
    return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
    --most;
  return text.substr(0, most);
}

std::string shortened(std::string_view text, std::size_t most) {
  auto kept = cut(text, most);
  return fmt::format("{}{}", kept, kept.size() < text.size() ? "..." : "");
}

Character first_character(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return {first, 1, true};
  if (first < 0xC2 || first > 0xF4)
    return {0xFFFD, 1, false};
  std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  // The second byte's range leaves out overlong forms, surrogates and what is beyond U+10FFFF (Unicode, table 3-7).
  unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t at = 1; at < length; ++at, low = 0x80, high = 0xBF) {
    auto next = at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    if (next < low || next > high)
      return {0xFFFD, at, false};
    code = code << 6 | (next & 0x3Fu);
  }
  return {code, length, true};
}

bool has_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    bool is_c1 = text[at] == '\xC2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (is_control(text[at]) || is_c1)
      return true;
  }
  return false;
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    auto character = first_character(text);
    if (character.code == ' ' || steers(character.code)) {
      if (!line.empty() && line.back() != ' ')
        line += ' ';
    } else {
      line += character.is_well_formed ? text.substr(0, character.length) : replacement_character;
    }
    text.remove_prefix(character.length);
  }
  if (line.ends_with(' '))
    line.pop_back();
  return line;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto character = first_character(text);
    auto c = character.code;
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, text[0]);
    else if (c == '\n' || c == '\r' || c == '\t')
      out.append(1, '\\').append(1, c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (steers(c))
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += character.is_well_formed ? text.substr(0, character.length) : replacement_character;
    text.remove_prefix(character.length);
  }
  return out + '"';
}

} // namespace dicomcast::text
