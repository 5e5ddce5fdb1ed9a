// One run of the real engine: the supervisor and the actors that it spawns, in CAF's test coordinator. Each job, which
// is one message of one actor, is run when the scheduler picks it; the clock is virtual.
#pragma once

#include "actors/pipeline.hpp"
#include "tests/simulation/memory_store.hpp"
#include "tests/simulation/network.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::simulation {

enum class RunKind { Daemon, Backfill, Replay };
const char* name_of(RunKind kind);

class Engine {
public:
  Engine(const World& world, RunKind kind, Network& network, std::shared_ptr<MemoryStore> store, Trace& trace);
  /// Whatever has not ended is killed.
  ~Engine();

  const std::optional<actors::RunOutcome>& outcome() const { return outcome_; } ///< none: it goes on
  void drain();

  /// `with_recorder` false: the recorder's job, if any, does not count.
  std::size_t jobs(bool with_recorder) const;
  void run(std::size_t job, bool with_recorder);
  std::optional<VirtualTime> next_timer() const;
  void advance(VirtualTime to);

private:
  struct System;
  std::unique_ptr<System> system_;
  std::optional<actors::RunOutcome> outcome_;
};

} // namespace dicomcast::simulation
