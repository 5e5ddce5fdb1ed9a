// The writes of a transaction: each resource in its last form, and none of what ends as it stood.
#include "actors/resources/transaction_builder.hpp"

#include "mapping/json/edit.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::fhir::Write;

bool TransactionBuilder::is_as_it_stood(Slot& slot) {
  auto at = baselines_.find(&slot);
  if (at == baselines_.end() || emptied_.contains(&slot))
    return false;
  if (at->second.study)
    return at->second.study->is_same(*slot.study().study);
  return mapping::same_value(*at->second.document, *slot.document().json);
}

Write TransactionBuilder::write_of(Slot& slot) {
  auto& standing = *slot.standing();
  if (emptied_.contains(&slot))
    return deletion(type_of(slot.key.kind), standing.id, standing.version);
  bool is_study = slot.key.kind == ResourceKind::Study;
  Write write;
  write.type = type_of(slot.key.kind);
  write.id = standing.id;
  write.version = standing.version;
  write.kind = standing.id.empty() ? Write::Kind::Create : Write::Kind::Update;
  if (standing.id.empty()) {
    auto& options = cache_.options();
    bool by_name = slot.key.kind == ResourceKind::Endpoint && options.profile == mapping::Profile::Original;
    write.full_url = standing.full_url;
    write.if_none_exist =
        by_name ? mapping::endpoint_name_query(options) : mapping::identifier_query(slot.key.identifier);
  }
  auto baseline = is_study && use_patch_ ? baselines_.find(&slot) : baselines_.end();
  auto patch = baseline == baselines_.end() ? std::nullopt : baseline->second.study->patch_to(*slot.study().study);
  if (patch && patch->find("\"urn:uuid:") != std::string::npos) // a service does not look into a Binary for what
    patch.reset();                                              // refers to a resource that the Bundle creates
  if (patch) {
    write.kind = Write::Kind::Patch;
    write.body = std::move(*patch);
    made_.group->has_patch = true;
  } else if (is_study) {
    slot.study().study->write(write.body);
  } else {
    slot.document().json->write(write.body);
  }
  return write;
}

/// An entry whose changes were all undone by later ones of the group.
void TransactionBuilder::tell_unchanged(const std::set<Slot*>& as_they_stood) {
  for (std::size_t e = 0; e < changed_by_.size(); ++e) {
    auto& changed = changed_by_[e];
    if (made_.group->results[e] == EntryResult::Committed && !has_observations_[e] &&
        std::all_of(changed.begin(), changed.end(), [&](Slot* slot) { return as_they_stood.contains(slot); }))
      made_.group->results[e] = EntryResult::Unchanged;
  }
}

void TransactionBuilder::write_out() {
  std::set<Slot*> as_they_stood;
  for (auto& slots : changed_)
    for (Slot* slot : slots) {
      if (is_as_it_stood(*slot)) {
        as_they_stood.insert(slot);
        continue;
      }
      made_.group->writes.push_back(write_of(*slot));
      made_.written.push_back(slot);
    }
  if (!as_they_stood.empty())
    tell_unchanged(as_they_stood);
  for (auto& [slot, baseline] : baselines_)
    if (baseline.study && slot->study().study)
      slot->study().study->forget_former_texts();
  for (auto& write : observations_.writes()) {
    made_.group->writes.push_back(std::move(write));
    made_.written.push_back(nullptr);
  }
  made_.lists = std::move(observations_.lists());
}

} // namespace dicomcast::actors
