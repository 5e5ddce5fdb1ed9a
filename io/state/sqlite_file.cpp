// Whether a file may be opened as a state store, and why not.
#include "io/state/sqlite_file.hpp"

#include "io/state/state_store.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <unistd.h>

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

constexpr mode_t owner_alone = 0600;
constexpr std::size_t room_of_a_commit = 64 * 1024; // a commit's pages in the log, and the log's index

struct Descriptor {
  explicit Descriptor(int fd) : number(fd) {}
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number; ///< below 0: there is none, and errno says why
};

/// Open for writing, and gone with its descriptor, whatever ends the process.
int nameless_file(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, owner_alone);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
    return fd;
  auto name = (fs::path(folder) / ".dicomcast-check-XXXXXX").string(); // a file system without such files
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0)
    ::unlink(name.c_str());
  return named;
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

void make_state_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_alone));
  if (file.number < 0)
    refuse_state_file(path, words_of_failed_write(errno));
}

void try_to_write_beside(const std::string& path) {
  const auto folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path().string() : std::string(".");
  for (const auto* companion : {"", "-wal", "-shm"})
    // Not by opening it: that would let go of the locks that SQLite has on it.
    if (const auto name = path + companion; exists(name) && ::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) != 0)
      refuse_state_file(name, words_of_failed_write(errno));
  const Descriptor file(nameless_file(folder));
  if (file.number < 0)
    refuse_state_file(path, "in its folder " + words_of_failed_write(errno));
  const std::string some(room_of_a_commit, '\1');
  for (std::size_t done = 0; done < some.size();) {
    const auto written = ::write(file.number, some.data() + done, some.size() - done);
    if (written < 0)
      refuse_state_file(path, words_of_failed_write(errno));
    done += static_cast<std::size_t>(written);
  }
  if (::fsync(file.number) != 0)
    refuse_state_file(path, words_of_failed_write(errno));
}

std::string words_of_failed_write(int system_error) {
  const std::string said = std::strerror(system_error);
  switch (system_error) {
  case ENOSPC:
  case EDQUOT:
    return fmt::format("cannot be written: its disk is full ({}); make room there, then run again: nothing is lost",
                       said);
  case EROFS:
    return fmt::format("cannot be written: its file system is read-only ({}); mount it for writing, or set "
                       "StateStore:Path to a folder that can be written",
                       said);
  case EACCES:
  case EPERM:
    return fmt::format("cannot be written: {}; give this user the right to write the file and its folder, since SQLite "
                       "keeps files beside it",
                       said);
  case EIO:
    return fmt::format("cannot be read or written: {}; look for faults of its disk in the system's log", said);
  default:
    return fmt::format("cannot be written: {}", said);
  }
}

void refuse_state_file(const std::string& path, const std::string& why) {
  throw StateStoreError(fmt::format("StateStore:Path {}: {}", path, why));
}

} // namespace dicomcast::io
