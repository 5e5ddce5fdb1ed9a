// How many entries share a transaction: follows what the service takes, and halves what it refuses. Plain values; one
// thread at a time.
//
// Invariant: after split() the next group from the same head holds fewer entries than the one that was split, whatever
// they are. So a refused group comes down to one entry in a bounded number of attempts.
#pragma once

#include "actors/commit/window.hpp"

#include <cstddef>
#include <cstdint>

namespace dicomcast::actors {

class GroupSize {
public:
  /// `most`: Engine:GroupMaxEntries; 1 in mode PerEntry.
  explicit GroupSize(std::size_t most) : most_(most), size_(most) {}

  struct Run {
    std::size_t entries = 0;
    bool is_full = false; ///< no more would go in, whatever is resolved next
  };
  /// The entries of one transaction from the window's `first` on: as many that write as fit, and those between them
  /// that do not. Where a group was split all entries count.
  Run run_from(const Window& window, std::size_t first) const;

  /// The group of that many entries, up to the Sequence `last`, goes in halves.
  void split(std::size_t entries, std::int64_t last) { cut(entries / 2, last); }
  /// It goes entry by entry.
  void one_by_one(std::int64_t last) { cut(1, last); }
  /// The service refused a group for its size, or did not answer it in time: later ones are smaller.
  void too_large(std::size_t entries);
  /// It took one: later ones grow again by an eighth.
  void taken();

private:
  void cut(std::size_t limit, std::int64_t last);

  std::size_t most_, size_;
  std::size_t split_limit_ = 0; ///< entries a group, up to the Sequence split_end_
  std::int64_t split_end_ = 0;
};

} // namespace dicomcast::actors
