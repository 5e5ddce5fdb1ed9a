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

/// Makes an absent file, empty, with mode 0600: SQLite gives its companions the same. Throws StateStoreError.
void make_state_file(const std::string& path);

/// Writes as a commit would need to, and leaves nothing: into the file's folder, by a file without a name; the file
/// itself and its companions, which must be open to writing, stay as they are. Throws StateStoreError.
void try_to_write_beside(const std::string& path);

/// Why nothing can be written, and what to do, from the system's error number.
std::string words_of_failed_write(int system_error);

/// Throws StateStoreError: the key, the path and why.
[[noreturn]] void refuse_state_file(const std::string& path, const std::string& why);

} // namespace dicomcast::io
