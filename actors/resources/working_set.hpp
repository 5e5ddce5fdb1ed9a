// The resources room's front: the entries in flight, what has been found for them, and the transactions that are made
// of both.
//
//   add(entry) -> next_search()* -> found()/... -> resolved entries
//   prepare(head entries) -> one transaction -> settle(answer)     at most one prepared group at a time
//   prepare_ahead(entries)                                          merges the next group while one is under way
//   release(entry)
//
// Invariants. What a commit wrote, with its version, is what the next entry is merged onto; a failure throws out all
// that its transaction touched, and what was merged ahead of it. Nothing is merged ahead onto what the group under way
// creates or deletes, or what it may move; so the one merged ahead needs but the versions of the answer. A Patient or
// an Endpoint that was found longer than Engine:PatientMaxAge ago is found anew before a transaction refers to it.
//
// A plain class: no CAF, no I/O, the time is an argument; one thread at a time.
#pragma once

#include "actors/resources/resource_cache.hpp"
#include "actors/resources/transaction.hpp"

#include <random>

namespace dicomcast::actors {

class WorkingSet {
public:
  using Limits = CacheLimits;

  /// `fhir_root`: without trailing slash. `seed`: of the urn:uuid of new resources.
  WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed, Limits limits = {});

  /// Entries are in flight. Returns those of which all that they need is here already.
  std::vector<std::int64_t> add_all(const std::vector<EntryPtr>& entries);
  bool add(const EntryPtr& entry) { return cache_.add(entry).is_here(); }
  void release_all(const std::vector<EntryPtr>& entries);
  void release(const EntryPtr& entry) { cache_.release(entry); }

  /// Searches go by this: see there.
  ResourceCache& cache() { return cache_; }

  /// Merges the request's entries, from the first on, as far as they may share a transaction. Null: something that they
  /// need is not here (any more), or too old; `unresolved` are those entries, and they will be resolved.
  std::shared_ptr<const PreparedGroup> prepare(const PrepareRequest& request, Clock::time_point now,
                                               std::vector<std::int64_t>& unresolved);
  /// Merges the next entries onto what the prepared group, which is under way, will leave there if it succeeds; the
  /// prepare() that asks for them finds the work done. Does nothing where that cannot be told.
  void prepare_ahead(const PrepareRequest& request, Clock::time_point now);
  /// The answer to the prepared group.
  void settle(bool success, const std::vector<io::fhir::Written>& written, bool maybe_applied, Clock::time_point now);

  /// Send what was added to a study as JSON Patch: Engine:UpdateMethod, where the service offers it.
  void use_patch(bool use) { use_patch_ = use; }

  bool is_ahead() const { return ahead_.group != nullptr; } ///< a group is merged that nobody has asked for yet

private:
  Transaction build(const PrepareRequest& request, std::vector<std::int64_t>& unresolved);
  bool renew(const PrepareRequest& request, Clock::time_point now, std::vector<std::int64_t>& unresolved);
  bool is_asked_for(const PrepareRequest& request, Clock::time_point now) const;
  bool may_go_ahead(const EntryPtr& entry, Clock::time_point now);
  void failed(bool maybe_applied);
  void succeeded(const std::vector<io::fhir::Written>& written, Clock::time_point now);
  void take_over_ahead();
  void drop(Transaction& transaction);
  void end(Transaction& transaction);
  std::string new_urn();

  ResourceCache cache_;
  std::string root_;
  std::mt19937_64 random_;
  bool use_patch_ = false;
  Transaction prepared_; ///< at most one is under way
  Transaction ahead_;    ///< merged onto what prepared_ will leave; its versions and Bundle are filled in after that
  bool ahead_put_only_ = false;
  bool versions_told_ = true; ///< by the last answer; else what is merged ahead would be thrown out again
};

} // namespace dicomcast::actors
