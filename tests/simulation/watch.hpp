// The watch: looks at each step of a run from outside and holds what must be true of it; and keeps what the judge needs
// at the end. It sees what the services and the state store see, and nothing of the engine's inside.
#pragma once

#include "mapping/feed/entry.hpp"
#include "tests/simulation/memory_store.hpp"
#include "tests/simulation/network.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::simulation {

/// An entry as the engine was given it.
struct SeenEntry {
  std::vector<std::string> texts; ///< each different one; its state may have changed in between
  std::vector<std::shared_ptr<const mapping::MappedEntry>> mapped; ///< the same
  VirtualTime first{};                                             ///< when it was first given
  std::int64_t highest = 0;                                        ///< of the Sequences that had been given before
  bool must_be_done = false;                                       ///< it was given while the checkpoint was below it
};

/// Something that was written from outside, while entries were under way.
struct SeenWrite {
  std::size_t number = 0;      ///< in World::outside
  std::int64_t checkpoint = 0; ///< entries up to it were done before
  VirtualTime at{};
};

class Watch final : public NetworkEvents {
public:
  Watch(const World& world, Trace& trace);
  /// Both outlive the watch's use.
  void attach(Network& network, MemoryStore& store);

  void request_sent(FaultTarget target) override;
  void transaction_under_way(bool begins) override;
  void transaction_arrives(int nth) override;
  void before_apply(const std::vector<sim::Operation>& operations) override;
  void after_apply(const std::vector<sim::Operation>& operations, int status) override;
  void entries_delivered(const std::map<std::int64_t, std::string>& entries) override;

  void write_from_outside(std::size_t number);
  void end_writes() { at_peace_ = true; } ///< nobody writes from outside any more
  void engine_gone() { open_transactions_ = 0; }
  /// What must be true of the FHIR service whenever nothing is under way.
  void check_at_rest();

  const std::map<std::int64_t, SeenEntry>& entries() const { return entries_; }
  const std::vector<SeenWrite>& writes() const { return writes_; }

private:
  void checkpoint_written(std::int64_t before, std::int64_t after);
  void check_done(const std::string& study, const std::string& instance, std::int64_t before, std::int64_t after);
  bool stands(const mapping::InstanceUids& uids) const;
  bool has_failed(std::int64_t sequence) const;
  std::optional<mapping::Json> read(const std::string& type, const std::string& id) const;

  const World& world_;
  Trace& trace_;
  Network* network_ = nullptr;
  MemoryStore* store_ = nullptr;
  mapping::Options options_;
  std::map<std::int64_t, SeenEntry> entries_;
  std::vector<SeenWrite> writes_;
  std::vector<bool> written_; ///< World::outside, by number: done, or found nothing to do
  std::vector<std::pair<std::string, mapping::Json>> before_; ///< what the transaction writes to, as it stood
  std::deque<VirtualTime> requests_;                          ///< of the last minute
  std::int64_t highest_given_ = 0;
  int open_transactions_ = 0;
  bool at_peace_ = false;
};

/// Equal as values: the order of members, the version and the time of writing do not count.
bool same_content(mapping::Json a, mapping::Json b);

} // namespace dicomcast::simulation
