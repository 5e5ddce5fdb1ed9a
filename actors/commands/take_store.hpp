// The state store for one command alone.
#pragma once

#include "conf/config.hpp"
#include "io/state/state_store.hpp"

#include <memory>
#include <stop_token>
#include <string_view>

namespace dicomcast::actors {

/// Throws io::StateStoreHeld where another process has it, unless `may_wait` and the configuration says so
/// (StateStore:Lease): then it is told once, and waited for. Null: stopped while it waited.
std::shared_ptr<io::StateStore> take_store(const conf::Config& config, std::string_view command, bool may_wait,
                                           std::stop_token stop);

} // namespace dicomcast::actors
