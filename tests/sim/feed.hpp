// A change feed: a generated one, entries given or appended, or both.
#pragma once

#include "tests/sim/generator.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace dicomcast::sim {

class Feed {
public:
  Feed() = default;
  explicit Feed(const GeneratorOptions& generated) : generated_(generated) {}

  /// Adds an entry. Without a sequence it gets the next one; without a timestamp one a second after the newest entry's.
  /// Its sequence, which must not be taken yet (else std::invalid_argument).
  std::int64_t append(FeedItem item);

  /// The entries with after < sequence <= after + limit, in order of sequence.
  std::vector<FeedItem> by_sequence(std::int64_t after, std::int64_t limit, bool with_metadata) const;
  /// Of those with since <= timestamp < until, in order of timestamp, then sequence: `limit` after the first `offset`.
  std::vector<FeedItem> by_time(Ticks since, Ticks until, std::int64_t offset, std::int64_t limit,
                                bool with_metadata) const;
  /// The entry with the greatest sequence.
  std::optional<FeedItem> latest(bool with_metadata) const;
  /// A page was answered: entries that appear late come nearer.
  void count_request();

private:
  /// What is known of an instance that appended entries speak of.
  struct Newest {
    std::int64_t sequence = 0;
    bool deleted = false;
    std::string metadata;
  };
  void show(FeedItem item);
  FeedItem stored(const FeedItem& item, bool with_metadata) const;
  FeedItem generated(std::int64_t index, bool with_metadata) const;
  void apply_newest(FeedItem& item) const;
  std::int64_t generated_size() const { return generated_ ? generated_->size() : 0; }

  std::optional<Generator> generated_;
  std::vector<FeedItem> by_sequence_; ///< those appended
  std::vector<std::size_t> by_time_;  ///< places in by_sequence_, by timestamp, then sequence
  std::vector<FeedItem> hidden_;
  std::unordered_map<std::string, Newest> newest_; ///< by partition and UIDs
};

} // namespace dicomcast::sim
