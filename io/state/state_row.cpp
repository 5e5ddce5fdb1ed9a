// A row's identity, from its content.
#include "io/state/state_row.hpp"

#include "conf/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>

namespace dicomcast::io {

namespace {

/// The first half of a SHA-256, in the form of a GUID of version 8 (RFC 9562 section 5.8).
RowIdentity identity_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  RowIdentity identity{};
  std::copy_n(digest.begin(), identity.size(), identity.begin());
  identity[6] = static_cast<unsigned char>((identity[6] & 0x0F) | 0x80);
  identity[8] = static_cast<unsigned char>((identity[8] & 0x3F) | 0x80);
  return identity;
}

/// Each part with its length, so that no two rows give one text.
std::string content_of(const ExceptionRow& row, const std::string& timestamp, std::string_view salt) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    fmt::format_to(std::back_inserter(text), "{}:{},", part.size(), part);
  };
  add(name_of(row.table));
  add(std::to_string(row.sequence));
  add(row.uids.study);
  add(row.uids.series);
  add(row.uids.instance);
  add(row.exception);
  add(row.message);
  add(std::to_string(row.retry_count));
  if (row.table == ExceptionTable::TransientRetry)
    add(timestamp);
  add(salt);
  return text;
}

constexpr std::size_t longest_uid = 64; // DICOM PS3.5 section 9.1

std::string storable_uid(const std::string& uid) {
  return std::string(text::cut(text::one_line(uid), longest_uid));
}

ExceptionRow storable(ExceptionRow row) {
  row.uids = {storable_uid(row.uids.study), storable_uid(row.uids.series), storable_uid(row.uids.instance)};
  row.exception = text::one_line(row.exception);
  row.message = text::one_line(row.message);
  return row;
}

} // namespace

std::string utc_timestamp(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                     milliseconds % 1000);
}

std::string to_guid(const RowIdentity& identity) {
  std::string text;
  for (std::size_t i = 0; i < identity.size(); ++i)
    fmt::format_to(std::back_inserter(text), "{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", identity[i]);
  return text;
}

std::vector<NewRow> new_rows(const std::vector<ExceptionRow>& rows, const std::string& now, std::string_view salt) {
  std::vector<NewRow> result;
  result.reserve(rows.size());
  std::map<RowIdentity, int> seen;
  for (const auto& each : rows) {
    auto row = storable(each);
    auto timestamp = row.timestamp.empty() ? now : row.timestamp;
    const auto content = content_of(row, timestamp, salt);
    auto identity = identity_of(content);
    if (const int earlier = seen[identity]++; earlier > 0)
      identity = identity_of(content + std::to_string(earlier));
    result.push_back({std::move(row), std::move(timestamp), identity});
  }
  return result;
}

std::string replay_salt(const std::vector<ExceptionRow>& replayed) {
  std::string salt = "replay";
  for (const auto& row : replayed)
    salt.append(" ").append(name_of(row.table)).append(" ").append(row.id);
  return to_guid(identity_of(salt));
}

} // namespace dicomcast::io
