// The cache: slots, claims, and their life. What searches find is in resource_cache_searches.cpp.
#include "actors/resources/resource_cache.hpp"

#include <algorithm>

namespace dicomcast::actors {

using mapping::Json;

namespace {
constexpr std::size_t idle_slots = 4096, small_document = 2000; // bytes, about
}

ResourceCache::ResourceCache(mapping::Options options, CacheLimits limits)
    : options_(std::move(options)), limits_(limits) {}

Slot* ResourceCache::find(const ResourceKey& key) {
  auto at = slots_.find(key.text());
  return at == slots_.end() ? nullptr : at->second.get();
}

Slot& ResourceCache::slot(const ResourceKey& key) {
  auto& slot = slots_[key.text()];
  if (!slot) {
    slot = std::make_unique<Slot>(key);
    slot->idle = idle_.insert(idle_.end(), slot.get());
    if (key.kind == ResourceKind::Patient)
      patients_by_fold_[key.folded_text()].insert(slot.get());
  }
  return *slot;
}

Claim& ResourceCache::add(const EntryPtr& entry) {
  auto& claim = claims_[entry.get()];
  claim = std::make_unique<Claim>();
  claim->entry = entry;
  for (auto& key : needs_of(*entry, options_)) {
    Slot& needed = slot(key);
    switch (key.kind) {
    case ResourceKind::Patient:
      claim->patient = &needed;
      break;
    case ResourceKind::Endpoint:
      claim->endpoint = &needed;
      break;
    case ResourceKind::Study:
      claim->study = &needed;
      break;
    case ResourceKind::ReportObservations:
    case ResourceKind::StudyObservations:
      claim->observations = &needed;
      break;
    }
    hold(needed);
  }
  want_missing(*claim);
  return *claim;
}

void ResourceCache::release(const EntryPtr& entry) {
  auto at = claims_.find(entry.get());
  if (at == claims_.end())
    return;
  auto claim = std::move(at->second);
  claims_.erase(at);
  for (Slot* slot : claim->slots())
    if (slot) {
      std::erase(slot->waiting, claim.get());
      let_go(*slot);
    }
  evict_idle();
}

Claim* ResourceCache::claim_of(const EntryPtr& entry) {
  auto at = claims_.find(entry.get());
  return at == claims_.end() ? nullptr : at->second.get();
}

void ResourceCache::hold(Slot& slot) {
  if (slot.users++ == 0) {
    idle_bytes_ -= slot.bytes;
    idle_.erase(slot.idle);
  }
}

void ResourceCache::let_go(Slot& slot) {
  if (--slot.users == 0) {
    slot.idle = idle_.insert(idle_.end(), &slot);
    idle_bytes_ += slot.bytes;
    slot.former.reset();
  }
}

void ResourceCache::set_bytes(Slot& slot, std::size_t bytes) {
  if (slot.users == 0)
    idle_bytes_ += bytes - slot.bytes;
  slot.bytes = bytes;
}

void ResourceCache::evict_idle() {
  // With nothing in flight everything goes: the next entry may come hours later, when others have written.
  for (auto at = idle_.begin();
       at != idle_.end() && (idle_bytes_ > limits_.idle_bytes || idle_.size() > idle_slots || claims_.empty());) {
    Slot* slot = *at++;
    if (slot->state == Slot::State::Here || slot->state == Slot::State::Unknown)
      forget(*slot);
  }
}

void ResourceCache::forget(Slot& slot) {
  idle_bytes_ -= slot.bytes;
  idle_.erase(slot.idle);
  if (slot.key.kind == ResourceKind::Patient) {
    auto at = patients_by_fold_.find(slot.key.folded_text());
    at->second.erase(&slot);
    if (at->second.empty())
      patients_by_fold_.erase(at);
  }
  slots_.erase(std::string(slot.key.text()));
}

bool ResourceCache::is_too_old(const Slot& slot, Clock::time_point now) const {
  bool may_age = slot.key.kind == ResourceKind::Patient || slot.key.kind == ResourceKind::Endpoint;
  return may_age && slot.is_here() && now - slot.found_at > limits_.patient_max_age;
}

void ResourceCache::begin_commit() {
  ++commits_;
  ++open_commits_;
}

void ResourceCache::end_commit() {
  ++commits_;
  --open_commits_;
}

void ResourceCache::throw_out(Slot& slot) {
  set_bytes(slot, 0);
  slot.clear();
  slot.state = Slot::State::Unknown;
}

void ResourceCache::search_again(const ResourceKey& key) {
  Slot* slot = find(key);
  if (slot && slot->state == Slot::State::Here)
    throw_out(*slot);
  else if (slot && slot->state == Slot::State::Fetching)
    slot->is_stale = true;
}

bool ResourceCache::wrote(Slot& slot, const io::fhir::Write& write, const io::fhir::Written& written,
                          Clock::time_point now) {
  using Kind = io::fhir::Write::Kind;
  slot.found_at = now;
  if (write.kind == Kind::Delete) {
    set_bytes(slot, 0);
    slot.clear();
    return true;
  }
  Standing& standing = *slot.standing();
  standing.version = written.version;
  bool is_study = slot.key.kind == ResourceKind::Study;
  if (write.kind == Kind::Create) {
    standing.id = written.id;
    Json& members = is_study ? slot.study().study->members() : *slot.document().json;
    if (auto* object = members.if_object(); object && !members.find("id"))
      object->insert(object->begin() + (object->empty() ? 0 : 1), {"id", Json(standing.id)});
    if (slot.key.kind == ResourceKind::Patient)
      search_alike_again(slot);
  }
  set_bytes(slot, is_study ? slot.study().study->footprint() : small_document);
  if (!standing.version.empty() && !standing.id.empty())
    return true;
  slot.state = Slot::State::Unknown;
  return false;
}

void ResourceCache::search_alike_again(const Slot& patient) {
  for (Slot* alike : patients_by_fold_[patient.key.folded_text()])
    if (alike != &patient && alike->is_here() && alike->standing()->id.empty())
      throw_out(*alike);
    else if (alike->state == Slot::State::Fetching)
      alike->is_stale = true;
}

} // namespace dicomcast::actors
