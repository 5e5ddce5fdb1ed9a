// The FHIR resources of the entries in flight: each is searched once, however many entries need it; what a commit
// wrote, with its new version, is what the next entry is merged onto. A plain class: no CAF, no I/O, one thread at a
// time.
//
//   add(entry) -> next_search()* -> found()/failed() -> resolved entries
//   prepare(head entries) -> one transaction -> settle(answer)     at most one prepared group at a time
//   prepare_ahead(entries)                                          merges the next group while one is under way
//   release(entry)                                                 what no entry needs is let go, oldest first
#pragma once

#include "actors/resources/prepared.hpp"
#include "actors/resources/search.hpp"
#include "mapping/merge.hpp"
#include "mapping/study/imaging_study.hpp"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <unordered_map>

namespace dicomcast::actors {

class WorkingSet {
public:
  struct Limits {
    std::size_t join = 40;                     ///< keys in one search at most
    std::size_t path_bytes = 3000;             ///< of a joined search
    std::size_t idle_bytes = 4 * 1024 * 1024;  ///< of resources that no entry in flight needs
    std::size_t group_bytes = 4 * 1024 * 1024; ///< of the resources in one transaction, about
  };

  /// `fhir_root`: without trailing slash. `seed`: of the urn:uuid of new resources.
  WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed);
  WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed, Limits limits);

  /// An entry is in flight. True: all it needs is here already.
  bool add(const EntryPtr& entry);
  void release(const EntryPtr& entry);

  /// The next search to send, joined from keys that wait for one; none: nothing waits.
  std::optional<Search> next_search();
  /// The search's last page is in `search.found`. Returns the entries that have all they need now.
  std::vector<std::int64_t> found(const Search& search);
  /// The service refuses the search: a joined one is repeated in smaller ones, a single one is the entries' failure.
  std::vector<std::int64_t> refused(const Search& search, const io::Error& error);
  /// Nobody waits for it, so it is not sent again.
  void drop(const Search& search);
  /// The smallest sequence that waits for one of the search's keys; none: nobody does, so it need not be tried again.
  std::optional<std::int64_t> first_waiting(const Search& search) const;

  /// Merges the request's entries, from the first on, as far as they may share a transaction. Null: something that they
  /// need is not here (any more); `unresolved` are those entries, and they will be resolved.
  std::shared_ptr<const PreparedGroup> prepare(const PrepareRequest& request, std::vector<std::int64_t>& unresolved);
  /// Merges the next entries onto what the prepared group, which is under way, will leave there if it succeeds; the
  /// prepare() that asks for them finds the work done. Does nothing where that group creates or deletes what they need.
  void prepare_ahead(const PrepareRequest& request);
  /// The answer to the prepared group. On a failure everything it touched is thrown out, and so is what was merged
  /// ahead.
  void settle(bool success, const std::vector<io::fhir::Written>& written, bool maybe_applied);

  /// Send what was added to a study as JSON Patch: Engine:UpdateMethod, where the service offers it.
  void use_patch(bool use) { use_patch_ = use; }

  bool is_ahead() const { return ahead_.group != nullptr; } ///< a group is merged that nobody has asked for yet
  std::size_t slots() const { return slots_.size(); }
  std::size_t idle_bytes() const { return idle_bytes_; }

private:
  struct Slot {
    ResourceKey key;
    enum class State { Unknown, Queued, Fetching, Here } state = State::Unknown;
    std::optional<mapping::Json> json; ///< Patient, Endpoint
    std::optional<mapping::ImagingStudy> study;
    std::vector<mapping::Json> observations;
    std::string id, version; ///< id empty: not in the FHIR service
    std::string full_url;    ///< of one that is to be created
    std::vector<std::string> others;
    std::optional<io::Error> failure;
    std::vector<EntryPtr> waiting;
    std::size_t users = 0, bytes = 0;
    bool stale = false;              ///< written to while it was searched: the answer may be older
    std::list<Slot*>::iterator idle; ///< valid while users == 0
    std::string reference() const;
    void clear();
  };
  /// What to take back if a Patient's create should turn out to have met another's resource.
  struct Undo {
    std::string study_uid;
    std::optional<std::string> previous; ///< the study's text before; none: it was not there
  };
  /// A merged group, and what is to be done when its answer is there.
  struct Transaction {
    std::shared_ptr<PreparedGroup> group; ///< null: there is none
    std::vector<Slot*> written;           ///< one a write; null for an Observation
    std::vector<Slot*> touched;
    std::vector<ResourceKey> lists; ///< to be searched again: by key, as a list may be asked for in the meantime
    std::map<std::string, std::vector<Undo>> undo; ///< by the Patient's key
  };
  class Builder;
  friend class Builder;

  Slot& slot(const ResourceKey& key);
  Slot* find(const ResourceKey& key);
  void queue(Slot& slot);
  void want(Slot& slot, const EntryPtr& entry);
  void want_missing(const EntryPtr& entry); ///< what was thrown out while the entry waited for something else
  void take_in(Slot& slot, Finding finding);
  void forget(Slot& slot);
  void throw_out(Slot& slot);
  void search_again(const Transaction& transaction);
  void drop(Transaction& transaction);
  void take_over_ahead();
  bool may_go_ahead(const mapping::MappedEntry& entry);
  void settle_write(Slot& slot, const io::fhir::Write& write, const io::fhir::Written& written);
  void evict_idle();
  std::vector<std::int64_t> wake(Slot& slot);
  bool is_here(const mapping::MappedEntry& entry);
  std::string new_urn();

  mapping::Options options_;
  std::string root_;
  Limits limits_;
  std::mt19937_64 random_;
  std::unordered_map<std::string, std::unique_ptr<Slot>> slots_;
  std::unordered_map<std::string, std::set<Slot*>> patients_by_fold_;
  std::array<std::deque<std::string>, 5> queues_; ///< keys that wait for a search, by kind
  std::deque<Search> ready_searches_;             ///< single ones: reads, repeats, an Endpoint by name
  std::list<Slot*> idle_;                         ///< oldest first
  std::size_t idle_bytes_ = 0, in_flight_ = 0;
  bool use_patch_ = false;
  Transaction prepared_; ///< at most one is under way
  Transaction ahead_;    ///< merged onto what prepared_ will leave; its versions and Bundle are filled in after that
  bool ahead_put_only_ = false;
  bool versions_told_ = true; ///< by the last answer; else what is merged ahead would be thrown out again
  std::map<std::string, std::vector<Undo>> pending_undo_; ///< by the Patient's key
};

} // namespace dicomcast::actors
