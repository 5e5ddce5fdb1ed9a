// Where feed v2's rows begin to hold Sequences above a checkpoint. Rows are in order of time, so roughly of Sequence.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace dicomcast::actors {

/// Finds a row offset before which, hold_rows rows back at least, no row's Sequence is above the checkpoint: by
/// halving, then backwards page by page. Driven by the answers to row requests without metadata, one at a time.
class FeedStartSearch {
public:
  FeedStartSearch(std::int64_t checkpoint, std::int64_t hold_rows, int page_size);

  struct Rows {
    std::int64_t offset = 0;
    int limit = 1;
  };
  /// The rows to read next; nothing: found.
  std::optional<Rows> next() const;
  /// The Sequences of those rows, as many as there are.
  void on_rows(const std::vector<std::int64_t>& sequences);
  /// They cannot be read: as if all were above the checkpoint, so that reading begins with them.
  void on_unreadable();
  std::int64_t found() const { return first_; }

private:
  void begin_back();

  std::int64_t checkpoint_, hold_rows_;
  int page_size_;
  std::int64_t low_ = 0, high_; ///< halving: rows below low_ are at most the checkpoint; high_ is above, or no row
  bool is_back_ = false;
  std::int64_t scanned_ = 0; ///< back: rows from here on were looked at
  std::int64_t clean_ = 0;   ///< back: how many of them, from scanned_ on, hold nothing above the checkpoint
  std::int64_t first_ = 0;   ///< the lowest row above the checkpoint as known
};

} // namespace dicomcast::actors
