// Feeds and cursors for the cursor's tests.
#pragma once

#include "tests/actors/feed/feed_model.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <numeric>

namespace dicomcast::tests {

using Sequences = std::vector<std::int64_t>;

inline constexpr auto second = actors::ticks_per_second;
inline const auto epoch = *actors::parse_feed_time("2024-05-01T10:00:00Z");

inline FeedModel feed_of(conf::ApiVersion version, const Sequences& sequences) {
  FeedModel feed(version);
  for (auto sequence : sequences)
    feed.add({sequence, epoch + sequence * second});
  return feed;
}

inline Sequences up_to(std::int64_t last, std::int64_t first = 1) {
  Sequences result(static_cast<std::size_t>(last - first + 1));
  std::iota(result.begin(), result.end(), first);
  return result;
}

inline actors::FeedCursorConfig config_of(conf::ApiVersion version, int page_size = 10) {
  actors::FeedCursorConfig config;
  config.version = version;
  config.page_size = page_size;
  return config;
}

inline std::vector<std::string> paths_of(const std::vector<actors::FeedRequest>& requests) {
  std::vector<std::string> paths;
  for (auto& request : requests)
    paths.push_back(request.path);
  return paths;
}

inline constexpr std::array both_versions{conf::ApiVersion::V1, conf::ApiVersion::V2};

} // namespace dicomcast::tests
