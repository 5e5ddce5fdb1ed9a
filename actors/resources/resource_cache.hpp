// The FHIR resources of the entries in flight: each is searched once, however many entries need it.
//
//   add(entry) -> next_search()* -> found()/refused()/drop() -> entries that have all they need
//   release(entry)                                              what no entry needs is let go, oldest first
//
// Invariants. A slot has one key, and a key one slot at most. A slot is Unknown (nothing known, nobody has asked),
// Queued (its key waits for a search), Fetching (one search under way is to answer for it) or Here (found, found
// absent, or found to be in the way: `failure`). Whoever waits for a slot that is Unknown queues it. Who needs a slot
// has it through a Claim, and a transaction holds what it touches, so a slot that is used never goes away; the others
// are in `idle_`, oldest first, and `idle_bytes_` is the sum of their bytes. An answer counts only if nothing was
// written to the slot since its search was sent (`is_stale`), and one of several pages only if no transaction was under
// way meanwhile (`commits`): so nothing Here is older than the last commit.
//
// A plain class: no CAF, no I/O, no clock; one thread at a time.
#pragma once

#include "actors/resources/prepared.hpp"
#include "actors/resources/slot.hpp"

#include <array>
#include <deque>
#include <memory>
#include <unordered_map>

namespace dicomcast::actors {

struct CacheLimits {
  std::size_t join = 40;                     ///< keys in one search at most
  std::size_t path_bytes = 3000;             ///< of a joined search
  std::size_t idle_bytes = 4 * 1024 * 1024;  ///< of resources that no entry in flight needs
  std::size_t group_bytes = 4 * 1024 * 1024; ///< of the resources in one transaction, about
  milliseconds patient_max_age{10'000};      ///< Engine:PatientMaxAge
};

class ResourceCache {
public:
  ResourceCache(mapping::Options options, CacheLimits limits);

  /// The entry's hold on what it needs, until its release.
  Claim& add(const EntryPtr& entry);
  void release(const EntryPtr& entry);
  /// Null: it needs nothing, or has been released.
  Claim* claim_of(const EntryPtr& entry);

  /// The next search to send, joined from keys that wait for one; none: nothing waits.
  std::optional<Search> next_search();
  /// The search's last page is in `search.found`. Returns the entries that have all they need now.
  std::vector<std::int64_t> found(const Search& search, Clock::time_point now);
  /// The service refuses the search: a joined one is repeated in smaller ones, a single one is the entries' failure.
  std::vector<std::int64_t> refused(const Search& search, const io::Error& error, Clock::time_point now);
  /// The answer is not the whole: each key is asked for alone, with large pages; if it was, the entries fail.
  std::vector<std::int64_t> not_whole(const Search& search, const io::Error& error, Clock::time_point now);
  /// Nobody waits for it, so it is not sent again.
  void drop(const Search& search);
  /// The smallest sequence that waits for one of the search's keys; none: nobody does, so it need not be tried again.
  std::optional<std::int64_t> first_waiting(const Search& search) const;

  Slot* find(const ResourceKey& key);
  /// Searches what the entry lacks, unless that is under way.
  void want_missing(Claim& claim);
  /// Found so long ago that a Patient or an Endpoint is not believed any more.
  bool is_too_old(const Slot& slot, Clock::time_point now) const;

  /// A transaction uses the slot, until let_go().
  void hold(Slot& slot);
  void let_go(Slot& slot);
  /// A transaction begins or ends that others' searches may see a part of.
  void begin_commit();
  void end_commit();
  std::uint64_t commits() const { return commits_; } ///< begun and ended so far
  /// What is known of it may not be so any more; it is searched when somebody wants it next.
  void throw_out(Slot& slot);
  /// The same for what may be searched just now.
  void search_again(const ResourceKey& key);
  /// The Patient is, or may be, there now: a loose service finds it for those whose identifier differs in case only.
  /// Not while a transaction that touches one of those is under way.
  void search_alike_again(const Slot& patient);
  /// A transaction has written it. False: the answer does not tell enough, it has to be read before the next write.
  bool wrote(Slot& slot, const io::fhir::Write& write, const io::fhir::Written& written, Clock::time_point now);

  const mapping::Options& options() const { return options_; }
  const CacheLimits& limits() const { return limits_; }
  std::size_t slots() const { return slots_.size(); }
  std::size_t idle_bytes() const { return idle_bytes_; }

private:
  Slot& slot(const ResourceKey& key);
  void queue(Slot& slot);
  void want(Slot& slot, Claim& claim);
  void settle(Slot& slot, Finding finding, const Search& search, Clock::time_point now,
              std::vector<std::int64_t>& awake);
  void take_in(Slot& slot, Finding finding, Clock::time_point now);
  std::vector<std::int64_t> fail(const Search& search, const io::Error& error, Clock::time_point now);
  void search_alone(const Search& search);
  void search_in_halves(const Search& search);
  void wake(Slot& slot, std::vector<std::int64_t>& awake);
  void set_bytes(Slot& slot, std::size_t bytes);
  void evict_idle();
  void forget(Slot& slot);

  mapping::Options options_;
  CacheLimits limits_;
  std::unordered_map<std::string, std::unique_ptr<Slot>> slots_;
  std::unordered_map<std::string, std::set<Slot*>> patients_by_fold_;
  std::unordered_map<const mapping::MappedEntry*, std::unique_ptr<Claim>> claims_;
  std::array<std::deque<std::string>, 5> queues_; ///< keys that wait for a search, by kind
  std::deque<Search> ready_;                      ///< single ones: reads, repeats, an Endpoint by name
  std::list<Slot*> idle_;                         ///< oldest first
  std::size_t idle_bytes_ = 0;
  std::uint64_t commits_ = 0;
  int open_commits_ = 0;
};

} // namespace dicomcast::actors
