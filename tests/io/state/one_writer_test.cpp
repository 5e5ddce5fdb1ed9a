// One process at a time has the state store: who comes second is told who was first, a deposed one writes nothing more,
// and a store that is gone is told.
#include "io/state/azure_table_client.hpp"
#include "io/state/holder.hpp"
#include "io/state/lease.hpp"
#include "io/state/sqlite_store.hpp"
#include "tests/io/state/state_backends.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <future>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dicomcast;
using namespace dicomcast::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using io::SqliteStore;
using io::StateStoreError;
using io::StateStoreHeld;

namespace fs = std::filesystem;

namespace {

/// Tries until the other's hold has ended.
std::unique_ptr<io::StateStore> take_when_free(const Backend& backend, std::chrono::milliseconds lease) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  for (;;) {
    try {
      return backend.take("standby", lease);
    } catch (const StateStoreHeld&) {
      if (std::chrono::steady_clock::now() > deadline)
        throw;
    }
  }
}

/// What happens to the renewals of a lease.
sim::FaultRule of_lease(sim::Fault::How how, std::int64_t times = -1) {
  sim::FaultRule rule;
  rule.kind = "write";
  rule.contains = "LeaseRowKey";
  rule.times = times;
  rule.fault.how = how;
  return rule;
}

/// Makes the lease's row as it is when its holder has let go.
void end_lease(const Backend& backend, int term) {
  io::AzureTableClient client(io::parse_azure_connection_string(backend.tables().connection_string()),
                              std::make_shared<io::CurlClient>(), [](std::chrono::milliseconds) {});
  const auto path = io::entity_path(backend.prefix() + "SyncStateTable", "SyncStatePartitionKey", "LeaseRowKey");
  const auto body = R"({"PartitionKey":"SyncStatePartitionKey","RowKey":"LeaseRowKey","Owner":"x","Released":true,)"
                    R"("Term@odata.type":"Edm.Int64","Term":")" +
                    std::to_string(term) + "\"}";
  REQUIRE(client.exchange(io::TableRequest{"PUT", path, body}).status == 204);
}

/// Waits for what `watch` tells.
std::future<std::string> loss_of(io::StateStore& store) {
  auto told = std::make_shared<std::promise<std::string>>();
  store.watch([told](std::string why) { told->set_value(std::move(why)); });
  return told->get_future();
}

std::string loss_within_10_s(std::future<std::string>& loss) {
  return loss.wait_for(10s) == std::future_status::ready ? loss.get() : "nothing was told";
}

} // namespace

TEST_CASE("A second process is refused and told who the first is; readers are let in; once let go it is free at once") {
  const Backend backend(GENERATE(from_range(backends())));
  auto first = backend.take("daemon", 30s);
  first->commit(7, {});
  CHECK(first->may_commit());
  for (int i = 0; i < 2; ++i)
    CHECK_THROWS_WITH(backend.take("reset", 30s),
                      Contains("is held by another dicomcast") && Contains("daemon on host ") &&
                          Contains("process " + std::to_string(getpid())) && Contains("since 20"));
  CHECK(backend.open(true)->checkpoint().synced_sequence == 7);
  first.reset();
  auto second = backend.take("reset", 30s);
  CHECK(second->checkpoint().synced_sequence == 7);
  second->reset(3);
  second->commit(4, {});
  CHECK(second->checkpoint().synced_sequence == 4);
}

TEST_CASE("The hold of a process that was killed ends at once on SQLite") {
  const Backend backend(Kind::Sqlite);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto child = fork();
  if (child == 0) {
    const auto store = backend.take("backfill", 30s);
    [[maybe_unused]] const auto written = write(ends[1], "x", 1);
    for (;;)
      pause();
  }
  char byte = 0;
  REQUIRE(read(ends[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(backend.take("daemon", 30s), Contains("backfill on host") && Contains(std::to_string(child)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  CHECK(backend.take("daemon", 30s)->checkpoint().synced_sequence == 0);
}

TEST_CASE(
    "The companion that tells who holds an SQLite file is the owner's alone, goes with the hold, and meets links") {
  const Backend backend(Kind::Sqlite);
  const auto companion = backend.file() + "-lock";
  std::ofstream(companion) << "what a killed one left behind, longer than what is written there anew ............";
  chmod(companion.c_str(), 0600);
  {
    const auto store = backend.take("daemon", 30s);
    struct stat status {};
    REQUIRE(stat(companion.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const TemporaryFolder folder;
    fs::create_symlink(backend.file(), folder.file("link.db"));
    CHECK_THROWS_AS(SqliteStore(folder.file("link.db"), io::this_process("reset")), StateStoreHeld);
    CHECK_THROWS_WITH(backend.take("reset", 30s), Contains("daemon on host"));
  }
  CHECK_FALSE(fs::exists(companion));
}

TEST_CASE("What is no store of ours gets no companion") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("notes.txt")) << "a text that somebody needs";
  CHECK_THROWS_AS(SqliteStore(folder.file("notes.txt"), io::this_process("daemon")), StateStoreError);
  CHECK_FALSE(fs::exists(folder.file("notes.txt-lock")));
}

TEST_CASE("A file that is deleted or replaced under its writer is told, and nothing is written into it any more") {
  const Backend backend(Kind::Sqlite);
  const auto store = backend.take("daemon", 30s);
  store->commit(1, {});
  auto loss = loss_of(*store);
  const bool is_replaced = GENERATE(true, false);
  CAPTURE(is_replaced);
  if (is_replaced) {
    fs::rename(backend.file(), backend.file() + ".old");
    fs::copy_file(backend.file() + ".old", backend.file());
  } else {
    fs::remove_all(fs::path(backend.file()).parent_path());
  }
  CHECK_THROWS_WITH(store->commit(2, {}), Contains("deleted or replaced"));
  CHECK_THROWS_WITH(store->reset(2), Contains("deleted or replaced"));
  CHECK_THROWS_WITH(store->mark_replayed({}, {}), Contains("deleted or replaced"));
  CHECK_THAT(loss_within_10_s(loss), Contains("deleted or replaced"));
}

TEST_CASE("A companion that is deleted is told, since a second process would not be kept out any more") {
  const Backend backend(Kind::Sqlite);
  const auto store = backend.take("daemon", 30s);
  fs::remove(backend.file() + "-lock");
  CHECK_THROWS_WITH(store->commit(2, {}), Contains("would not be kept out"));
}

TEST_CASE("A lease that cannot be renewed starts no commit in its last third, is told, and the next one takes over") {
  const Backend backend(Kind::SimulatedTables);
  const auto first = backend.take("daemon", 1s);
  first->commit(5, {});
  auto loss = loss_of(*first);
  backend.tables().add_fault(of_lease(sim::Fault::How::Status));
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (first->may_commit() && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK_FALSE(first->may_commit());
  CHECK(loss.wait_for(0s) == std::future_status::timeout); // a third is left to end the commit under way
  first->commit(6, {});                                    // what was done is kept
  CHECK_THAT(loss_within_10_s(loss), Contains("could not be renewed in time") && Contains("503"));
  backend.tables().clear_faults();

  const auto second = take_when_free(backend, 1s);
  CHECK(second->checkpoint().synced_sequence == 6);
  CHECK(second->may_commit());
  CHECK_FALSE(first->may_commit());
  CHECK_THROWS_WITH(first->commit(9, {}), Contains("another dicomcast has taken it over"));
  CHECK_THROWS_WITH(first->reset(1), Contains("another dicomcast has taken it over"));
  CHECK(second->checkpoint().synced_sequence == 6);
  second->commit(8, {});
  CHECK(backend.open(true)->checkpoint().synced_sequence == 8);
}

TEST_CASE("A deposed writer that knows nothing of it cannot move the checkpoint, whatever its clock says") {
  const Backend backend(Kind::SimulatedTables);
  const auto first = backend.take("daemon", 1h); // it will not look at its lease
  const bool has_written = GENERATE(true, false);
  if (has_written)
    first->commit(5, {});
  end_lease(backend, 1);
  const auto second = backend.take("standby", 30s);
  CHECK(first->may_commit());
  CHECK_THROWS_WITH(first->commit(9, {}), Contains("another dicomcast has taken it over"));
  CHECK(second->checkpoint().synced_sequence == (has_written ? 5 : 0));
  second->commit(6, {});
  CHECK(second->checkpoint().synced_sequence == 6);
}

TEST_CASE("A lease outlives renewals that are late, refused for a while, or whose answers are lost") {
  const Backend backend(Kind::SimulatedTables);
  using How = sim::Fault::How;
  const auto how = GENERATE(How::Status, How::Lost, How::LostReset, How::Reset);
  const auto store = backend.take("daemon", 1s);
  auto loss = loss_of(*store);
  backend.tables().add_fault(of_lease(how, 2));
  const auto renewals = [&] {
    std::int64_t count = 0;
    for (const auto& exchange : backend.tables().journal("write"))
      count += exchange.target.find("LeaseRowKey") != std::string::npos && exchange.status == 204;
    return count;
  };
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (renewals() < 4 && std::chrono::steady_clock::now() < deadline) {
  }
  CHECK(renewals() >= 4);
  CHECK(loss.wait_for(0s) == std::future_status::timeout);
  store->commit(3, {});
  CHECK_THROWS_AS(backend.take("reset", 1s), StateStoreHeld);
}

TEST_CASE("A lease's thirds: renewed in the first, no commit in the last, over at the end") {
  io::Lease lease(30s);
  const io::Lease::Time start(std::chrono::hours(5));
  lease.renewed(start);
  CHECK(lease.next_renewal() == start + 10s);
  CHECK(lease.may_commit(start));
  CHECK(lease.may_commit(start + 19'999ms));
  CHECK_FALSE(lease.may_commit(start + 20s));
  CHECK_FALSE(lease.is_over(start + 29'999ms));
  CHECK(lease.is_over(start + 30s));
  lease.failed(start + 12s);
  CHECK(lease.next_renewal() == start + 14'500ms);
  CHECK_FALSE(lease.may_commit(start + 20s));
  lease.renewed(start + 15s);
  CHECK(lease.may_commit(start + 34s));
}

TEST_CASE("A holder is kept as JSON and told as one line") {
  const io::Holder holder{"daemon", "ris\x1b[2J1", 4711, "2026-01-02T03:04:05.678Z"};
  CHECK(io::to_string(holder) == "daemon on host ris [2J1, process 4711, since 2026-01-02T03:04:05.678Z");
  const auto read = io::holder_of_json(io::to_json(holder));
  REQUIRE(read);
  CHECK(io::to_string(*read) == io::to_string(holder));
  for (const auto* text : {"", "{", "[]", "{\"pid\":1}", "no JSON"})
    CHECK_FALSE(io::holder_of_json(text));
}
