// The state stores that one suite runs against: SQLite and simulated Azure tables always, Azurite where
// DICOMCAST_AZURITE holds the connection string of a running one.
#pragma once

#include "io/state/state_store.hpp"
#include "tests/sim/table_service.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dicomcast::test {

/// A folder of its own that goes with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

/// The connection string, or empty.
std::string azurite();
/// A table name prefix that no test has used.
std::string new_prefix();

enum class Kind { Sqlite, SimulatedTables, Azurite };

/// One store, empty at first, that can be opened several times.
class Backend {
public:
  explicit Backend(Kind kind);
  std::unique_ptr<io::StateStore> open(bool read_only = false) const;
  /// For one alone, as the command of that name.
  std::unique_ptr<io::StateStore> take(const std::string& command, std::chrono::milliseconds lease_duration) const;
  sim::TableService& tables() const { return *tables_; } ///< of SimulatedTables
  std::string file() const { return config_.state_store_path; }
  std::string prefix() const { return config_.table_name_prefix; } ///< of the tables' names

private:
  TemporaryFolder folder_;
  std::unique_ptr<sim::TableService> tables_;
  conf::Config config_;
};

/// Those that can be tested here.
std::vector<Kind> backends();

std::vector<io::ExceptionRow> rows_of(io::StateStore& store, const io::RowFilter& filter = {});

} // namespace dicomcast::test
