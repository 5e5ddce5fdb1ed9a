// The state store's tables in SQLite, and the ways to open them.
#pragma once

#include "io/state/sqlite_database.hpp"

#include <memory>
#include <string>

namespace dicomcast::io {

/// Opens what inspect_state_file has found to be ours. `still`: nobody has it open. Throws StateStoreError where a
/// table is not there.
std::unique_ptr<SqliteDatabase> open_state_for_reading(const std::string& path, bool still);

/// Opens for writing what inspect_state_file has passed. Not `made`: makes the file and its tables where they are not
/// there; else checks the whole file's structure before it writes.
std::unique_ptr<SqliteDatabase> open_state_for_writing(const std::string& path, bool made);

} // namespace dicomcast::io
