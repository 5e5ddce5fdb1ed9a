// Writes of Observations.
#include "actors/resources/observation_writes.hpp"

#include "mapping/json/edit.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::fhir::Write;
using mapping::Json;

namespace {

mapping::Identifier own_identifier(const Json& observation) {
  auto& identifiers = observation.items("identifier");
  if (identifiers.empty())
    return {};
  return {std::string(identifiers.front().text("system")), std::string(identifiers.front().text("value"))};
}

std::string version_of(const Json& resource) {
  auto* meta = resource.find("meta");
  return std::string(meta ? meta->text("versionId") : "");
}

std::string name_of(const Json& observation) {
  return "Observation/" + std::string(observation.text("id"));
}

Write creation(const Json& observation, std::string urn) {
  Write write;
  write.type = "Observation";
  write.full_url = std::move(urn);
  write.if_none_exist = mapping::identifier_query(own_identifier(observation));
  observation.write(write.body);
  return write;
}

Write update(const Json& observation) {
  Write write;
  write.kind = Write::Kind::Update;
  write.type = "Observation";
  write.id = observation.text("id");
  write.version = version_of(observation);
  observation.write(write.body);
  return write;
}

} // namespace

Write deletion(std::string type, std::string id, std::string version) {
  Write write;
  write.kind = Write::Kind::Delete;
  write.type = std::move(type);
  write.id = std::move(id);
  write.version = std::move(version);
  return write;
}

Write deletion_of(const Json& observation) {
  return deletion("Observation", std::string(observation.text("id")), version_of(observation));
}

std::string done_name(const Write& write) {
  return write.kind == Write::Kind::Delete ? "Observation/" + write.id : write.if_none_exist;
}

bool ObservationWrites::deletes(const Json& observation) const {
  return deleted_.contains(name_of(observation));
}

/// An Observation of the list has the identifier of one that is written: the create of one and the deletion of the
/// other would meet.
bool ObservationWrites::is_taken(const Slot& list) const {
  if (own_identifiers_.empty())
    return false;
  auto& there = list.observations();
  return std::any_of(there.begin(), there.end(), [&](const Json& observation) {
    return own_identifiers_.contains(own_identifier(observation).value) && !deletes(observation);
  });
}

bool ObservationWrites::may_delete(const Slot& list) const {
  return !is_taken(list);
}

bool ObservationWrites::may_add(const mapping::MappedEntry& entry, const Slot& list) const {
  if (own_identifiers_.contains(entry.uids.instance) || is_taken(list))
    return false;
  return std::none_of(entry.observations.begin(), entry.observations.end(), [&](const Json& observation) {
    return own_identifiers_.contains(own_identifier(observation).value);
  });
}

ObservationWrites::Added ObservationWrites::add(const Claim& claim, mapping::ObservationChanges changes,
                                                std::optional<std::size_t> most,
                                                const std::function<std::string()>& new_urn) {
  auto& there = claim.observations->observations();
  auto is_done = [&](const std::string& name) { return claim.done.contains(name); };
  std::erase_if(changes.created, [&](const Json& one) { return is_done(identifier_query(own_identifier(one))); });
  std::erase_if(changes.deleted, [&](const Json& one) { return is_done(name_of(one)); });
  std::erase_if(changes.updated, [&](const Json& one) {
    return std::any_of(there.begin(), there.end(), [&](const Json& old) { return mapping::same_value(old, one); });
  });
  auto all = changes.created.size() + changes.updated.size() + changes.deleted.size();
  Added added{std::min(all, most.value_or(all)), 0};
  added.left = all - added.taken;
  auto until = writes_.size() + added.taken;
  if (added.taken > 0) {
    own_identifiers_.insert(claim.entry->uids.instance);
    search_lists_again(*claim.entry, changes);
  }
  auto take = [&](const std::vector<Json>& observations, auto write_of) {
    for (auto& one : observations)
      if (writes_.size() < until) {
        writes_.push_back(write_of(one));
        own_identifiers_.insert(own_identifier(one).value);
      }
  };
  take(changes.created, [&](const Json& one) { return creation(one, new_urn()); });
  take(changes.updated, [](const Json& one) { return update(one); });
  take(changes.deleted, [&](const Json& one) {
    deleted_.insert(name_of(one));
    return deletion_of(one);
  });
  return added;
}

void ObservationWrites::search_lists_again(const mapping::MappedEntry& entry,
                                           const mapping::ObservationChanges& changes) {
  lists_.push_back({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)});
  lists_.push_back({ResourceKind::StudyObservations, mapping::study_identifier(entry.uids.study)});
  auto report_system = mapping::report_identifier("").system;
  for (auto& deleted : changes.deleted) // of other reports too, where the study goes
    for (auto& identifier : deleted.items("identifier"))
      if (identifier.text("system") == report_system)
        lists_.push_back({ResourceKind::ReportObservations, {report_system, std::string(identifier.text("value"))}});
}

} // namespace dicomcast::actors
