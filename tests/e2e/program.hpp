// The real binary as a child process: its own folder with configuration and state, its output in files, its end awaited
// with a deadline, killed by its own id and no other.
#pragma once

#include "mapping/json/json.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::e2e {

using mapping::Json;
using std::chrono::milliseconds;

/// A folder of one test's own, removed with all it holds.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view text) const;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);

/// How a process ended.
struct Outcome {
  int code = -1;        ///< exit code; -1: ended by a signal
  int signal = 0;       ///< that ended it
  long max_rss_kib = 0; ///< the peak of its memory, as of at most 10 ms before its end
  double cpu_seconds = 0;
  std::string out, err;

  /// The last line of `out` that is a JSON object; null where there is none.
  Json json() const;
  /// All lines of `out` that are JSON objects.
  std::vector<Json> lines() const;
};

/// A running child. One that is still there when this ends is killed.
class Process {
public:
  /// Throws std::runtime_error where it cannot be started. `environment`: names and values on top of this process's.
  Process(const std::vector<std::string>& command, const std::string& output_path,
          const std::vector<std::pair<std::string, std::string>>& environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// Waits for the end; past the deadline the child is killed and std::runtime_error thrown, with what it said.
  Outcome wait(milliseconds deadline = milliseconds(60'000));
  /// Waits until `done` is true; throws std::runtime_error past the deadline or if the child ends before.
  void until(const std::function<bool()>& done, std::string_view what, milliseconds deadline = milliseconds(30'000));
  bool has_ended(milliseconds within = milliseconds(0)) const;
  long peak_kib() const;
  /// What it has written to stderr so far.
  std::string err() const { return read_file(output_path_ + ".err"); }

private:
  pid_t pid_ = -1;
  int handle_ = -1; ///< pidfd: readable when the child has ended
  std::string output_path_;
};

/// `$DICOMCAST_BINARY`, or the one of the same build.
std::string binary();

/// DicomWeb:Endpoint of an installation that reads from somewhere else: the same in each run, so that states compare.
inline const std::string public_dicom_url = "https://dicom.example.org/root";

/// An installation of dicomcast: a folder with a configuration file and the state.
class Program {
public:
  /// `settings` go into the configuration file, on top of quick retries and polls; `A:B=value`, value as text.
  /// `dicom_url` is PrivateEndpoint.
  Program(const std::string& dicom_url, const std::string& fhir_url, std::vector<std::string> settings = {});

  /// Runs a command to its end.
  Outcome run(std::vector<std::string> arguments, milliseconds deadline = milliseconds(60'000)) const;
  /// Starts a command that goes on.
  Process start(std::vector<std::string> arguments) const;
  /// `backfill --json` with further arguments.
  Outcome backfill(std::vector<std::string> more = {}, milliseconds deadline = milliseconds(120'000)) const;
  Json status() const;
  /// The rows of the exception tables, by `errors --json`.
  std::vector<Json> rows(std::vector<std::string> filter = {}) const;
  /// Those of one table, by its name without `ExceptionTable`.
  std::vector<Json> rows_of(std::string_view table) const;
  std::int64_t checkpoint() const;

  TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> environment;

private:
  mutable int runs_ = 0;
};

std::int64_t number(const Json& object, std::string_view name);

} // namespace dicomcast::e2e
