// Merges consecutive entries into one transaction, as far as they may share it.
#pragma once

#include "actors/resources/working_set.hpp"
#include "mapping/study/study_patch.hpp"

namespace dicomcast::actors {

/// A group is cut where sending it twice, or as one, would not end in the same state as its entries one by one: between
/// a delete from a study and a write to it, between identifiers that differ only in case, before a second report's
/// Observations of one identifier, and before what needs something that is not here.
class WorkingSet::Builder {
public:
  Builder(WorkingSet& set, const PrepareRequest& request);
  /// Without a group: `unresolved` are the entries at the head that lack something.
  Transaction build(std::vector<std::int64_t>& unresolved);

private:
  bool may_join(const mapping::MappedEntry& entry);
  bool build_undo(const mapping::MappedEntry& entry);
  bool is_taken(const ResourceKey& list) const;
  bool keeps_for_undo(const ResourceKey& patient, const std::string& study_uid) const;
  void include(const EntryPtr& entry);
  EntryResult upsert(const mapping::MappedEntry& entry);
  EntryResult remove(const mapping::MappedEntry& entry);
  EntryResult fail(const mapping::MappedEntry& entry, const io::Error& error);
  bool change_observations(const mapping::MappedEntry& entry, const mapping::ObservationChanges& changes);
  bool remove_observations(const mapping::MappedEntry& entry, Slot& study, const Slot& list);
  void touch(Slot& slot, bool changed);
  void write_out();
  Slot* patient(const mapping::MappedEntry& entry);
  Slot* study(const mapping::MappedEntry& entry);

  WorkingSet& set_;
  const PrepareRequest& request_;
  Transaction made_{std::make_shared<PreparedGroup>(), {}, {}, {}, {}}; ///< all but the Bundle's text
  std::vector<Slot*> changed_[3]; ///< Patients, Endpoint, studies, in the order of their first change
  std::set<Slot*> seen_, dirty_;
  std::map<Slot*, mapping::StudyBaseline> baselines_; ///< of studies that may go as a patch
  std::set<Slot*> emptied_;                           ///< studies that are to be deleted
  std::vector<io::fhir::Write> observation_writes_;
  std::set<std::string> written_studies_, deleted_studies_, own_identifiers_;
  std::unordered_map<std::string, std::string> patients_; ///< folded key to key
  std::size_t bytes_ = 0;
};

} // namespace dicomcast::actors
