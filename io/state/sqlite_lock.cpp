#include "io/state/sqlite_lock.hpp"

#include "io/state/sqlite_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dicomcast::io {

namespace {

std::string companion_of(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return (error ? path : real.string()) + "-lock";
}

std::optional<Holder> read_holder(int descriptor) {
  std::array<char, 1024> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? holder_of_json({text.data(), static_cast<std::size_t>(size)}) : std::nullopt;
}

void write_holder(int descriptor, const Holder& holder) {
  const auto text = to_json(holder);
  const auto size = static_cast<ssize_t>(text.size());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) != size)
    throw StateStoreError(words_of_failed_write(errno));
}

} // namespace

std::optional<FileIdentity> file_identity(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return {};
  return FileIdentity{status.st_dev, status.st_ino};
}

SqliteLock::SqliteLock(const std::string& path, const Holder& me) : path_(companion_of(path)) {
  for (;;) {
    const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
      refuse_state_file(path, "its companion " + path_ + " " + words_of_failed_write(errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      const auto holder = read_holder(descriptor);
      ::close(descriptor);
      if (error == EWOULDBLOCK)
        throw StateStoreHeld("StateStore:Path " + path, holder);
      refuse_state_file(path, std::string("no lock can be had on its file system: ") + std::strerror(error));
    }
    struct stat ours {};
    ::fstat(descriptor, &ours);
    if (file_identity(path_) == FileIdentity{ours.st_dev, ours.st_ino}) {
      descriptor_ = descriptor;
      break;
    }
    ::close(descriptor); // whoever had it has removed it in between
  }
  try {
    write_holder(descriptor_, me);
  } catch (const StateStoreError& error) {
    ::unlink(path_.c_str());
    ::close(descriptor_);
    refuse_state_file(path, std::string("its companion ") + error.what());
  }
}

SqliteLock::~SqliteLock() {
  try {
    check();
    ::unlink(path_.c_str());
  } catch (const StateStoreError&) {
    // Somebody else's now, or gone.
  }
  ::close(descriptor_);
}

void SqliteLock::check() const {
  struct stat ours {};
  ::fstat(descriptor_, &ours);
  if (file_identity(path_) != FileIdentity{ours.st_dev, ours.st_ino})
    throw StateStoreError(path_ + " has been deleted or replaced, so that another dicomcast would not be kept out");
}

} // namespace dicomcast::io
