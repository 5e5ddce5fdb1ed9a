// The backends that pass one suite.
#include "tests/io/state/state_backends.hpp"

#include "io/state/holder.hpp"

#include <cstdlib>
#include <unistd.h>

namespace dicomcast::test {

TemporaryFolder::TemporaryFolder() {
  auto pattern = (std::filesystem::temp_directory_path() / "dicomcast-state-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::filesystem::remove_all(path_);
}

std::string azurite() {
  const char* text = std::getenv("DICOMCAST_AZURITE");
  return text ? text : "";
}

std::string new_prefix() {
  static int count = 0;
  return "T" + std::to_string(getpid()) + "x" + std::to_string(++count) + "x";
}

Backend::Backend(Kind kind) {
  if (kind == Kind::Sqlite) {
    config_.state_store_path = folder_.file("state.db");
    return;
  }
  if (kind == Kind::SimulatedTables)
    tables_ = std::make_unique<sim::TableService>();
  config_.table_store_connection_string = tables_ ? tables_->connection_string() : azurite();
  config_.table_name_prefix = new_prefix();
}

std::unique_ptr<io::StateStore> Backend::open(bool read_only) const {
  return io::open_state_store(config_, read_only);
}

std::unique_ptr<io::StateStore> Backend::take(const std::string& command,
                                              std::chrono::milliseconds lease_duration) const {
  auto config = config_;
  config.lease_duration = lease_duration;
  return io::take_state_store(config, io::this_process(command));
}

std::vector<Kind> backends() {
  std::vector kinds{Kind::Sqlite, Kind::SimulatedTables};
  if (!azurite().empty())
    kinds.push_back(Kind::Azurite);
  return kinds;
}

std::vector<io::ExceptionRow> rows_of(io::StateStore& store, const io::RowFilter& filter) {
  std::vector<io::ExceptionRow> rows;
  store.list(filter, [&rows](const io::ExceptionRow& row) { rows.push_back(row); });
  return rows;
}

} // namespace dicomcast::test
