// Merging the head of the window into one transaction.
#include "actors/resources/group_builder.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::ExceptionTable;
using io::fhir::Write;
using mapping::Effect;
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

std::string subject_of(const Json& resource) {
  auto* subject = resource.find("subject");
  return std::string(subject ? subject->text("reference") : "");
}

/// Whether the reference, relative or absolute, with or without a version, is to one of these `Type/id`.
bool refers_to(std::string_view reference, const std::vector<std::string>& targets) {
  return std::any_of(targets.begin(), targets.end(), [&](const std::string& target) {
    auto at = reference.rfind(target);
    return at != reference.npos && (at == 0 || reference[at - 1] == '/') &&
           (at + target.size() == reference.size() || reference[at + target.size()] == '/');
  });
}

Write deletion(std::string type, std::string id, std::string version) {
  Write write;
  write.kind = Write::Kind::Delete;
  write.type = std::move(type);
  write.id = std::move(id);
  write.version = std::move(version);
  return write;
}

} // namespace

WorkingSet::Builder::Builder(WorkingSet& set, const PrepareRequest& request) : set_(set), request_(request) {}

WorkingSet::Slot* WorkingSet::Builder::patient(const mapping::MappedEntry& entry) {
  return set_.find({ResourceKind::Patient, {entry.patient.system, entry.patient.patient_id}});
}

WorkingSet::Slot* WorkingSet::Builder::study(const mapping::MappedEntry& entry) {
  return set_.find({ResourceKind::Study, mapping::study_identifier(entry.uids.study)});
}

WorkingSet::Transaction WorkingSet::Builder::build(std::vector<std::int64_t>& unresolved) {
  for (auto& entry : request_.entries) {
    if (!set_.is_here(*entry)) {
      if (made_.group->entries.empty())
        unresolved.push_back(entry->sequence);
      if (!made_.group->entries.empty())
        break;
      continue; // the others that lack something are asked for in the same go
    }
    if (!unresolved.empty())
      continue;
    if (!may_join(*entry))
      break;
    if (made_.group->entries.empty() && build_undo(*entry))
      break;
    include(entry);
  }
  if (!unresolved.empty())
    return {};
  if (!made_.group->is_compensation)
    write_out();
  return std::move(made_);
}

bool WorkingSet::Builder::may_join(const mapping::MappedEntry& entry) {
  auto& study_uid = entry.uids.study;
  if (entry.effect == Effect::Delete)
    return !written_studies_.contains(study_uid) &&
           !is_taken({ResourceKind::StudyObservations, mapping::study_identifier(study_uid)});
  if (entry.effect != Effect::Upsert)
    return true;
  if (deleted_studies_.contains(study_uid))
    return false;
  // A study is written whole however many of its entries are in the group: only another study makes the Bundle larger.
  if (Slot* slot = study(entry);
      !made_.group->entries.empty() && !seen_.contains(slot) && bytes_ + slot->bytes > set_.limits_.group_bytes)
    return false;
  ResourceKey key{ResourceKind::Patient, {entry.patient.system, entry.patient.patient_id}};
  auto [at, fresh] = patients_.try_emplace(key.folded_text(), key.text());
  if (!fresh && at->second != key.text())
    return false;
  Slot* slot = patient(entry);
  if (!made_.group->entries.empty() && slot->failure && set_.pending_undo_.contains(key.text()))
    return false;
  // What the Patient's create may tie to another's resource is put back as it was before the group.
  if (!slot->failure && slot->id.empty() && dirty_.contains(study(entry)) && !keeps_for_undo(key, study_uid))
    return false;
  if (set_.options_.generate_observations && entry.is_structured_report) {
    if (own_identifiers_.contains(entry.uids.instance) ||
        is_taken({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)}))
      return false;
    for (auto& observation : entry.observations)
      if (own_identifiers_.contains(own_identifier(observation).value))
        return false;
  }
  return true;
}

/// An Observation of the list has the identifier of one that the group writes: the create of one and the deletion of
/// the other would meet.
bool WorkingSet::Builder::is_taken(const ResourceKey& list) const {
  Slot* slot = own_identifiers_.empty() ? nullptr : set_.find(list);
  return slot && std::any_of(slot->observations.begin(), slot->observations.end(), [&](const Json& observation) {
           return own_identifiers_.contains(own_identifier(observation).value) &&
                  !own_identifiers_.contains("Observation/" + std::string(observation.text("id"))); // deleted already
         });
}

bool WorkingSet::Builder::keeps_for_undo(const ResourceKey& patient, const std::string& study_uid) const {
  auto at = made_.undo.find(patient.text());
  return at != made_.undo.end() &&
         std::any_of(at->second.begin(), at->second.end(), [&](const Undo& one) { return one.study_uid == study_uid; });
}

bool WorkingSet::Builder::build_undo(const mapping::MappedEntry& entry) {
  Slot* who = entry.effect == Effect::Upsert ? patient(entry) : nullptr;
  auto pending = who && who->failure ? set_.pending_undo_.find(who->key.text()) : set_.pending_undo_.end();
  if (pending == set_.pending_undo_.end())
    return false;
  for (auto& undo : pending->second) {
    Slot* slot = set_.find({ResourceKind::Study, mapping::study_identifier(undo.study_uid)});
    if (!slot || slot->state != Slot::State::Here || !slot->study ||
        !refers_to(subject_of(slot->study->members()), who->others))
      continue;
    if (undo.previous) {
      Write write;
      write.kind = Write::Kind::Update;
      write.type = "ImagingStudy";
      write.id = slot->id;
      write.version = slot->version;
      write.body = *undo.previous;
      made_.group->writes.push_back(std::move(write));
    } else {
      made_.group->writes.push_back(deletion("ImagingStudy", slot->id, slot->version));
    }
    made_.written.push_back(nullptr);
    made_.lists.push_back(slot->key); // searched anew afterwards
  }
  if (Slot* list = set_.find({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)}))
    for (auto& observation : list->observations)
      if (refers_to(subject_of(observation), who->others)) {
        made_.group->writes.push_back(
            deletion("Observation", std::string(observation.text("id")), version_of(observation)));
        made_.written.push_back(nullptr);
        made_.lists.push_back(list->key);
      }
  if (made_.group->writes.empty()) {
    set_.pending_undo_.erase(pending);
    return false;
  }
  made_.group->is_compensation = true;
  made_.undo[who->key.text()]; // what is pending for this Patient is done with it
  return true;
}

void WorkingSet::Builder::include(const EntryPtr& entry) {
  for (auto& message : entry->invalid_tags)
    made_.group->rows.push_back(
        row_of(*entry, ExceptionTable::InvalidDicomTag, mapping::name_of(mapping::DicomFault::InvalidTag), message));
  EntryResult result = EntryResult::Skipped;
  switch (entry->effect) {
  case Effect::Skip:
  case Effect::Refuse:
    result = result_of_idle(*entry, made_.group->rows);
    break;
  case Effect::Upsert:
    result = upsert(*entry);
    break;
  case Effect::Delete:
    result = remove(*entry);
    break;
  }
  made_.group->entries.push_back(entry);
  made_.group->results.push_back(result);
}

EntryResult WorkingSet::Builder::fail(const mapping::MappedEntry& entry, const io::Error& error) {
  made_.group->rows.push_back(
      row_of(entry, ExceptionTable::FhirFailToStore, io::name_of(error.code), io::to_string(error)));
  return EntryResult::Failed;
}

void WorkingSet::Builder::touch(Slot& slot, bool changed) {
  if (seen_.insert(&slot).second) {
    made_.touched.push_back(&slot);
    bytes_ += slot.bytes;
  }
  if (changed && dirty_.insert(&slot).second)
    changed_[static_cast<std::size_t>(slot.key.kind)].push_back(&slot);
}

EntryResult WorkingSet::Builder::upsert(const mapping::MappedEntry& entry) {
  Slot* who = patient(entry);
  Slot* what = study(entry);
  Slot* endpoint = set_.find({ResourceKind::Endpoint, mapping::endpoint_identifier(set_.options_)});
  Slot* list = nullptr;
  if (set_.options_.generate_observations && entry.is_structured_report)
    list = set_.find({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)});
  for (Slot* slot : {who, endpoint, what, list})
    if (slot && slot->failure)
      return fail(entry, *slot->failure);
  if (!who->json && set_.options_.policy == mapping::PatientPolicy::LinkOnly) {
    io::Error error;
    error.code = io::ErrorCode::PatientMissing;
    error.operation = "GET Patient?identifier=...";
    error.cause = "no such Patient, and Patient:Policy is LinkOnly";
    return fail(entry, error);
  }
  bool was_there = who->json && !who->id.empty();
  if (!was_there) { // its create may meet another's resource: keep what must be put back then
    auto& undo = made_.undo[who->key.text()];
    if (!keeps_for_undo(who->key, entry.uids.study)) {
      Undo one{entry.uids.study, std::nullopt};
      if (!what->id.empty() && what->study)
        what->study->write(one.previous.emplace());
      undo.push_back(std::move(one));
    }
  } else {
    set_.pending_undo_.erase(who->key.text()); // it was ours that was created, or it has come since
  }
  auto merge = [&](Slot& slot, bool changed) {
    if (changed && slot.id.empty() && slot.full_url.empty())
      slot.full_url = set_.new_urn();
    touch(slot, changed);
    return changed;
  };
  if (set_.use_patch_ && !request_.put_only && !what->id.empty() && what->study && !dirty_.contains(what))
    baselines_.try_emplace(what, *what->study);
  bool changed = merge(*who, mapping::merge_patient(entry.patient, set_.options_, who->json));
  changed |= merge(*endpoint, mapping::merge_endpoint(set_.options_, endpoint->json));
  changed |=
      merge(*what, mapping::merge_study(entry, set_.options_, who->reference(), endpoint->reference(), what->study));
  written_studies_.insert(entry.uids.study);
  if (list)
    changed |= change_observations(
        entry, mapping::merge_observations(entry, list->observations, who->reference(), what->reference()));
  return changed ? EntryResult::Committed : EntryResult::Unchanged;
}

bool WorkingSet::Builder::change_observations(const mapping::MappedEntry& entry,
                                              const mapping::ObservationChanges& changes) {
  std::vector<Write> writes;
  for (auto& created : changes.created) {
    auto own = own_identifier(created);
    own_identifiers_.insert(own.value);
    Write write;
    write.type = "Observation";
    write.full_url = set_.new_urn();
    write.if_none_exist = mapping::identifier_query(own);
    created.write(write.body);
    writes.push_back(std::move(write));
  }
  for (auto& updated : changes.updated) {
    Write write;
    write.kind = Write::Kind::Update;
    write.type = "Observation";
    write.id = updated.text("id");
    write.version = version_of(updated);
    updated.write(write.body);
    writes.push_back(std::move(write));
    own_identifiers_.insert(own_identifier(updated).value);
  }
  for (auto& deleted : changes.deleted) {
    writes.push_back(deletion("Observation", std::string(deleted.text("id")), version_of(deleted)));
    own_identifiers_.insert(own_identifier(deleted).value);
  }
  own_identifiers_.insert(entry.uids.instance);
  bool any = !writes.empty();
  made_.group->observations += writes.size();
  if (auto most = dirty_.empty() ? std::max<std::size_t>(1, request_.piece.value_or(0)) : 0;
      request_.piece && writes.size() > most) {
    made_.group->more = true;
    writes.resize(most);
  }
  if (any) { // what was written is searched anew by whom needs it next
    auto& lists = made_.lists;
    lists.push_back({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)});
    lists.push_back({ResourceKind::StudyObservations, mapping::study_identifier(entry.uids.study)});
    for (auto& deleted : changes.deleted) // of other reports too, where the study goes
      for (auto& identifier : deleted.items("identifier"))
        if (identifier.text("system") == "urn:ietf:rfc:3986")
          lists.push_back({ResourceKind::ReportObservations,
                           {std::string(identifier.text("system")), std::string(identifier.text("value"))}});
  }
  std::move(writes.begin(), writes.end(), std::back_inserter(observation_writes_));
  return any;
}

EntryResult WorkingSet::Builder::remove(const mapping::MappedEntry& entry) {
  Slot* what = study(entry);
  deleted_studies_.insert(entry.uids.study);
  if (what->failure && what->failure->code != io::ErrorCode::OthersMatch)
    return fail(entry, *what->failure);
  Slot* list = nullptr;
  if (set_.options_.generate_observations)
    list = set_.find({ResourceKind::StudyObservations, mapping::study_identifier(entry.uids.study)});
  if (list && list->failure)
    return fail(entry, *list->failure);
  auto removal = mapping::Removal::Nothing;
  if (request_.piece && list && remove_observations(entry, *what, *list)) {
    touch(*what, false);
    made_.group->more = true;
    return EntryResult::Committed;
  }
  if (!what->failure)
    removal = mapping::remove_instance(entry, set_.options_, what->study);
  bool changed = removal != mapping::Removal::Nothing;
  touch(*what, changed);
  if (removal == mapping::Removal::Emptied)
    emptied_.insert(what);
  if (list) {
    bool last_instance = changed && what->study && what->study->series().empty();
    mapping::ObservationChanges changes;
    for (auto& observation : list->observations)
      if ((last_instance || mapping::has_identifier(observation, mapping::report_identifier(entry.uids.instance))) &&
          own_identifiers_.insert("Observation/" + std::string(observation.text("id"))).second)
        changes.deleted.push_back(observation);
    changed |= !changes.deleted.empty() && change_observations(entry, changes);
  }
  return changed ? EntryResult::Committed : EntryResult::Unchanged;
}

/// In pieces: those that go with the instance, while it still stands in the study.
bool WorkingSet::Builder::remove_observations(const mapping::MappedEntry& entry, Slot& study, const Slot& list) {
  auto* series = study.study ? study.study->find_series(entry.uids.series) : nullptr;
  bool is_last = series && study.study->series().size() == 1 && series->instances.size() == 1 &&
                 series->instances.find(entry.uids.instance);
  mapping::ObservationChanges changes;
  for (auto& observation : list.observations)
    if (is_last || mapping::has_identifier(observation, mapping::report_identifier(entry.uids.instance)))
      changes.deleted.push_back(observation);
  return change_observations(entry, changes);
}

void WorkingSet::Builder::write_out() {
  for (auto& slots : changed_)
    for (Slot* slot : slots) {
      Write write;
      write.type = type_of(slot->key.kind);
      write.id = slot->id;
      write.version = slot->version;
      if (emptied_.contains(slot)) {
        write.kind = Write::Kind::Delete;
      } else {
        write.kind = slot->id.empty() ? Write::Kind::Create : Write::Kind::Update;
        if (slot->id.empty()) {
          bool by_name =
              slot->key.kind == ResourceKind::Endpoint && set_.options_.profile == mapping::Profile::Original;
          write.full_url = slot->full_url;
          write.if_none_exist =
              by_name ? mapping::endpoint_name_query(set_.options_) : mapping::identifier_query(slot->key.identifier);
        }
        auto baseline = baselines_.find(slot);
        auto patch = baseline == baselines_.end() ? std::nullopt : baseline->second.patch_to(*slot->study);
        if (patch && patch->find("\"urn:uuid:") != std::string::npos) // a service does not look into a Binary for what
          patch.reset();                                              // refers to a resource that the Bundle creates
        if (patch) {
          write.kind = Write::Kind::Patch;
          write.body = std::move(*patch);
          made_.group->has_patch = true;
        } else if (slot->study)
          slot->study->write(write.body);
        else
          slot->json->write(write.body);
      }
      made_.group->writes.push_back(std::move(write));
      made_.written.push_back(slot);
    }
  for (auto& write : observation_writes_) {
    made_.group->writes.push_back(std::move(write));
    made_.written.push_back(nullptr);
  }
}

} // namespace dicomcast::actors
