// What the state stores share: the time they write, and what makes two rows the same.
#pragma once

#include "io/state/state_store.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::io {

/// UTC, `YYYY-MM-DDThh:mm:ss.fffZ`.
std::string utc_timestamp(std::chrono::system_clock::time_point time);

using RowIdentity = std::array<unsigned char, 16>;
/// As a GUID, in lower case.
std::string to_guid(const RowIdentity& identity);

/// A row as it is about to be stored: its texts one line each, its UIDs of at most 64 characters.
struct NewRow {
  ExceptionRow row;
  std::string timestamp; ///< the row's own, else the store's
  RowIdentity identity;
};
/// Identities follow from the rows' contents (SHA-256) without the time, so that storing them again stores them once.
/// Equal rows of one call are told apart by their number, and the rows of TransientRetry by their time too, since each
/// retry is a row of its own. `salt` tells apart what would be equal otherwise: the ids of the rows that are replayed.
std::vector<NewRow> new_rows(const std::vector<ExceptionRow>& rows, const std::string& now, std::string_view salt = {});

/// The salt of what fails again when `replayed` are replayed.
std::string replay_salt(const std::vector<ExceptionRow>& replayed);

} // namespace dicomcast::io
