// The search in PS3.16 annex O.
#include "mapping/code/snomed.hpp"

#include <algorithm>
#include <cstdint>

namespace dicomcast::mapping {

namespace {

struct Pair {
  char snomed_rt[10]; ///< in place of a pointer: no address to be set at start
  std::uint32_t snomed_ct;
  constexpr std::string_view name() const { return snomed_rt; }
};

constexpr Pair pairs[] = {
// in order: a test looks each up
#include "mapping/code/annex_o.inc"
};

} // namespace

std::optional<std::string> snomed_ct_of(std::string_view snomed_rt) {
  auto* found = std::ranges::lower_bound(pairs, snomed_rt, {}, &Pair::name);
  return found != std::end(pairs) && found->name() == snomed_rt ? std::optional(std::to_string(found->snomed_ct))
                                                                : std::nullopt;
}

} // namespace dicomcast::mapping
