// merge_observations: a report's Observations against those that a FHIR service holds of it.
#include "mapping/dose/observation_update.hpp"
#include "mapping/identity.hpp"
#include "mapping/merge.hpp"

#include <algorithm>
#include <utility>

namespace dicomcast::mapping {

namespace {

Identifier own_identifier(const Json& observation) {
  auto& own = observation.items("identifier").front();
  return {std::string(own.text("system")), std::string(own.text("value"))};
}

} // namespace

ObservationChanges merge_observations(const MappedEntry& entry, const Options& options,
                                      const std::vector<Json>& existing, std::string_view patient_reference,
                                      std::string_view study_reference) {
  ObservationChanges changes;
  bool is_update = entry.is_update || options.rewrite_observations;
  std::vector<bool> is_held(existing.size());
  for (auto& wanted : entry.observations) {
    auto own = own_identifier(wanted);
    auto present = std::ranges::find_if(existing, [&](const Json& other) { return has_identifier(other, own); });
    if (present == existing.end()) {
      auto& created = changes.created.emplace_back(wanted);
      set_references(created, patient_reference, study_reference, wanted, options);
      continue;
    }
    is_held[static_cast<std::size_t>(present - existing.begin())] = true;
    auto merged = *present;
    if (is_update && update_observation(merged, wanted, patient_reference, study_reference, options))
      changes.updated.push_back(std::move(merged));
  }
  for (std::size_t at = 0; at < existing.size(); ++at)
    if (is_update && !is_held[at])
      changes.deleted.push_back(existing[at]);
  return changes;
}

} // namespace dicomcast::mapping
