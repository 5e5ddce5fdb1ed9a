// Child processes, with the time and memory that they used.
#include "bench/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace dicomcast::bench {

namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

TemporaryFolder::TemporaryFolder() {
  std::random_device device; // a free name is all it must give
  do {
    path_ = std::filesystem::temp_directory_path() / ("dicomcast-bench-" + std::to_string(device()));
  } while (!std::filesystem::create_directory(path_));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << text))
    throw std::runtime_error(path + ": cannot be written");
}

Memory memory_of(pid_t pid) {
  Memory memory;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      memory.peak_kib = std::stol(line.substr(6));
    else if (line.starts_with("VmRSS:"))
      memory.resident_kib = std::stol(line.substr(6));
  return memory;
}

Child::Child(const std::vector<std::string>& command, const std::string& output_path) : output_path_(output_path) {
  std::vector<char*> arguments;
  for (const auto& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  auto out = output_path + ".out", err = output_path + ".err";
  int started[2]; // closed by the exec: before it the child's memory is a copy of this process's
  if (pipe2(started, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe could be made");
  begin_ = monotonic_seconds();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    constexpr int write_new = O_WRONLY | O_CREAT | O_TRUNC;
    if (dup2(open("/dev/null", O_RDONLY), 0) < 0 || dup2(open(out.c_str(), write_new, 0600), 1) < 0 ||
        dup2(open(err.c_str(), write_new, 0600), 2) < 0)
      _exit(126);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  close(started[1]);
  char none = 0;
  bool is_started = pid_ > 0 && read(started[0], &none, 1) == 0;
  close(started[0]);
  if (!is_started)
    throw std::runtime_error("no process could be started");
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

Usage Child::wait(const std::function<void(const Memory&)>& meanwhile) {
  Usage usage;
  int status = 0;
  rusage used{};
  for (;;) {
    auto memory = memory_of(pid_);
    usage.peak_kib = std::max(usage.peak_kib, memory.peak_kib);
    if (meanwhile && memory.peak_kib > 0)
      meanwhile(memory);
    if (wait4(pid_, &status, WNOHANG, &used) == pid_)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(meanwhile ? 20 : 5));
  }
  usage.seconds = monotonic_seconds() - begin_;
  pid_ = -1;
  // The kernel counts in what this process had at the fork: its figure is right only where it is above that.
  if (used.ru_maxrss > memory_of(getpid()).peak_kib)
    usage.peak_kib = used.ru_maxrss;
  usage.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  usage.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  usage.out = out();
  usage.err = err();
  return usage;
}

void Child::end() {
  if (pid_ > 0)
    kill(pid_, SIGTERM);
  if (pid_ > 0)
    wait();
}

} // namespace dicomcast::bench
