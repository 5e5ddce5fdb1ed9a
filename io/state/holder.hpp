// Who has the state store to itself: told to whoever comes second.
#pragma once

#include "io/state/state_store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::io {

struct Holder {
  std::string command; ///< such as `daemon`
  std::string host;
  std::int64_t pid = 0;
  std::string since; ///< UTC, as utc_timestamp
};
/// This process, from now on.
Holder this_process(std::string_view command);
/// `daemon on host ris1, process 4711, since 2026-01-02T03:04:05.678Z`, one line.
std::string to_string(const Holder& holder);

/// As it is kept: a JSON object. Nothing for any other text.
std::string to_json(const Holder& holder);
std::optional<Holder> holder_of_json(std::string_view text);

/// Another process has the store.
struct StateStoreHeld : StateStoreError {
  /// No holder: not known yet, or what tells it cannot be read.
  StateStoreHeld(const std::string& description, const std::optional<Holder>& holder);
};

} // namespace dicomcast::io
