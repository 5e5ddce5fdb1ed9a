// dicomcast reset: sets the checkpoint.
#include "actors/commands/commands.hpp"
#include "actors/commands/take_store.hpp"

#include <fmt/format.h>

namespace dicomcast::actors {

int run(const conf::Reset& command, const conf::Config& config, Console console) {
  try {
    auto store = take_store(config, "reset", false, {});
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
