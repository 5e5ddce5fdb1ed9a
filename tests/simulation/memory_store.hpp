// A state store in memory that outlives a crash of the engine as far as it had come. It refuses a write where the
// world's faults say so.
#pragma once

#include "io/state/state_store.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/world.hpp"

#include <functional>

namespace dicomcast::simulation {

class MemoryStore final : public io::StateStore {
public:
  MemoryStore(const World& world, Trace& trace) : world_(world), trace_(trace) {}

  /// Called after each write with the checkpoint before and after it.
  std::function<void(std::int64_t before, std::int64_t after)> on_write;
  void end_faults() { faults_on_ = false; }
  /// The engine that used it is gone: what it still writes is dropped.
  void cut_off() { is_cut_off_ = true; }
  void connect() { is_cut_off_ = false; }
  const std::vector<io::ExceptionRow>& rows() const { return rows_; }

  io::Checkpoint checkpoint() override { return checkpoint_; }
  void commit(std::optional<std::int64_t> synced_sequence, const std::vector<io::ExceptionRow>& rows) override;
  void reset(std::int64_t synced_sequence) override { checkpoint_.synced_sequence = synced_sequence; }
  void list(const io::RowFilter& filter, const std::function<void(const io::ExceptionRow&)>& row) override;
  std::array<std::int64_t, io::exception_tables.size()> counts() override;
  void mark_replayed(const std::vector<io::ExceptionRow>& replayed,
                     const std::vector<io::ExceptionRow>& new_rows) override;

private:
  bool refuses();
  void add(const io::ExceptionRow& row);

  const World& world_;
  Trace& trace_;
  io::Checkpoint checkpoint_;
  std::vector<io::ExceptionRow> rows_;
  int writes_ = 0, ids_ = 0;
  bool faults_on_ = true, is_cut_off_ = false;
};

} // namespace dicomcast::simulation
