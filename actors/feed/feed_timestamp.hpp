// The feed's Timestamp (feed v2: ISO 8601, up to 7 digits of a second) as a number, to reckon with windows of time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::actors {

/// 100 ns since 1970-01-01T00:00:00Z, as fine as the feed's Timestamp.
using FeedTime = std::int64_t;
inline constexpr FeedTime ticks_per_second = 10'000'000;

/// `YYYY-MM-DDThh:mm:ss[.f...]` with `Z`, `+hh:mm`, `-hh:mm` or nothing (UTC). What is finer than 100 ns is cut off.
/// Nothing if the text is no such time.
std::optional<FeedTime> parse_feed_time(std::string_view text);
/// `YYYY-MM-DDThh:mm:ss.fffffffZ`.
std::string format_feed_time(FeedTime time);

} // namespace dicomcast::actors
