#include "mapping/tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dicomcast::mapping {

namespace {

constexpr bool table_is_in_order() {
  for (std::size_t at = 0; at < tag_count; ++at)
    if (tag_table[at].tag != static_cast<Tag>(at) || (at > 0 && tag_table[at - 1].number >= tag_table[at].number))
      return false;
  return true;
}
static_assert(table_is_in_order());

} // namespace

std::optional<Tag> tag_of_key(std::string_view key) {
  // Most keys of a dataset are of other groups: they are told by four characters.
  if (key.size() != 8 || (!key.starts_with("0008") && !key.starts_with("0010") && !key.starts_with("0020")))
    return std::nullopt;
  std::uint32_t number = 0;
  auto [end, fault] = std::from_chars(key.data(), key.data() + key.size(), number, 16);
  if (fault != std::errc() || end != key.data() + key.size())
    return std::nullopt;
  auto row = std::lower_bound(tag_table.begin(), tag_table.end(), number,
                              [](const TagRule& rule, std::uint32_t sought) { return rule.number < sought; });
  if (row == tag_table.end() || row->number != number)
    return std::nullopt;
  return row->tag;
}

std::string label_of(const TagRule& rule) {
  return fmt::format("{} ({:04X},{:04X})", rule.keyword, rule.number >> 16, rule.number & 0xFFFF);
}

} // namespace dicomcast::mapping
