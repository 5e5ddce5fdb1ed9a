// The working set: slots, their searches and their life. What is merged and sent is in transactions.cpp and
// group_builder.cpp.
#include "actors/resources/working_set.hpp"

#include <algorithm>

namespace dicomcast::actors {

using mapping::Json;

namespace {

/// What the server manages is not sent back: it would be stale at once.
std::string take_version(Json& resource) {
  std::string version;
  if (auto* meta = resource.find("meta")) {
    version = meta->text("versionId");
    meta->erase("versionId");
    meta->erase("lastUpdated");
    if (auto* members = meta->if_object(); members && members->empty())
      resource.erase("meta");
  }
  return version;
}

} // namespace

std::string WorkingSet::Slot::reference() const {
  return id.empty() ? full_url : std::string(type_of(key.kind)) + "/" + id;
}

void WorkingSet::Slot::clear() {
  json.reset();
  study.reset();
  observations.clear();
  id.clear();
  version.clear();
  full_url.clear();
  others.clear();
  failure.reset();
  bytes = 0;
}

WorkingSet::WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed)
    : WorkingSet(std::move(options), std::move(fhir_root), seed, Limits{}) {}

WorkingSet::WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed, Limits limits)
    : options_(std::move(options)), root_(std::move(fhir_root)), limits_(limits), random_(seed) {}

WorkingSet::Slot* WorkingSet::find(const ResourceKey& key) {
  auto at = slots_.find(key.text());
  return at == slots_.end() ? nullptr : at->second.get();
}

WorkingSet::Slot& WorkingSet::slot(const ResourceKey& key) {
  auto& slot = slots_[key.text()];
  if (!slot) {
    slot = std::make_unique<Slot>();
    slot->key = key;
    slot->idle = idle_.insert(idle_.end(), slot.get());
    if (key.kind == ResourceKind::Patient)
      patients_by_fold_[key.folded_text()].insert(slot.get());
  }
  return *slot;
}

void WorkingSet::queue(Slot& slot) {
  slot.state = Slot::State::Queued;
  slot.stale = false;
  if (!slot.id.empty() && slot.version.empty() && slot.key.kind <= ResourceKind::Study) {
    ready_searches_.push_back(make_read(slot.key, slot.id)); // written by us, but the answer kept its version to itself
    slot.state = Slot::State::Fetching;
  } else {
    queues_[static_cast<std::size_t>(slot.key.kind)].push_back(slot.key.text());
  }
}

void WorkingSet::want(Slot& slot, const EntryPtr& entry) {
  slot.waiting.push_back(entry);
  if (slot.state == Slot::State::Unknown)
    queue(slot);
}

bool WorkingSet::add(const EntryPtr& entry) {
  ++in_flight_;
  bool here = true;
  for (auto& key : needs_of(*entry, options_)) {
    Slot& needed = slot(key);
    if (needed.users++ == 0) {
      idle_bytes_ -= needed.bytes;
      idle_.erase(needed.idle);
    }
    if (needed.state != Slot::State::Here) {
      want(needed, entry);
      here = false;
    }
  }
  return here;
}

void WorkingSet::release(const EntryPtr& entry) {
  --in_flight_;
  for (auto& key : needs_of(*entry, options_)) {
    Slot* needed = find(key);
    if (!needed)
      continue;
    std::erase(needed->waiting, entry);
    if (--needed->users == 0) {
      needed->idle = idle_.insert(idle_.end(), needed);
      idle_bytes_ += needed->bytes;
    }
  }
  evict_idle();
}

void WorkingSet::evict_idle() {
  // With nothing in flight everything goes: the next entry may come hours later, when others have written.
  for (auto at = idle_.begin();
       at != idle_.end() && (idle_bytes_ > limits_.idle_bytes || idle_.size() > 4096 || in_flight_ == 0);) {
    Slot* slot = *at++;
    if (slot->state == Slot::State::Here || slot->state == Slot::State::Unknown)
      forget(*slot);
  }
}

void WorkingSet::forget(Slot& slot) {
  idle_bytes_ -= slot.bytes;
  idle_.erase(slot.idle);
  if (slot.key.kind == ResourceKind::Patient) {
    auto at = patients_by_fold_.find(slot.key.folded_text());
    at->second.erase(&slot);
    if (at->second.empty())
      patients_by_fold_.erase(at);
  }
  slots_.erase(slot.key.text());
}

std::optional<Search> WorkingSet::next_search() {
  if (!ready_searches_.empty()) {
    Search search = std::move(ready_searches_.front());
    ready_searches_.pop_front();
    return search;
  }
  for (auto& waiting : queues_) {
    std::vector<ResourceKey> keys;
    std::size_t bytes = 0;
    while (!waiting.empty() && keys.size() < limits_.join && bytes < limits_.path_bytes) {
      auto at = slots_.find(waiting.front());
      waiting.pop_front();
      if (at == slots_.end() || at->second->state != Slot::State::Queued)
        continue;
      Slot& slot = *at->second;
      if (slot.users == 0) {
        slot.state = Slot::State::Unknown;
        continue;
      }
      slot.state = Slot::State::Fetching;
      bytes += slot.key.identifier.system.size() + slot.key.identifier.value.size() + 8;
      keys.push_back(slot.key);
    }
    if (!keys.empty()) {
      bool by_name = keys.front().kind == ResourceKind::Endpoint && options_.profile == mapping::Profile::Original;
      return make_search(std::move(keys), by_name ? Search::By::Name : Search::By::Identifier, options_);
    }
  }
  return std::nullopt;
}

void WorkingSet::take_in(Slot& slot, Finding finding) {
  throw_out(slot);
  slot.state = Slot::State::Here;
  slot.failure = std::move(finding.failure);
  slot.others = std::move(finding.others);
  if (slot.failure)
    return;
  if (slot.key.kind == ResourceKind::ReportObservations || slot.key.kind == ResourceKind::StudyObservations) {
    slot.observations = std::move(finding.ours);
    slot.bytes = 2000 * slot.observations.size();
  } else if (!finding.ours.empty()) {
    Json& resource = finding.ours.front();
    slot.id = resource.text("id");
    slot.version = take_version(resource);
    if (slot.key.kind == ResourceKind::Study) {
      slot.study.emplace(std::move(resource));
      slot.bytes = slot.study->footprint();
    } else {
      slot.json = std::move(resource);
      slot.bytes = 2000;
    }
  }
  if (slot.users == 0)
    idle_bytes_ += slot.bytes;
}

std::vector<std::int64_t> WorkingSet::wake(Slot& slot) {
  std::vector<std::int64_t> awake;
  for (auto& entry : std::exchange(slot.waiting, {}))
    if (is_here(*entry))
      awake.push_back(entry->sequence);
    else
      want_missing(entry);
  return awake;
}

void WorkingSet::want_missing(const EntryPtr& entry) {
  for (auto& key : needs_of(*entry, options_))
    if (Slot& needed = slot(key);
        needed.state != Slot::State::Here &&
        std::find(needed.waiting.begin(), needed.waiting.end(), entry) == needed.waiting.end())
      want(needed, entry);
}

bool WorkingSet::is_here(const mapping::MappedEntry& entry) {
  for (auto& key : needs_of(entry, options_))
    if (Slot* needed = find(key); !needed || needed->state != Slot::State::Here)
      return false;
  return true;
}

std::vector<std::int64_t> WorkingSet::found(const Search& search) {
  std::vector<std::int64_t> awake;
  auto findings = judge(search, options_);
  for (std::size_t k = 0; k < search.keys.size(); ++k) {
    Slot* slot = find(search.keys[k]);
    if (!slot || slot->state != Slot::State::Fetching)
      continue;
    if (slot->stale) {
      queue(*slot);
      continue;
    }
    Finding& finding = findings[k];
    bool none = finding.ours.empty() && !finding.failure;
    if (finding.ask_again) {
      ready_searches_.push_back(make_search({search.keys[k]}, search.by, options_));
    } else if (none && search.by == Search::By::Id) {
      throw_out(*slot); // gone, or not ours any more: look for another
      queue(*slot);
    } else if (none && slot->key.kind == ResourceKind::Endpoint && search.by == Search::By::Identifier) {
      ready_searches_.push_back(make_search({search.keys[k]}, Search::By::Name, options_));
    } else {
      take_in(*slot, std::move(finding));
      auto more = wake(*slot);
      awake.insert(awake.end(), more.begin(), more.end());
    }
  }
  evict_idle();
  return awake;
}

std::vector<std::int64_t> WorkingSet::refused(const Search& search, const io::Error& error) {
  if (search.keys.size() > 1) {
    limits_.join = std::max<std::size_t>(1, std::min(limits_.join, search.keys.size()) / 2);
    auto half = search.keys.begin() + static_cast<std::ptrdiff_t>(search.keys.size() / 2);
    for (auto keys : {std::vector(search.keys.begin(), half), std::vector(half, search.keys.end())})
      ready_searches_.push_back(make_search(std::move(keys), search.by, options_));
    return {};
  }
  Slot* slot = find(search.keys.front());
  if (!slot || slot->state != Slot::State::Fetching)
    return {};
  Finding finding;
  if (search.by == Search::By::Id && (error.status == 404 || error.status == 410)) {
    throw_out(*slot);
    queue(*slot);
    return {};
  }
  finding.failure = error;
  take_in(*slot, std::move(finding));
  auto awake = wake(*slot);
  evict_idle();
  return awake;
}

void WorkingSet::drop(const Search& search) {
  for (auto& key : search.keys)
    if (Slot* slot = find(key); slot && slot->state == Slot::State::Fetching)
      slot->state = Slot::State::Unknown;
  evict_idle();
}

std::optional<std::int64_t> WorkingSet::first_waiting(const Search& search) const {
  std::optional<std::int64_t> first;
  for (auto& key : search.keys)
    if (auto at = slots_.find(key.text()); at != slots_.end())
      for (auto& entry : at->second->waiting)
        first = std::min(first.value_or(entry->sequence), entry->sequence);
  return first;
}

std::string WorkingSet::new_urn() {
  static constexpr char hex[] = "0123456789abcdef";
  std::string urn = "urn:uuid:xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx"; // RFC 4122 section 4.4
  for (auto& c : urn)
    if (c == 'x')
      c = hex[random_() & 15];
  return urn;
}

} // namespace dicomcast::actors
