#include "actors/commands/take_store.hpp"

#include "actors/commands/wait.hpp"
#include "io/log.hpp"
#include "io/state/holder.hpp"

namespace dicomcast::actors {

std::shared_ptr<io::StateStore> take_store(const conf::Config& config, std::string_view command, bool may_wait,
                                           std::stop_token stop) {
  constexpr std::chrono::seconds between_tries{1};
  const bool waits = may_wait && config.lease == conf::Lease::Wait;
  bool told = false;
  while (!stop.stop_requested()) {
    try {
      auto store = io::take_state_store(config, io::this_process(command));
      if (told)
        io::log::info("the state store is free: the standby takes over");
      return store;
    } catch (const io::StateStoreHeld& held) {
      if (!waits)
        throw;
      if (!std::exchange(told, true))
        io::log::info(std::string("stands by: ") + held.what());
    }
    wait(stop, between_tries);
  }
  return nullptr;
}

} // namespace dicomcast::actors
