// Compensation: what is taken back, and how.
#include "actors/resources/compensation.hpp"

#include "actors/resources/observation_writes.hpp"
#include "mapping/json/edit.hpp"
#include "mapping/merge.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::fhir::Write;
using mapping::Json;

namespace {

/// Whether the reference, relative or absolute, with or without a version, is to one of these `Type/id`.
bool refers_to(const Json& element, const std::vector<std::string>& targets) {
  auto reference = element.text("reference");
  return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
    auto at = reference.rfind(target);
    return at != reference.npos && (at == 0 || reference[at - 1] == '/') &&
           (at + target.size() == reference.size() || reference[at + target.size()] == '/');
  });
}

bool is_subject(const Json& resource, const Slot& patient) {
  auto* subject = resource.find("subject");
  return subject && refers_to(*subject, patient.others);
}

bool lists_endpoint(const Json& study, const Slot& endpoint) {
  auto& listed = study.items("endpoint");
  return std::any_of(listed.begin(), listed.end(), [&](auto& one) { return refers_to(one, endpoint.others); });
}

mapping::ImagingStudy* study_of(const Claim& claim) {
  Slot& slot = *claim.study;
  return slot.is_here() && !slot.failure && slot.study().study ? &*slot.study().study : nullptr;
}

bool holds_instance(mapping::ImagingStudy& study, const mapping::InstanceUids& uids) {
  auto* series = study.find_series(uids.series);
  return series && series->instances.find(uids.instance);
}

bool is_tied(const Claim& claim, mapping::ImagingStudy& study) {
  auto& members = std::as_const(study).members();
  return (is_subject(members, *claim.patient) || lists_endpoint(members, *claim.endpoint)) &&
         (claim.study->former || holds_instance(study, claim.entry->uids));
}

std::vector<Json> tied_observations(const Claim& claim, bool all) {
  std::vector<Json> tied;
  if (claim.observations && claim.observations->is_here() && !claim.observations->failure)
    for (auto& observation : claim.observations->observations())
      if (all || is_subject(observation, *claim.patient))
        tied.push_back(observation);
  return tied;
}

Write whole(const Slot& slot, const Standing& standing, std::string body) {
  Write write;
  write.kind = Write::Kind::Update;
  write.type = type_of(slot.key.kind);
  write.id = standing.id;
  write.version = standing.version;
  write.body = std::move(body);
  return write;
}

/// As a `delete` of the instance would; and another's Endpoint leaves the list.
Write without_instance(const Claim& claim, StudyDocument& document, const mapping::Options& options) {
  auto& study = *document.study;
  if (lists_endpoint(std::as_const(study).members(), *claim.endpoint)) {
    auto& listed = study.members().array_at("endpoint");
    std::erase_if(listed, [&](const Json& one) { return refers_to(one, claim.endpoint->others); });
    if (listed.empty())
      study.members().erase("endpoint");
  }
  if (mapping::remove_instance(*claim.entry, options, document.study) == mapping::Removal::Emptied)
    return deletion("ImagingStudy", document.id, document.version);
  std::string body;
  study.write(body);
  return whole(*claim.study, document, std::move(body));
}

Write study_write(const Claim& claim, const mapping::Options& options) {
  auto& document = claim.study->study();
  if (auto& former = claim.study->former; former && !former->text)
    return deletion("ImagingStudy", document.id, document.version);
  else if (former && !mapping::same_value(*Json::parse(*former->text), document.study->to_json()))
    return whole(*claim.study, document, *former->text);
  return without_instance(claim, document, options);
}

} // namespace

bool needs_compensation(const Claim& claim) {
  if (!claim.patient || (claim.patient->others.empty() && claim.endpoint->others.empty()))
    return false;
  auto* study = study_of(claim);
  return (study && is_tied(claim, *study)) || !tied_observations(claim, false).empty();
}

Transaction make_compensation(Claim& claim, const std::vector<Claim*>& beside, ResourceCache& cache) {
  Transaction made;
  made.group = std::make_shared<PreparedGroup>();
  made.group->is_compensation = true;
  auto add = [&](Write write, const ResourceKey& key) {
    made.group->writes.push_back(std::move(write));
    made.written.push_back(nullptr);
    made.lists.push_back(key);
  };
  auto* study = study_of(claim);
  bool study_is_tied = study && is_tied(claim, *study);
  bool by_endpoint = study_is_tied && lists_endpoint(study->members(), *claim.endpoint);
  if (study_is_tied) {
    cache.hold(*claim.study);
    made.touched.push_back(claim.study);
    made.group->oldest = claim.study->found_at;
    add(study_write(claim, cache.options()), claim.study->key);
  }
  std::set<std::string> taken;
  auto take_back = [&](const Claim& one) {
    for (auto& observation : tied_observations(one, by_endpoint))
      if (taken.insert(std::string(observation.text("id"))).second)
        add(deletion_of(observation), one.observations->key);
  };
  take_back(claim);
  for (Claim* other : beside)
    if (other->study == claim.study && other->patient)
      take_back(*other);
  return made;
}

} // namespace dicomcast::actors
