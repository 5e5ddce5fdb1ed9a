// What a folder, a disk or a file system can do to the state store: who may read it, and in which words it is told that
// nothing can be written.
#include "io/state/sqlite_file.hpp"
#include "io/state/sqlite_store.hpp"
#include "tests/io/state/small_disk.hpp"
#include "tests/io/state/state_backends.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::SqliteStore;

namespace {

mode_t rights_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

/// Writes until it fails, and returns the reason.
std::string fill(SqliteStore& store) {
  io::ExceptionRow row;
  row.uids = {"1.2", "1.2.3", "1.2.3.4"};
  row.message = std::string(2'000, 'm');
  try {
    for (int i = 1; i < 10'000; ++i) {
      row.sequence = i;
      store.commit(i, {row});
    }
  } catch (const io::StateStoreError& error) {
    return error.what();
  }
  return "it did not fail";
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const io::StateStoreError& error) {
    return error.what();
  }
  return "it did not fail";
}

} // namespace

TEST_CASE("The file and its companions can be read by their owner alone, whatever the umask") {
  const TemporaryFolder folder;
  const auto before = umask(0);
  SqliteStore store(folder.file("state.db"), false);
  store.commit(1, {});
  umask(before);
  for (const auto* name : {"state.db", "state.db-wal", "state.db-shm"}) {
    INFO(name);
    CHECK(rights_of(folder.file(name)) == 0600);
  }
}

TEST_CASE("A full disk is told in words with the remedy, and trying to write finds it beforehand") {
  const auto said = on_small_disk(256, false, [](const std::string& folder) {
    SqliteStore store(folder + "/state.db", false);
    auto text = fill(store);
    return text + "\n" + failure_of([&] { SqliteStore(folder + "/state.db", true).try_to_write(); });
  });
  if (!said) {
    WARN("no file system can be mounted here: " << why_no_small_disk());
    return;
  }
  const auto end = said->find('\n');
  CHECK_THAT(said->substr(0, end), Contains("its disk is full") && Contains("make room") && !Contains("code"));
  CHECK_THAT(said->substr(end), Contains("its disk is full"));
}

TEST_CASE("A read-only file system is told in words with the remedy, and trying to write finds it beforehand") {
  const auto said = on_small_disk(1'024, true, [](const std::string& folder) {
    return failure_of([&] { SqliteStore(folder + "/state.db", false).commit(1, {}); }) + "\n" +
           failure_of([&] { SqliteStore(folder + "/state.db", true).try_to_write(); });
  });
  if (!said) {
    WARN("no file system can be mounted here: " << why_no_small_disk());
    return;
  }
  const auto end = said->find('\n');
  CHECK_THAT(said->substr(0, end), Contains("read-only") && Contains("mount it for writing"));
  CHECK_THAT(said->substr(end), Contains("read-only"));
}

TEST_CASE("Trying to write leaves nothing behind, beside a file and where there is none") {
  const TemporaryFolder folder;
  const auto files = [&] {
    const std::filesystem::path path(folder.file(""));
    return std::distance(std::filesystem::directory_iterator(path), {});
  };
  SqliteStore(folder.file("state.db"), true).try_to_write();
  CHECK(files() == 0);
  SqliteStore(folder.file("state.db"), false).commit(3, {});
  SqliteStore(folder.file("state.db"), true).try_to_write();
  CHECK(files() == 1);
  CHECK(SqliteStore(folder.file("state.db"), true).checkpoint().synced_sequence == 3);
  CHECK_THAT(failure_of([] { SqliteStore("/sys/kernel/state.db", true).try_to_write(); }),
             Contains("cannot be written"));
}
