// Broken UTF-8 and lone surrogates: marked in the text, replaced in the document.
#include "mapping/feed/mend.hpp"

#include "conf/text.hpp"

#include <algorithm>
#include <charconv>

namespace dicomcast::mapping {

namespace {

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
    text.replace(at, broken_mark.size(), text::replacement_character);
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
    } else {
      auto character = text::first_character(text);
      length = character.length;
      out += character.is_well_formed ? text.substr(0, length) : broken_mark;
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
