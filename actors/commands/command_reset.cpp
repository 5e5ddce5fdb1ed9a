// dicomcast reset: sets the checkpoint.
#include "actors/commands/commands.hpp"

#include <fmt/format.h>

namespace dicomcast::actors {

int run(const conf::Reset& command, const conf::Config& config, Console console) {
  try {
    auto store = io::open_state_store(config, false);
    auto before = store->checkpoint().synced_sequence;
    store->reset(command.to);
    console.out << fmt::format("checkpoint: {}, was {}\n", command.to, before);
    return exit_done;
  } catch (const io::StateStoreError& error) {
    console.err << "dicomcast reset: " << error.what() << '\n';
    return exit_cannot_go_on;
  }
}

} // namespace dicomcast::actors
