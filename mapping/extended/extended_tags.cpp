// The search in the table of attributes beyond profile R4.
#include "mapping/extended/extended_tags.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::size_t row_count = std::size(extended_tags);

/// The numbers of the table in order, for the search.
constexpr auto sorted_rows = [] {
  std::array<std::pair<std::uint32_t, Group>, row_count> rows{};
  for (std::size_t at = 0; at < row_count; ++at)
    rows[at] = {extended_tags[at].number, extended_tags[at].group};
  std::ranges::sort(rows);
  return rows;
}();

} // namespace

bool is_extended(std::uint32_t number, const Groups& groups) {
  auto row = std::lower_bound(sorted_rows.begin(), sorted_rows.end(), std::pair(number, Group{}));
  for (; row != sorted_rows.end() && row->first == number; ++row)
    if (groups.has(row->second))
      return true;
  return false;
}

} // namespace dicomcast::mapping
