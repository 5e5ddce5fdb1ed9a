// Finding attributes by number.
#include "mapping/tags.hpp"

#include <fmt/format.h>

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

std::string label_of(const TagRule& rule) {
  return fmt::format("{} ({:04X},{:04X})", rule.keyword, rule.number >> 16, rule.number & 0xFFFF);
}

} // namespace dicomcast::mapping
