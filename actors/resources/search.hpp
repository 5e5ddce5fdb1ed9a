// Searches for the resources that entries need: which to join in one request, and what an answer means for each of
// them. Plain and pure. Servers match loosely: only what is equal letter by letter is ours (contract section 4).
#pragma once

#include "io/error.hpp"
#include "io/retry_schedule.hpp"
#include "mapping/feed/entry.hpp"
#include "mapping/identity.hpp"
#include "mapping/options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

enum class ResourceKind { Patient, Endpoint, Study, ReportObservations, StudyObservations };

/// What identifies a resource, or a list of Observations, that an entry needs.
struct ResourceKey {
  ResourceKind kind = ResourceKind::Patient;
  mapping::Identifier identifier;
  bool operator==(const ResourceKey&) const = default;
  /// Unlike for unlike keys: for maps.
  std::string text() const;
  /// Equal for keys that differ in the case of letters only.
  std::string folded_text() const;
};

/// The keys that an entry needs: none for a Skip or a Refuse.
std::vector<ResourceKey> needs_of(const mapping::MappedEntry& entry, const mapping::Options& options);

const char* type_of(ResourceKind kind);

/// One search request. All keys are of one kind.
struct Search {
  enum class By { Identifier, Name, Id };
  By by = By::Identifier;
  std::vector<ResourceKey> keys;
  std::string id;                         ///< By::Id: the resource's, read and not searched
  std::string path;                       ///< relative to the FHIR service's root
  std::string operation;                  ///< for errors: no patient's data
  std::string next;                       ///< the next page's link; empty: the first page
  std::vector<mapping::Json> found;       ///< of the pages so far
  int attempt = 0;                        ///< failed attempts so far
  std::optional<io::RetrySchedule> retry; ///< since the first of them
};
Search make_search(std::vector<ResourceKey> keys, Search::By by, const mapping::Options& options);
Search make_read(ResourceKey key, std::string id);

/// What a search says of one key.
struct Finding {
  std::vector<mapping::Json> ours;  ///< at most one for Patient, Endpoint, ImagingStudy, else `failure` is set
  std::vector<std::string> others;  ///< `Type/id` of those that match loosely only
  std::optional<io::Error> failure; ///< SeveralMatches, OthersMatch, BadResource, WrongEndpoint
  bool ask_again = false;           ///< cannot be told from a joined answer: search for this key alone
};
/// One finding a key, in their order.
std::vector<Finding> judge(const Search& search, const mapping::Options& options);

} // namespace dicomcast::actors
