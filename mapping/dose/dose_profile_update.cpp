// Updates what the dose profile adds to a stored summary, and takes it away again.
#include "mapping/dose/dose_profile.hpp"
#include "mapping/dose/observation_update.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

const Json* find_meta_profile(const Json& observation) {
  auto* meta = observation.find("meta");
  auto& profiles = meta ? meta->items("profile") : observation.items("-");
  auto found = std::ranges::find_if(
      profiles, [](const Json& one) { return one.if_string() && *one.if_string() == dose_profile::url; });
  return found == profiles.end() ? nullptr : &*found;
}

bool is_authorizing(const Json& contained) {
  return contained.text("id") == dose_profile::authorizing_id;
}

bool refers_to_authorizing(const Json& performer) {
  return performer.text("reference") == "#" + std::string(dose_profile::authorizing_id);
}

/// Makes the elements of a list that are ours those that are wanted; others stay. An empty list goes.
bool replace_ours(Json& parent, std::string_view name, bool (*is_ours)(const Json&), const Json::Array& wanted) {
  Json::Array elements;
  std::ranges::copy_if(std::as_const(parent).items(name), std::back_inserter(elements),
                       [&](const Json& one) { return !is_ours(one); });
  elements.insert(elements.end(), wanted.begin(), wanted.end());
  auto& present = std::as_const(parent).items(name);
  if (std::ranges::is_permutation(present, elements))
    return false;
  if (elements.empty())
    parent.erase(name);
  else
    parent.set(name, std::move(elements));
  return true;
}

bool merge_meta_profile(Json& observation, bool is_wanted) {
  bool is_there = find_meta_profile(observation) != nullptr;
  if (is_there == is_wanted)
    return false;
  auto& meta = observation["meta"];
  auto& profiles = meta.array_at("profile");
  if (is_wanted)
    profiles.push_back(dose_profile::url);
  else
    std::erase_if(profiles, [](const Json& one) { return one.if_string() && *one.if_string() == dose_profile::url; });
  if (profiles.empty())
    meta.erase("profile");
  return true;
}

bool merge_orders(Json& observation, const Json& wanted) {
  bool changed = false;
  for (auto& order : wanted.items("basedOn")) {
    auto& present = observation.array_at("basedOn");
    auto* identifier = order.find("identifier");
    bool is_there = std::ranges::any_of(present, [&](const Json& one) {
      auto* other = one.find("identifier");
      return other && other->text("value") == identifier->text("value") &&
             other->text("system") == identifier->text("system");
    });
    if (!is_there)
      present.push_back(order);
    changed |= !is_there;
  }
  return changed;
}

} // namespace

bool update_dose_profile(Json& observation, const Json& wanted, const Options& options) {
  if (!dose_profile::is_summary(observation))
    return false;
  bool was_ours = options.dose_profile == DoseProfile::Summary || find_meta_profile(observation);
  bool changed = merge_meta_profile(observation, find_meta_profile(wanted) != nullptr);
  changed |= replace_ours(observation, "contained", is_authorizing, wanted.items("contained"));
  changed |= replace_ours(observation, "performer", refers_to_authorizing, wanted.items("performer"));
  changed |= merge_orders(observation, wanted);
  if (auto* text = wanted.find("valueString")) {
    for (auto& [name, value] : Json::Object(*observation.if_object())) // value[x] has one
      if (name.starts_with("value") && name != "valueString")
        changed |= observation.erase(name);
    changed |= overlay(observation["valueString"], *text);
  } else if (was_ours) { // a text of former values would be wrong
    changed |= observation.erase("valueString");
  }
  if (auto* device = wanted.find("device"))
    changed |= overlay(observation["device"], *device);
  return changed;
}

} // namespace dicomcast::mapping
