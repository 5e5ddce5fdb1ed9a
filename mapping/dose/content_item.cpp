// Reading items of a content tree (PS3.3 section C.17.3).
#include "mapping/dose/content_item.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dicomcast::mapping {

namespace {

/// PS3.16 TID 10022: Radiopharmaceutical agent, Radionuclide, Route of administration.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> names_of_today{{
    {"F-61FDB", "349358000"},
    {"C-10072", "89457008"},
    {"G-C340", "410675002"},
}};

} // namespace

std::optional<Code> name_of_item(const Json& item, Profile profile) {
  auto name = first_code(item, concept_name_tag, profile);
  if (name && !name->snomed_rt.empty())
    for (auto& [snomed_rt, of_today] : names_of_today)
      if (name->snomed_rt == snomed_rt)
        name->value = of_today;
  return name;
}

bool is_named_any(const Json& item, std::span<const Concept> names, Profile profile) {
  auto name = name_of_item(item, profile);
  return name && std::ranges::find(names, name->meant()) != names.end();
}

const Json::Array& child_items(const Json& item) {
  return sequence_items(item, "0040A730");
}

const Json* find_child(const Json& item, std::span<const Concept> names, Profile profile) {
  auto& children = child_items(item);
  auto found = std::ranges::find_if(children, [&](const Json& child) { return is_named_any(child, names, profile); });
  return found == children.end() ? nullptr : &*found;
}

bool visit_below(const Json& item, const std::function<bool(const Json&)>& visit) {
  for (auto& child : child_items(item))
    if (visit(child) || visit_below(child, visit))
      return true;
  return false;
}

const Json* find_below(const Json& item, std::span<const Concept> names, Profile profile) {
  const Json* found = nullptr;
  visit_below(item, [&](const Json& below) {
    if (is_named_any(below, names, profile))
      found = &below;
    return found != nullptr;
  });
  return found;
}

} // namespace dicomcast::mapping
