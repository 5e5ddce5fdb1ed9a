#include "actors/recorder.hpp"

#include "io/log.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace dicomcast::actors {

struct WriteNow {};

} // namespace dicomcast::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dicomcast::actors::WriteNow)

namespace dicomcast::actors {

namespace {

using Internal = RecorderActor::extend<caf::reacts_to<WriteNow>>;

struct RecorderState {
  static inline const char* name = "recorder";
  std::shared_ptr<io::StateStore> store;
  SequencerActor sequencer;
  SupervisorActor supervisor;
  Record queued;
  std::uint64_t records = 0;
  bool scheduled = false, broken = false;
};

Internal::behavior_type recorder(Internal::stateful_pointer<RecorderState> self, std::shared_ptr<io::StateStore> store,
                                 SequencerActor sequencer, SupervisorActor supervisor) {
  self->state.store = std::move(store);
  self->state.sequencer = std::move(sequencer);
  self->state.supervisor = std::move(supervisor);
  return {
      [self](const Record& message) {
        auto& state = self->state;
        state.records += message.records;
        if (message.synced_sequence)
          state.queued.synced_sequence = std::max(*message.synced_sequence, state.queued.synced_sequence.value_or(0));
        state.queued.rows.insert(state.queued.rows.end(), message.rows.begin(), message.rows.end());
        state.queued.replayed.insert(state.queued.replayed.end(), message.replayed.begin(), message.replayed.end());
        if (!std::exchange(state.scheduled, true))
          self->send(caf::actor_cast<Internal>(self), WriteNow{}); // behind what is in the mailbox already
      },
      [self](const WriteNow&) {
        auto& state = self->state;
        state.scheduled = false;
        auto work = std::exchange(state.queued, {});
        if (state.broken)
          return;
        if (io::log::writes(io::log::Level::Debug))
          for (const auto& row : work.rows)
            io::log::debug(log_name(row.sequence, row.uids, row.partition) + " goes into " + io::name_of(row.table) +
                           ": " + row.exception);
        try {
          if (!work.replayed.empty())
            state.store->mark_replayed(work.replayed, work.rows);
          else if (work.synced_sequence || !work.rows.empty())
            state.store->commit(work.synced_sequence, work.rows);
          self->send(state.sequencer, Recorded{state.records});
        } catch (const io::StateStoreError& error) {
          state.broken = true;
          self->send(state.supervisor, Fatal{std::string("the state store is unusable: ") + error.what(), true});
        }
      },
  };
}

} // namespace

RecorderActor spawn_recorder(caf::actor_system& system, std::shared_ptr<io::StateStore> store, SequencerActor sequencer,
                             SupervisorActor supervisor, bool has_thread) {
  if (has_thread)
    return system.spawn<caf::detached>(recorder, std::move(store), std::move(sequencer), std::move(supervisor));
  return system.spawn(recorder, std::move(store), std::move(sequencer), std::move(supervisor));
}

} // namespace dicomcast::actors
