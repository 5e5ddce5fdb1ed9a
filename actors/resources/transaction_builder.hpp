// Merges consecutive entries into one transaction, as far as they may share it.
//
// Invariants. A group is cut where sending it twice, or as one, would not end in the same state as its entries one by
// one: between a delete from a study and a write to it, between identifiers that differ only in case, before a second
// report's Observations of one identifier, between an entry of a study and one of it whose Patient is created (what is
// taken back then is that Patient's alone), before what needs something that is not here, and before an entry that has
// something to take back. Each resource is written once, in its last form, and not at all if that is how it stood. What
// was merged stands in the slots that the transaction touches, and in no other place: it goes with them.
//
// Used once: build() merges into the cache's slots, and holds those it touches.
#pragma once

#include "actors/resources/observation_writes.hpp"
#include "actors/resources/resource_cache.hpp"
#include "mapping/study/study_patch.hpp"

#include <functional>

namespace dicomcast::actors {

class TransactionBuilder {
public:
  /// `new_urn`: the urn:uuid of a new resource. `use_patch`: what was added to a study goes as JSON Patch.
  TransactionBuilder(ResourceCache& cache, const PrepareRequest& request, bool use_patch,
                     std::function<std::string()> new_urn);
  /// Without a group: `unresolved` are the entries at the head that lack something.
  Transaction build(std::vector<std::int64_t>& unresolved);

private:
  /// What a slot was before the first merge.
  struct Baseline {
    std::optional<mapping::Json> document;
    std::optional<mapping::StudyBaseline> study;
  };

  std::vector<Claim*> claims_in_reach(std::vector<std::int64_t>& unresolved) const;
  bool may_join(const mapping::MappedEntry& entry, Claim& claim);
  bool may_join_upsert(const mapping::MappedEntry& entry, Claim& claim);
  void include(const EntryPtr& entry, Claim* claim);
  EntryResult upsert(const mapping::MappedEntry& entry, Claim& claim);
  EntryResult remove(const mapping::MappedEntry& entry, Claim& claim);
  mapping::ObservationChanges deletions(const mapping::MappedEntry& entry, const Slot& list, bool is_last) const;
  EntryResult fail(const mapping::MappedEntry& entry, const Failure& failure);
  void keep_former(Claim& claim);
  void keep_baseline(Slot& slot);
  bool touch(Slot& slot, bool changed);
  bool add_observations(Claim& claim, mapping::ObservationChanges changes, std::optional<std::size_t> most);
  bool is_as_it_stood(Slot& slot);
  void write_out();
  io::fhir::Write write_of(Slot& slot);
  void tell_unchanged(const std::set<Slot*>& as_they_stood);

  ResourceCache& cache_;
  const PrepareRequest& request_;
  bool use_patch_;
  std::function<std::string()> new_urn_;
  Transaction made_;                        ///< all but the Bundle's text
  std::vector<Slot*> changed_[3];           ///< Patients, Endpoint, studies, in the order of their first change
  std::vector<std::set<Slot*>> changed_by_; ///< one an entry in the group
  std::vector<bool> has_observations_;      ///< one an entry in the group: it writes some
  std::set<Slot*> touched_, dirty_, emptied_;
  std::map<Slot*, Baseline> baselines_;
  std::unordered_map<Slot*, std::size_t> uses_; ///< by entries of the request
  ObservationWrites observations_;
  std::set<std::string> written_studies_, deleted_studies_;
  std::set<std::pair<Slot*, Slot*>> creates_for_;         ///< a Patient that is created, and a study that refers to it
  std::unordered_map<std::string, std::string> patients_; ///< folded key to key
  std::size_t bytes_ = 0;
};

} // namespace dicomcast::actors
