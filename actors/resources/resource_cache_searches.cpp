// The cache's searches: which keys go into one, and what becomes of their slots by the answer.
#include "actors/resources/resource_cache.hpp"

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

constexpr std::size_t small_document = 2000; // bytes, about

} // namespace

void ResourceCache::queue(Slot& slot) {
  slot.state = Slot::State::Queued;
  slot.is_stale = false;
  auto* standing = slot.standing();
  if (standing && !standing->id.empty() && standing->version.empty()) {
    ready_.push_back(make_read(slot.key, standing->id)); // written by us, but the answer kept its version to itself
    slot.state = Slot::State::Fetching;
  } else {
    queues_[static_cast<std::size_t>(slot.key.kind)].push_back(slot.key.text());
  }
}

void ResourceCache::want(Slot& slot, Claim& claim) {
  if (std::find(slot.waiting.begin(), slot.waiting.end(), &claim) == slot.waiting.end())
    slot.waiting.push_back(&claim);
  if (slot.state == Slot::State::Unknown)
    queue(slot);
}

void ResourceCache::want_missing(Claim& claim) {
  for (Slot* slot : claim.slots())
    if (slot && !slot->is_here())
      want(*slot, claim);
}

std::optional<Search> ResourceCache::next_search() {
  std::optional<Search> search;
  if (!ready_.empty()) {
    search = std::move(ready_.front());
    ready_.pop_front();
  }
  for (auto waiting = queues_.begin(); !search && waiting != queues_.end(); ++waiting) {
    std::vector<ResourceKey> keys;
    std::size_t bytes = 0;
    while (!waiting->empty() && keys.size() < limits_.join && bytes < limits_.path_bytes) {
      auto at = slots_.find(waiting->front());
      waiting->pop_front();
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
      search = make_search(std::move(keys), by_name ? Search::By::Name : Search::By::Identifier, options_);
    }
  }
  if (search)
    search->commits = commits_;
  return search;
}

void ResourceCache::take_in(Slot& slot, Finding finding, Clock::time_point now) {
  throw_out(slot);
  slot.state = Slot::State::Here;
  slot.found_at = now;
  slot.failure = std::move(finding.failure);
  slot.others = std::move(finding.others);
  if (slot.failure || finding.ours.empty())
    return;
  if (is_list(slot.key.kind)) {
    set_bytes(slot, small_document * finding.ours.size());
    std::get<ObservationList>(slot.content).observations = std::move(finding.ours);
    return;
  }
  Json& resource = finding.ours.front();
  slot.standing()->id = resource.text("id");
  slot.standing()->version = take_version(resource);
  if (slot.key.kind == ResourceKind::Study) {
    auto& study = slot.study().study.emplace(std::move(resource));
    set_bytes(slot, study.footprint());
  } else {
    slot.document().json = std::move(resource);
    set_bytes(slot, small_document);
  }
}

void ResourceCache::wake(Slot& slot, std::vector<std::int64_t>& awake) {
  for (Claim* claim : std::exchange(slot.waiting, {}))
    if (claim->is_here())
      awake.push_back(claim->entry->sequence);
    else
      want_missing(*claim); // of what was thrown out while it waited for something else
}

std::vector<std::int64_t> ResourceCache::found(const Search& search, Clock::time_point now) {
  bool is_disturbed = search.pages > 1 && (search.commits != commits_ || open_commits_ > 0);
  if (is_disturbed) { // what was written or deleted has moved what follows to other pages
    search_in_halves(search);
    return {};
  }
  if (auto error = what_is_missing(search))
    return not_whole(search, *error, now);
  std::vector<std::int64_t> awake;
  auto findings = judge(search, options_);
  for (std::size_t k = 0; k < search.keys.size(); ++k)
    if (Slot* slot = find(search.keys[k]); slot && slot->state == Slot::State::Fetching)
      settle(*slot, std::move(findings[k]), search, now, awake);
  evict_idle();
  return awake;
}

void ResourceCache::settle(Slot& slot, Finding finding, const Search& search, Clock::time_point now,
                           std::vector<std::int64_t>& awake) {
  bool none = finding.ours.empty() && !finding.failure;
  if (slot.is_stale) {
    queue(slot);
  } else if (finding.ask_again) {
    ready_.push_back(make_search({slot.key}, search.by, options_));
  } else if (none && search.by == Search::By::Id) {
    throw_out(slot); // gone, or not ours any more: look for another
    queue(slot);
  } else if (finding.by_name) {
    ready_.push_back(make_search({slot.key}, Search::By::Name, options_));
    ready_.back().aliens = search.found;
  } else {
    take_in(slot, std::move(finding), now);
    wake(slot, awake);
  }
}

void ResourceCache::search_alone(const Search& search) {
  for (auto& key : search.keys) {
    ready_.push_back(make_last_resort(key, search.by, options_));
    ready_.back().aliens = search.aliens;
  }
}

void ResourceCache::search_in_halves(const Search& search) {
  if (search.keys.size() == 1) {
    auto& again = ready_.emplace_back(search);
    again.begin_anew(commits_);
    return;
  }
  limits_.join = std::max<std::size_t>(1, std::min(limits_.join, search.keys.size()) / 2);
  auto half = search.keys.begin() + static_cast<std::ptrdiff_t>(search.keys.size() / 2);
  for (auto keys : {std::vector(search.keys.begin(), half), std::vector(half, search.keys.end())})
    ready_.push_back(make_search(std::move(keys), search.by, options_));
}

std::vector<std::int64_t> ResourceCache::fail(const Search& search, const io::Error& error, Clock::time_point now) {
  std::vector<std::int64_t> awake;
  Slot* slot = find(search.keys.front());
  if (!slot || slot->state != Slot::State::Fetching)
    return awake;
  if (search.by == Search::By::Id && (error.status == 404 || error.status == 410)) {
    throw_out(*slot);
    queue(*slot);
    return awake;
  }
  Finding finding;
  finding.failure = failure_of(error);
  take_in(*slot, std::move(finding), now);
  wake(*slot, awake);
  evict_idle();
  return awake;
}

std::vector<std::int64_t> ResourceCache::refused(const Search& search, const io::Error& error, Clock::time_point now) {
  if (search.keys.size() == 1)
    return fail(search, error, now);
  search_in_halves(search);
  return {};
}

std::vector<std::int64_t> ResourceCache::not_whole(const Search& search, const io::Error& error,
                                                   Clock::time_point now) {
  if (search.is_last_resort)
    return fail(search, error, now);
  search_alone(search);
  return {};
}

void ResourceCache::drop(const Search& search) {
  for (auto& key : search.keys)
    if (Slot* slot = find(key); slot && slot->state == Slot::State::Fetching)
      slot->state = Slot::State::Unknown;
  evict_idle();
}

std::optional<std::int64_t> ResourceCache::first_waiting(const Search& search) const {
  std::optional<std::int64_t> first;
  for (auto& key : search.keys)
    if (auto at = slots_.find(key.text()); at != slots_.end())
      for (Claim* claim : at->second->waiting)
        first = std::min(first.value_or(claim->entry->sequence), claim->entry->sequence);
  return first;
}

} // namespace dicomcast::actors
