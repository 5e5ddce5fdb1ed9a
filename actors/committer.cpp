#include "actors/committer.hpp"

#include "conf/text.hpp"
#include "mapping/code/reference.hpp"

#include <caf/all.hpp>

#include <chrono>

namespace dicomcast::actors {

namespace {

/// How soon it is asked again whether a commit may begin: as a lease is renewed, if at all.
constexpr std::chrono::milliseconds until_it_may{100};

/// A service that takes no logical references says so in its own words; what to do about it is said here.
void name_references_key(io::Error& error, std::string_view bundle) {
  if (error.code == io::ErrorCode::Refused && text::fold_case(error.cause).find("reference") != std::string::npos &&
      mapping::holds_logical_reference(bundle))
    error.hint.append(error.hint.empty() ? "" : "; ")
        .append("if the service takes no logical references: Mapping:References = Display or None leaves them out");
}

struct CommitterState {
  static inline const char* name = "committer";
  std::shared_ptr<io::Service> fhir;
  std::shared_ptr<const io::StateStore> store;
};

CommitterActor::behavior_type committer(CommitterActor::stateful_pointer<CommitterState> self,
                                        std::shared_ptr<io::Service> fhir, std::shared_ptr<const io::StateStore> store,
                                        SequencerActor sequencer) {
  self->state.fhir = std::move(fhir);
  self->state.store = std::move(store);
  return {[self, sequencer](const Commit& message) {
    if (!self->state.store->may_commit())
      return self->delayed_send(self, until_it_may, message);
    auto& clock = self->clock();
    auto begin = clock.now();
    // Read on the client's thread: the sequencer's next step does not wait for this actor's turn.
    self->state.fhir->send("POST", "", "application/fhir+json", message.group->bundle,
                           [sequencer, group = message.group, begin, &clock](io::ServiceResult result) {
                             CommitResult answer;
                             answer.microseconds =
                                 std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - begin).count();
                             auto outcome = io::fhir::read_transaction(result, group->writes);
                             if (auto* error = std::get_if<io::Error>(&outcome)) {
                               name_references_key(*error, group->bundle);
                               answer.error = std::move(*error);
                             } else {
                               answer.written = std::get<0>(std::move(outcome));
                             }
                             caf::anon_send(sequencer, std::move(answer));
                           });
  }};
}

} // namespace

CommitterActor spawn_committer(caf::actor_system& system, std::shared_ptr<io::Service> fhir,
                               std::shared_ptr<const io::StateStore> store, SequencerActor sequencer) {
  return system.spawn(committer, std::move(fhir), std::move(store), std::move(sequencer));
}

} // namespace dicomcast::actors
