// The change feed of a DICOM service, versions 1 and 2: what is asked of it, and what its answers mean. The twin of
// io/fhir. A page is an array of entries; an answer of another kind, such as a gateway's object or page, is broken and
// is asked for again. An array that is no JSON, or holds what is no entry, is malformed: that is an entry's own fault.
// Source: the DICOM service's documentation of its change feed; the contract's section on requests.
#pragma once

#include "conf/config.hpp"
#include "io/service.hpp"
#include "mapping/feed/entry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dicomcast::io::change_feed {

/// The path of the newest entry, after the service's root.
std::string latest_path(conf::ApiVersion version);

struct PageQuery {
  std::int64_t offset = 0; ///< v1: entries above this Sequence; v2: so many rows are skipped
  std::int64_t limit = 1;  ///< v1: up to `offset` + `limit`, inclusive; v2: so many rows
  std::string start, end;  ///< v2: the window of time, inclusive and exclusive; empty: no bound
  bool with_metadata = true;
};
/// The path of a page, after the service's root.
std::string page_path(conf::ApiVersion version, const PageQuery& query);

/// The newest entry's Sequence; nothing: the feed is empty.
using Latest = std::optional<std::int64_t>;
/// The answer to `latest_path`: one entry, or 204, an empty body or `null`. Anything else is an Error of code
/// BrokenAnswer. Errors name `operation`.
std::variant<Latest, Error> read_latest(const ServiceResult& result, const std::string& operation);

/// What is wrong with a page that is to be read entry by entry; no patient's data.
struct Malformed {
  std::string why;
};
using Page = std::vector<mapping::PageRow>;
/// The answer to a `page_path`: an array of entries, 204 or `null`. Of its rows those that `is_wanted` are mapped.
std::variant<Page, Malformed, Error> read_page(const ServiceResult& result, const std::string& operation,
                                               const mapping::Options& options,
                                               const std::function<bool(std::int64_t sequence)>& is_wanted);

/// What to tell where the feed's latest Sequence is below the checkpoint, so that it must have begun anew; empty where
/// it is not.
std::string begun_anew(const Latest& latest, std::int64_t checkpoint);

} // namespace dicomcast::io::change_feed
