// Merging the head of the window into one transaction: which entries, and what each of them changes. The writes that
// come of it are in transaction_writes.cpp.
#include "actors/resources/transaction_builder.hpp"

#include "actors/resources/compensation.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::ExceptionTable;
using mapping::Effect;

namespace {

bool is_all_of(const mapping::ImagingStudy::Series& series, const std::string& uid) {
  for (auto& instance : series.instances)
    if (instance.uid != uid)
      return false;
  return true;
}

} // namespace

TransactionBuilder::TransactionBuilder(ResourceCache& cache, const PrepareRequest& request, bool use_patch,
                                       std::function<std::string()> new_urn)
    : cache_(cache), request_(request), use_patch_(use_patch && !request.put_only), new_urn_(std::move(new_urn)) {
  made_.group = std::make_shared<PreparedGroup>();
}

/// One an entry, null for one that needs nothing: of those before the first that lacks something.
std::vector<Claim*> TransactionBuilder::claims_in_reach(std::vector<std::int64_t>& unresolved) const {
  std::vector<Claim*> claims;
  for (auto& entry : request_.entries) {
    Claim* claim = cache_.claim_of(entry);
    bool is_here = !claim || claim->is_here();
    if (!is_here && !claims.empty())
      break;
    if (!is_here)
      unresolved.push_back(entry->sequence); // and the others that lack something are asked for in the same go
    else if (unresolved.empty())
      claims.push_back(claim);
  }
  return claims;
}

Transaction TransactionBuilder::build(std::vector<std::int64_t>& unresolved) {
  auto claims = claims_in_reach(unresolved);
  if (!unresolved.empty())
    return {};
  for (Claim* claim : claims)
    if (claim)
      for (Slot* slot : claim->slots())
        ++uses_[slot];
  std::size_t n = 0;
  for (Claim* claim : claims) {
    auto& entry = request_.entries[n++];
    if (claim && !may_join(*entry, *claim))
      break;
    if (claim && needs_compensation(*claim)) {
      if (!made_.group->entries.empty())
        break;
      std::erase(claims, nullptr);
      return make_compensation(*claim, claims, cache_);
    }
    include(entry, claim);
  }
  write_out();
  return std::move(made_);
}

bool TransactionBuilder::may_join(const mapping::MappedEntry& entry, Claim& claim) {
  switch (entry.effect) {
  case Effect::Skip:
  case Effect::Refuse:
    return true;
  case Effect::Upsert:
    return may_join_upsert(entry, claim);
  case Effect::Delete:
    return !written_studies_.contains(entry.uids.study) &&
           !(claim.observations && !observations_.may_delete(*claim.observations));
  }
  return true;
}

bool TransactionBuilder::may_join_upsert(const mapping::MappedEntry& entry, Claim& claim) {
  if (deleted_studies_.contains(entry.uids.study))
    return false;
  bool is_first = made_.group->entries.empty();
  // A study is written whole however many of its entries are in the group: only another study makes the Bundle larger.
  if (!is_first && !touched_.contains(claim.study) && bytes_ + claim.study->bytes > cache_.limits().group_bytes)
    return false;
  auto& patient = claim.patient->key;
  auto [at, fresh] = patients_.try_emplace(patient.folded_text(), patient.text());
  if (!fresh && at->second != patient.text())
    return false;
  // What the Patient's create may tie to another's resource is put back as it was before the group.
  bool creates = !claim.patient->failure && claim.patient->standing()->id.empty();
  if (creates && touched_.contains(claim.study) && !creates_for_.contains({claim.patient, claim.study}))
    return false;
  return !claim.observations || observations_.may_add(entry, *claim.observations);
}

void TransactionBuilder::include(const EntryPtr& entry, Claim* claim) {
  auto& group = *made_.group;
  for (auto& message : entry->invalid_tags)
    group.rows.push_back(
        row_of(*entry, ExceptionTable::InvalidDicomTag, mapping::name_of(mapping::DicomFault::InvalidTag), message));
  group.entries.push_back(entry);
  changed_by_.emplace_back();
  has_observations_.push_back(false);
  EntryResult result = EntryResult::Skipped;
  switch (entry->effect) {
  case Effect::Skip:
    break;
  case Effect::Refuse:
    group.rows.push_back(
        row_of(*entry, ExceptionTable::DicomFailToStore, mapping::name_of(entry->fault), entry->refusal));
    result = EntryResult::Failed;
    break;
  case Effect::Upsert:
    result = upsert(*entry, *claim);
    break;
  case Effect::Delete:
    result = remove(*entry, *claim);
    break;
  }
  group.results.push_back(result);
}

EntryResult TransactionBuilder::fail(const mapping::MappedEntry& entry, const Failure& failure) {
  made_.group->rows.push_back(row_of(entry, ExceptionTable::FhirFailToStore, failure.exception, failure.message));
  return EntryResult::Failed;
}

/// A create may meet another's resource: what must be put back then.
void TransactionBuilder::keep_former(Claim& claim) {
  bool creates_patient = claim.patient->standing()->id.empty();
  if (creates_patient)
    creates_for_.insert({claim.patient, claim.study});
  bool creates = creates_patient || claim.endpoint->standing()->id.empty();
  if (!creates || made_.former.contains(claim.study))
    return;
  Former former;
  if (auto& document = claim.study->study(); !document.id.empty() && document.study)
    document.study->write(former.text.emplace());
  made_.former.emplace(claim.study, std::move(former));
}

void TransactionBuilder::keep_baseline(Slot& slot) {
  bool is_study = slot.key.kind == ResourceKind::Study;
  bool may_come_back = uses_[&slot] > 1; // a single change is known not to be none
  if (slot.standing()->id.empty() || dirty_.contains(&slot) || !(may_come_back || (is_study && use_patch_)))
    return;
  auto [at, fresh] = baselines_.try_emplace(&slot);
  if (fresh && is_study)
    at->second.study.emplace(*slot.study().study);
  else if (fresh)
    at->second.document = slot.document().json;
}

bool TransactionBuilder::touch(Slot& slot, bool changed) {
  if (touched_.insert(&slot).second) {
    cache_.hold(slot);
    made_.touched.push_back(&slot);
    made_.group->oldest = std::min(made_.group->oldest, slot.found_at);
    bytes_ += slot.bytes;
  }
  auto& standing = *slot.standing();
  if (changed && standing.id.empty() && standing.full_url.empty())
    standing.full_url = new_urn_();
  if (changed)
    changed_by_.back().insert(&slot);
  if (changed && dirty_.insert(&slot).second)
    changed_[static_cast<std::size_t>(slot.key.kind)].push_back(&slot);
  return changed;
}

EntryResult TransactionBuilder::upsert(const mapping::MappedEntry& entry, Claim& claim) {
  for (Slot* slot : claim.slots())
    if (slot && slot->failure)
      return fail(entry, *slot->failure);
  auto& options = cache_.options();
  auto& patient = claim.patient->document().json;
  if (!patient && options.policy == mapping::PatientPolicy::LinkOnly)
    return fail(entry, failure_of(Obstacle::PatientMissing, "GET Patient?identifier=...",
                                  "no such Patient, and Patient:Policy is LinkOnly"));
  keep_former(claim);
  for (Slot* slot : {claim.patient, claim.endpoint, claim.study})
    keep_baseline(*slot);
  bool changed = touch(*claim.patient, mapping::merge_patient(entry.patient, options, patient));
  changed |= touch(*claim.endpoint, mapping::merge_endpoint(options, claim.endpoint->document().json));
  changed |= touch(*claim.study, mapping::merge_study(entry, options, claim.patient->reference(),
                                                      claim.endpoint->reference(), claim.study->study().study));
  written_studies_.insert(entry.uids.study);
  if (claim.observations) {
    std::optional<std::size_t> most;
    if (request_.piece)
      most = changed ? 0 : std::max<std::size_t>(1, *request_.piece);
    changed |= add_observations(claim,
                                mapping::merge_observations(entry, options, claim.observations->observations(),
                                                            claim.patient->reference(), claim.study->reference()),
                                most);
  }
  return changed ? EntryResult::Committed : EntryResult::Unchanged;
}

bool TransactionBuilder::add_observations(Claim& claim, mapping::ObservationChanges changes,
                                          std::optional<std::size_t> most) {
  auto added = observations_.add(claim, std::move(changes), most, new_urn_);
  made_.group->observations += added.taken + added.left;
  if (request_.piece) {
    made_.group->more |= added.left > 0;
    made_.in_pieces = &claim;
  }
  has_observations_.back() = added.taken > 0;
  return added.taken > 0;
}

/// Those that go with the instance: of its report, or with the last one of a study all of the study's.
mapping::ObservationChanges TransactionBuilder::deletions(const mapping::MappedEntry& entry, const Slot& list,
                                                          bool is_last) const {
  mapping::ObservationChanges changes;
  auto report = mapping::report_identifier(entry.uids.instance);
  for (auto& observation : list.observations())
    if ((is_last || mapping::has_identifier(observation, report)) && !observations_.deletes(observation))
      changes.deleted.push_back(observation);
  return changes;
}

EntryResult TransactionBuilder::remove(const mapping::MappedEntry& entry, Claim& claim) {
  deleted_studies_.insert(entry.uids.study);
  auto& slot = *claim.study;
  bool others_only = !slot.others.empty(); // it finds nothing that is ours
  if (slot.failure && !others_only)
    return fail(entry, *slot.failure);
  if (claim.observations && claim.observations->failure)
    return fail(entry, *claim.observations->failure);
  auto& study = slot.study().study;
  auto* series = study ? study->find_series(entry.uids.series) : nullptr;
  bool is_there = series && series->instances.find(entry.uids.instance);
  bool is_last = is_there && std::as_const(*study).series().size() == 1 && is_all_of(*series, entry.uids.instance);
  bool changed = false;
  if (claim.observations) {
    auto changes = deletions(entry, *claim.observations, is_last);
    std::optional<std::size_t> most;
    if (request_.piece)
      most = std::max<std::size_t>(1, *request_.piece);
    changed = !changes.deleted.empty() && add_observations(claim, std::move(changes), most);
  }
  if (changed && request_.piece && is_there) { // the study comes last, alone
    touch(slot, false);
    made_.group->more = true;
    return EntryResult::Committed;
  }
  if (is_there)
    keep_baseline(slot);
  auto removal = mapping::remove_instance(entry, cache_.options(), study);
  changed |= touch(slot, removal != mapping::Removal::Nothing);
  if (removal == mapping::Removal::Emptied)
    emptied_.insert(&slot);
  return changed ? EntryResult::Committed : EntryResult::Unchanged;
}

} // namespace dicomcast::actors
