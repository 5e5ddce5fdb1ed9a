// The Observations that a transaction writes: of which reports they may go together, and what is left of one that goes
// in pieces.
#pragma once

#include "actors/resources/transaction.hpp"
#include "mapping/merge.hpp"

#include <functional>
#include <unordered_set>

namespace dicomcast::actors {

io::fhir::Write deletion(std::string type, std::string id, std::string version);
/// An Observation's, as it was found: with its version.
io::fhir::Write deletion_of(const mapping::Json& observation);

/// Invariant: no two writes concern Observations of one own identifier, and no report's list is merged onto twice: the
/// transaction would not end as its entries one by one, nor the same if it is sent twice.
class ObservationWrites {
public:
  /// Whether the report's Observations, with those that stand of it, may join.
  bool may_add(const mapping::MappedEntry& entry, const Slot& list) const;
  /// Whether the list's Observations may be deleted beside what is written already.
  bool may_delete(const Slot& list) const;

  /// What the entry changes. `claim.done` is left out, and what ends as it stood. At most `most` are taken, if given.
  struct Added {
    std::size_t taken = 0, left = 0;
  };
  Added add(const Claim& claim, mapping::ObservationChanges changes, std::optional<std::size_t> most,
            const std::function<std::string()>& new_urn);

  std::vector<io::fhir::Write>& writes() { return writes_; }
  /// What was found of these lists is not so after the writes.
  std::vector<ResourceKey>& lists() { return lists_; }
  bool deletes(const mapping::Json& observation) const;

private:
  bool is_taken(const Slot& list) const;
  void search_lists_again(const mapping::MappedEntry& entry, const mapping::ObservationChanges& changes);

  std::vector<io::fhir::Write> writes_;
  std::vector<ResourceKey> lists_;
  std::unordered_set<std::string> own_identifiers_; ///< of what is written; and the reports' instances
  std::unordered_set<std::string> deleted_;         ///< `Observation/id`
};

/// What an answered write of an Observation is known by, for Claim::done.
std::string done_name(const io::fhir::Write& write);

} // namespace dicomcast::actors
