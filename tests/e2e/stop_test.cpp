// Stopping, whatever hangs: 10 s after SIGTERM the process has ended.
#include "tests/e2e/world.hpp"
#include "tests/sim/table_service.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace dicomcast;
using namespace dicomcast::e2e;
using namespace std::chrono_literals;

namespace {

sim::FaultRule silence(const std::string& kind = {}) {
  sim::FaultRule rule;
  rule.kind = kind;
  rule.fault.how = sim::Fault::How::Silence;
  return rule;
}

void stop_within(std::chrono::seconds time, Process& process, int code) {
  process.signal(SIGTERM);
  const auto outcome = process.wait(time);
  INFO(outcome.err);
  CHECK(outcome.code == code);
}

/// SQLite's write lock of a log, taken as another process that is in the middle of a transaction has it: a byte of the
/// shared memory (https://www.sqlite.org/walformat.html, section 2.3.1).
class WriteLock {
public:
  explicit WriteLock(const std::string& database) : file_(open((database + "-shm").c_str(), O_RDWR | O_CLOEXEC)) {
    constexpr off_t write_lock = 120;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = write_lock;
    lock.l_len = 1;
    REQUIRE(file_ >= 0);
    while (fcntl(file_, F_SETLK, &lock) != 0)
      REQUIRE((errno == EAGAIN || errno == EACCES));
  }
  ~WriteLock() { close(file_); }

private:
  const int file_;
};

} // namespace

TEST_CASE("a daemon ends within 10 s of SIGTERM while the tables hang, when it starts and when it writes") {
  sim::TableService tables;
  World world(plain_feed(31, 1, 2), {}, {"TableStore:ConnectionString=" + tables.connection_string()});
  const bool at_start = GENERATE(true, false);
  CAPTURE(at_start);
  if (at_start)
    tables.add_fault(silence());
  auto daemon = world.program.start({"daemon"});
  if (!at_start) {
    daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
    tables.add_fault(silence());
    world.create({.instance = "1.2.3.1.9"});
  }
  const auto asked = tables.journal().size();
  daemon.until([&] { return tables.journal().size() > (at_start ? 0 : asked); }, "the tables to be asked");
  stop_within(10s, daemon, 0);
  tables.clear_faults();
}

TEST_CASE("a daemon ends within 10 s of SIGTERM while another process holds SQLite's lock") {
  World world(plain_feed(32, 1, 2));
  auto daemon = world.program.start({"daemon"});
  daemon.until([&] { return world.program.checkpoint() == world.dicom.latest_sequence(); }, "the checkpoint");
  const WriteLock lock(world.program.folder.path("state.db"));
  world.create({.instance = "1.2.3.1.9"});
  daemon.until([&] { return world.stored_instances().count("1.2.3.1.9") == 1; }, "the commit");
  stop_within(10s, daemon, 0);
}

TEST_CASE("a daemon ends at once on SIGTERM while the FHIR service does not answer when asked what it is") {
  World world(plain_feed(33, 1, 2));
  world.fhir.add_fault(silence("metadata"));
  auto daemon = world.program.start({"daemon"});
  daemon.until([&] { return !world.fhir.journal("metadata").empty(); }, "the metadata to be asked for");
  stop_within(4s, daemon, 0);
}

TEST_CASE("a backfill ends within 10 s of SIGTERM while the tables hang") {
  sim::TableService tables;
  World world(plain_feed(34, 2, 2), {}, {"TableStore:ConnectionString=" + tables.connection_string()});
  tables.add_fault(silence("search"));
  auto hang = silence("write");
  hang.contains = "SyncedSequence";
  hang.skip = 1; // the one that takes the store over
  tables.add_fault(hang);
  auto backfill = world.program.start({"backfill"});
  backfill.until([&] { return world.stored_instances().size() == 4; }, "the commits");
  stop_within(10s, backfill, 4);
}
