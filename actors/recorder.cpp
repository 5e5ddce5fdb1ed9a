// Writes what it is sent.
#include "actors/recorder.hpp"

#include "io/log.hpp"

#include <caf/all.hpp>

namespace dicomcast::actors {

namespace {

/// A failed entry is for the operator to know of; who it is about is not for the log, but for debugging.
void tell(const io::ExceptionRow& row) {
  const auto where = std::string(" goes into ") + io::name_of(row.table) + ": " + row.exception;
  if (io::is_of_failed_entry(row.table))
    io::log::info("entry " + std::to_string(row.sequence) + where);
  if (io::log::writes(io::log::Level::Debug))
    io::log::debug(log_name(row.sequence, row.uids, row.partition) + where);
}

struct RecorderState {
  static inline const char* name = "recorder";
  RecorderActor::stateful_pointer<RecorderState> self = nullptr;
  std::shared_ptr<io::StateStore> store;
  SequencerActor sequencer;
  SupervisorActor supervisor;
  std::uint64_t records = 0;
  bool broken = false;

  void write(const Record& record) {
    if (broken)
      return;
    for (const auto& row : record.rows)
      tell(row);
    try {
      if (!record.replayed.empty())
        store->mark_replayed(record.replayed, record.rows);
      else if (record.synced_sequence || !record.rows.empty())
        store->commit(record.synced_sequence, record.rows);
      records += record.records;
      self->send(sequencer, Recorded{records});
    } catch (const io::StateStoreError& error) {
      broken = true;
      self->send(supervisor, Fatal{std::string("the state store is unusable: ") + error.what(), true});
    }
  }
};

RecorderActor::behavior_type recorder(RecorderActor::stateful_pointer<RecorderState> self,
                                      std::shared_ptr<io::StateStore> store, SequencerActor sequencer,
                                      SupervisorActor supervisor) {
  auto& state = self->state;
  state.self = self;
  state.store = std::move(store);
  state.sequencer = std::move(sequencer);
  state.supervisor = std::move(supervisor);
  return {[self](const Record& message) { self->state.write(message); }};
}

} // namespace

RecorderActor spawn_recorder(caf::actor_system& system, std::shared_ptr<io::StateStore> store, SequencerActor sequencer,
                             SupervisorActor supervisor, bool has_thread) {
  if (has_thread)
    return system.spawn<caf::detached>(recorder, std::move(store), std::move(sequencer), std::move(supervisor));
  return system.spawn(recorder, std::move(store), std::move(sequencer), std::move(supervisor));
}

} // namespace dicomcast::actors
