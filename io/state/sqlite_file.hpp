// Looks at a file before SQLite does, since SQLite may write to whatever it opens: recover a log, leave files beside
// it.
#pragma once

#include <cstdint>
#include <string>

namespace dicomcast::io {

inline constexpr std::uint32_t sqlite_application_id = 0x44434153; ///< `DCAS`, in the header of our files
inline constexpr std::uint32_t sqlite_schema_version = 1;          ///< user_version in the header

enum class StateFile {
  Absent,
  Empty, ///< no bytes, or its making goes on or was cut short: there is a rollback journal
  Ours,
};

/// Reads the header alone and writes nothing. Throws StateStoreError, with a message that says why, for whatever cannot
/// be the state store: a folder, a file without permission, no SQLite database, another program's, a newer dicomcast's;
/// and for an absent file whose folder is not there.
StateFile inspect_state_file(const std::string& path);

/// Whether there is a write-ahead log: somebody has the file open, or was killed while they had.
bool has_log(const std::string& path);

/// Throws StateStoreError: the key, the path and why.
[[noreturn]] void refuse_state_file(const std::string& path, const std::string& why);

} // namespace dicomcast::io
