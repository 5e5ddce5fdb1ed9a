// One entry of a change feed, as it is stored or generated, and how it is written in an answer.
#pragma once

#include "mapping/json/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::sim {

/// Ticks of 100 ns since 1970-01-01T00:00:00Z.
using Ticks = std::int64_t;
/// `2025-01-31T10:00:00.1234567Z` (any number of digits, `Z`, an offset or nothing) as ticks; nothing if it is no time.
std::optional<Ticks> parse_timestamp(std::string_view text);
/// With seven digits of fraction and `Z`.
std::string format_timestamp(Ticks ticks);

struct FeedItem {
  std::int64_t sequence = 0; ///< 0 where an entry is appended: the next one
  Ticks timestamp = 0;       ///< 0 where an entry is appended: a second after the newest
  std::string action = "Create";
  std::string state; ///< empty where an entry is appended: computed from what follows
  std::string study, series, instance;
  std::string partition; ///< empty: none is written
  std::string metadata;  ///< JSON text of the dataset, written as it is; empty: null
  /// Metadata is served as broken JSON.
  bool malformed = false;
  std::string file_name; ///< for people: the file that it came from, written as FileName if there is one
  /// Not served until so many further requests for feed pages were answered: an entry that appears late.
  int hidden_requests = 0;
};

enum class Keys { Pascal, Camel, Mixed }; ///< Mixed: by turns, by sequence

/// Appends the entry as a JSON object.
void write_item(const FeedItem& item, bool with_metadata, Keys keys, std::string& out);

/// Reads an entry of a file: keys in any of both cases, a dataset or null as metadata; `malformed` and `hiddenRequests`
/// may stand beside them. An object that has no action and no metadata member is taken as a dataset itself.
FeedItem read_item(const mapping::Json& json);

/// The first value of a string attribute of a DICOM JSON dataset; empty if there is none.
std::string attribute(const mapping::Json& dataset, std::string_view tag);

} // namespace dicomcast::sim
