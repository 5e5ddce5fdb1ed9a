// The window of entries in flight, in the order of the feed.
#pragma once

#include "actors/resources/prepared.hpp"
#include "io/error.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace dicomcast::actors {

/// Whether the entry changes something in the FHIR service, and so needs what is there.
inline bool writes(const mapping::MappedEntry& entry) {
  return entry.effect == mapping::Effect::Upsert || entry.effect == mapping::Effect::Delete;
}

/// Entries from their page to their commit, ascending by Sequence. One thread at a time.
class Window {
public:
  struct Item {
    EntryPtr entry;
    bool ready = false;                 ///< all it needs is here
    std::optional<io::Error> failing{}; ///< the last failure of a search that it waits for
    int retries = 0;
  };

  /// At the end; one that comes late, below the last, waits for take_in_late().
  void add(const EntryPtr& entry);
  /// Puts late entries in their places. Not while a group of the first entries is prepared or under way. One that is
  /// there already is dropped.
  void take_in_late();
  bool has_late() const { return !late_.empty(); }
  /// The entry of that Sequence, also a late one; null: none has it.
  Item* find(std::int64_t sequence);

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  Item& front() { return items_.front(); }
  const Item& operator[](std::size_t at) const { return items_[at]; }
  void pop_front() { items_.pop_front(); }

private:
  std::deque<Item>::iterator place_of(std::int64_t sequence);

  std::deque<Item> items_;
  std::vector<Item> late_;
};

} // namespace dicomcast::actors
