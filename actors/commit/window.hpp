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

/// The entry as one that does nothing: it is done when its turn comes.
inline EntryPtr passed_over(const mapping::MappedEntry& entry) {
  auto skip = std::make_shared<mapping::MappedEntry>(entry);
  skip->effect = mapping::Effect::Skip;
  return skip;
}

/// Entries from their page to their commit, ascending by Sequence. One thread at a time.
class Window {
public:
  struct Item {
    EntryPtr entry;
    bool ready = false;                 ///< all it needs is here
    std::optional<io::Error> failing{}; ///< the last failure of a search that it waits for
    int retries = 0;                    ///< of that search
    int server_errors = 0;              ///< retries after a 500 that were recorded for it
  };

  /// At the end. One that comes late, below the last or below `done`, the last that is done, waits for take_in_late().
  void add(const EntryPtr& entry, std::int64_t done = 0);
  /// Puts late entries in their places and returns them. Not while a group of the first entries is prepared or under
  /// way. One that is there already is dropped, and stands in `dropped`.
  std::vector<Item*> take_in_late(std::vector<EntryPtr>& dropped);
  bool has_late() const { return !late_.empty(); }
  /// The entry of that Sequence, also a late one; null: none has it.
  Item* find(std::int64_t sequence);
  /// The smallest Sequence, also of a late one; none: the window is empty.
  std::optional<std::int64_t> lowest() const;

  bool empty() const { return items_.empty() && late_.empty(); }
  std::size_t size() const { return items_.size(); } ///< without late ones
  Item& front() { return items_.front(); }
  const Item& operator[](std::size_t at) const { return items_[at]; }
  void pop_front() { items_.pop_front(); }

private:
  std::deque<Item>::iterator place_of(std::int64_t sequence);

  std::deque<Item> items_;
  std::vector<Item> late_;
};

} // namespace dicomcast::actors
