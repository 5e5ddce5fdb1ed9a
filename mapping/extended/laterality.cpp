// Sides as SNOMED CT codes, and what two of them come to.
#include "mapping/extended/laterality.hpp"

#include "mapping/code/systems.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

struct Side {
  std::string_view letter, code, display;
};
constexpr Side sides[] = {
    {"L", "419161000", "Unilateral left"},
    {"R", "419465000", "Unilateral right"},
    {"B", "51440002", "Bilateral"},
};

const Side* side_of(const Json& coding) {
  auto* found = std::ranges::find(sides, coding.text("code"), &Side::code);
  return found != std::end(sides) && coding.text("system") == snomed_system ? found : nullptr;
}

} // namespace

std::optional<Json> laterality_of(std::string_view letter) {
  auto* side = std::ranges::find(sides, letter, &Side::letter);
  if (side == std::end(sides))
    return std::nullopt;
  Json coding;
  coding.set("system", snomed_system);
  coding.set("code", side->code);
  coding.set("display", side->display);
  return coding;
}

std::optional<Json> both_lateralities(const Json& a, const Json& b) {
  auto *one = side_of(a), *other = side_of(b);
  return one && other && one != other ? laterality_of("B") : std::nullopt;
}

} // namespace dicomcast::mapping
