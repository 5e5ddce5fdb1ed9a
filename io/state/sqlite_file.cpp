// Whether a file may be opened as a state store, and why not.
#include "io/state/sqlite_file.hpp"

#include "io/state/state_store.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace dicomcast::io {

namespace fs = std::filesystem;

namespace {

// The database header: https://www.sqlite.org/fileformat.html, section 1.3.
constexpr std::size_t header_size = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t user_version_at = 60, application_id_at = 68;

using Header = std::array<char, header_size>;

std::uint32_t big_endian(const Header& header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(header[at + i]);
  return value;
}

bool exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

StateFile absent(const std::string& path) {
  const auto folder = fs::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && !fs::is_directory(folder, error))
    refuse_state_file(path, fmt::format("the folder {} does not exist", folder.string()));
  return StateFile::Absent;
}

void check(const std::string& path, const Header& header) {
  if (std::string_view(header.data(), magic.size()) != magic)
    refuse_state_file(path, "is not an SQLite database, so it is no state store of dicomcast's; it was not changed");
  if (const auto id = big_endian(header, application_id_at); id != sqlite_application_id)
    refuse_state_file(
        path, fmt::format("is an SQLite database of another program (its application_id is {:#010x}, dicomcast's is "
                          "{:#010x}); it was not changed",
                          id, sqlite_application_id));
  if (const auto version = big_endian(header, user_version_at); version != sqlite_schema_version)
    refuse_state_file(
        path, fmt::format("has version {} of the state store, this dicomcast knows version {}; it was not changed",
                          version, sqlite_schema_version));
}

} // namespace

StateFile inspect_state_file(const std::string& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    return absent(path);
  if (status.type() == fs::file_type::none)
    refuse_state_file(path, error.message());
  if (status.type() == fs::file_type::directory)
    refuse_state_file(path, "is a folder; the path of a file is needed");
  if (status.type() != fs::file_type::regular)
    refuse_state_file(path, "is no regular file");

  std::ifstream file(path, std::ios::binary);
  if (!file)
    refuse_state_file(path, std::string("cannot be read: ") + std::strerror(errno));
  Header header{};
  file.read(header.data(), header.size());
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size == 0)
    return StateFile::Empty;
  if (size < header_size)
    refuse_state_file(path, "is not an SQLite database, so it is no state store of dicomcast's; it was not changed");
  check(path, header);
  // Our files work with a log instead, once they are made.
  return exists(path + "-journal") ? StateFile::Empty : StateFile::Ours;
}

bool has_log(const std::string& path) {
  return exists(path + "-wal");
}

void refuse_state_file(const std::string& path, const std::string& why) {
  throw StateStoreError(fmt::format("StateStore:Path {}: {}", path, why));
}

} // namespace dicomcast::io
