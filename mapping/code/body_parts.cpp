// The search in PS3.16 table L-1.
#include "mapping/code/body_parts.hpp"

#include "mapping/code/systems.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr BodyPart body_parts[] = {
#include "mapping/code/body_parts.inc"
};

static_assert(std::ranges::is_sorted(body_parts, {}, &BodyPart::term));

} // namespace

const BodyPart* body_part_of(std::string_view term) {
  auto* found = std::ranges::lower_bound(body_parts, term, {}, &BodyPart::term);
  return found != std::end(body_parts) && found->term == term ? found : nullptr;
}

} // namespace dicomcast::mapping
