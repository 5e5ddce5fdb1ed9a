// A child process and what it took: its output in files, CPU and peak memory, ended by its own id.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace dicomcast::bench {

/// A folder of its own, removed with all it holds.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path(const std::string& name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

/// Memory of a process now and at its height so far, in KiB; 0 where it cannot be told.
struct Memory {
  long resident_kib = 0, peak_kib = 0;
};
Memory memory_of(pid_t pid);

struct Usage {
  int code = -1;                       ///< exit code; -1: ended by a signal
  double seconds = 0, cpu_seconds = 0; ///< from its start to its end; user and system
  long peak_kib = 0;
  std::string out, err;
};

/// A running child, which is killed when this or the bench ends before it does.
class Child {
public:
  /// `output_path`: its output goes there, with `.out` and `.err` appended. Throws std::runtime_error.
  Child(const std::vector<std::string>& command, const std::string& output_path);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  std::string out() const { return read_file(output_path_ + ".out"); }
  std::string err() const { return read_file(output_path_ + ".err"); }
  /// Waits for its end. `meanwhile`, if given, is called some 50 times a second.
  Usage wait(const std::function<void(const Memory&)>& meanwhile = {});
  /// Asks it to end, and waits.
  void end();

private:
  pid_t pid_ = -1;
  double begin_ = 0;
  std::string output_path_;
};

/// Seconds of the monotonic clock.
double monotonic_seconds();

} // namespace dicomcast::bench
