// Searches for the resources that entries need: which to join in one request, and what an answer means for each of
// them. Plain and pure. Servers match loosely: only what is equal letter by letter is ours (contract section 4).
#pragma once

#include "actors/resources/failure.hpp"
#include "actors/resources/resource_key.hpp"
#include "io/retry_schedule.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

/// One search request. All keys are of one kind.
struct Search {
  enum class By { Identifier, Name, Id };
  By by = By::Identifier;
  std::vector<ResourceKey> keys;
  std::string id;                    ///< By::Id: the resource's, read and not searched
  std::string path;                  ///< relative to the FHIR service's root
  std::string operation;             ///< for errors: no patient's data
  bool is_last_resort = false;       ///< one key, after an answer that was not whole: another such one is an error
  std::vector<mapping::Json> aliens; ///< By::Name: what the Endpoint's identifier has found before, none of it ours
  std::vector<mapping::Json> found;  ///< of the pages so far
  std::size_t pages = 0;             ///< answered so far
  std::set<std::string> links;       ///< those followed so far
  std::optional<std::int64_t> total; ///< how many there are, as the last page says
  std::uint64_t commits = 0;         ///< ResourceCache::commits() as of its first page
  int attempt = 0;                   ///< failed attempts so far
  std::optional<io::RetrySchedule> retry; ///< since the first of them

  /// Back to the first page.
  void begin_anew(std::uint64_t commits_so_far);
};
Search make_search(std::vector<ResourceKey> keys, Search::By by, const mapping::Options& options);
/// For one key whose answer was not whole: with large pages.
Search make_last_resort(ResourceKey key, Search::By by, const mapping::Options& options);
Search make_read(ResourceKey key, std::string id);

/// Where the next page is: a path in the FHIR service, as `Search::path`. Credentials go to that service alone: of a
/// link to another address (its own, behind a proxy) the path is taken. An error: the links go in a circle, or there
/// are more than 1,000 pages. `root`: the service's, without trailing slash.
struct NextPage {
  std::string path;
  std::optional<io::Error> error;
};
NextPage next_page(const Search& search, const std::string& link, const std::string& root);

/// Of a search whose last page is there: whether the service says that there are more than came.
std::optional<io::Error> what_is_missing(const Search& search);

/// What a search says of one key.
struct Finding {
  std::vector<mapping::Json> ours; ///< at most one for Patient, Endpoint, ImagingStudy, else `failure` is set
  /// `Type/id` of those that match loosely only. Beside a failure where nothing is ours: a create would meet them.
  std::vector<std::string> others;
  std::optional<Failure> failure;
  bool ask_again = false; ///< cannot be told from a joined answer: search for this key alone
  bool by_name = false;   ///< an Endpoint that has not been found by its identifier: search by name
};
/// One finding a key, in their order.
std::vector<Finding> judge(const Search& search, const mapping::Options& options);

} // namespace dicomcast::actors
