// The SQLite file for one process alone.
#pragma once

#include "io/state/holder.hpp"

#include <string>
#include <sys/types.h>

namespace dicomcast::io {

/// A lock of the kernel's (flock) on a companion of the database, `{file}-lock`, which tells who holds it. The kernel
/// frees it when the process ends, however that comes about. A companion, since a second descriptor of the database
/// itself would take SQLite's own locks along when it is closed. Not for a file system that several machines share.
class SqliteLock {
public:
  /// `path`: of the database, which need not be there yet; links are followed. Throws StateStoreHeld where another has
  /// it, StateStoreError where the companion cannot be made.
  SqliteLock(const std::string& path, const Holder& me);
  /// Removes the companion, then frees the lock.
  ~SqliteLock();
  SqliteLock(const SqliteLock&) = delete;
  SqliteLock& operator=(const SqliteLock&) = delete;

  /// Any thread. Throws StateStoreError where the companion has been deleted or replaced: then a second process would
  /// not meet this lock.
  void check() const;

private:
  std::string path_; ///< of the companion
  int descriptor_ = -1;
};

/// Which file a path leads to.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};
/// Nothing where there is none.
std::optional<FileIdentity> file_identity(const std::string& path);

} // namespace dicomcast::io
