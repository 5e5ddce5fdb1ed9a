#include "mapping/feed/mend.hpp"

#include <algorithm>
#include <charconv>

namespace dicomcast::mapping {

namespace {

/// The length of the well-formed sequence at the beginning; 0: it is ill-formed, and `bad` is how much of it to
/// replace.
std::size_t sequence_length(std::string_view text, std::size_t& bad) {
  auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80)
    return 1;
  bad = 1;
  std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4)
    return 0;
  // The second byte's range leaves out overlong forms, surrogates and what is beyond U+10FFFF (Unicode, table 3-7).
  unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (; bad < length; ++bad, low = 0x80, high = 0xBF) {
    auto next = bad < text.size() ? static_cast<unsigned char>(text[bad]) : 0;
    if (next < low || next > high)
      return 0;
  }
  return length;
}

/// The code unit of a `\uXXXX` at the beginning; -1: there is none.
int escaped_unit(std::string_view text) {
  int unit = -1;
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u')
    return -1;
  auto [end, fault] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return fault == std::errc() && end == text.data() + 6 ? unit : -1;
}

bool replace_in(std::string& text) {
  bool found = false;
  for (auto at = text.find(broken_mark); at != text.npos; at = text.find(broken_mark, at)) {
    text.replace(at, broken_mark.size(), replacement_character);
    found = true;
  }
  return found;
}

} // namespace

std::string mark_broken(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 64);
  while (!text.empty()) {
    std::size_t length = 1;
    if (text[0] == '\\') {
      int unit = escaped_unit(text);
      bool pair = unit >= 0xD800 && unit < 0xDC00 && (escaped_unit(text.substr(6)) & ~0x3FF) == 0xDC00;
      length = pair ? 12 : unit >= 0 ? 6 : std::min<std::size_t>(2, text.size());
      // What follows the backslash may itself be broken: then it is left for the next round.
      if (length == 2 && static_cast<unsigned char>(text[1]) >= 0x80)
        length = 1;
      if (!pair && unit >= 0xD800 && unit < 0xE000)
        out += broken_mark;
      else
        out += text.substr(0, length);
    } else if (std::size_t bad = 0; (length = sequence_length(text, bad)) == 0) {
      out += broken_mark;
      length = bad;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

bool replace_marks(Json& json) {
  if (auto* text = json.if_string())
    return replace_in(*text);
  bool found = false;
  if (auto* elements = json.if_array())
    for (auto& element : *elements)
      found |= replace_marks(element);
  if (auto* members = json.if_object())
    for (auto& [name, value] : *members) {
      found |= replace_in(name);
      found |= replace_marks(value);
    }
  return found;
}

} // namespace dicomcast::mapping
