// The real program as a child process.
#include "tests/e2e/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace dicomcast::e2e {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string> json_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with('{'))
      lines.push_back(line);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// The child's environment: ours, without what could configure dicomcast, and `more`.
std::vector<std::string> child_environment(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> all;
  for (char** each = environ; *each; ++each)
    if (std::string_view text = *each; text.substr(0, text.find('=')).find("__") == std::string_view::npos)
      all.emplace_back(text);
  for (const auto& [name, value] : more)
    all.push_back(name + "=" + value);
  return all;
}

} // namespace

TemporaryFolder::TemporaryFolder() {
  std::random_device device; // a free name is all it must give
  do {
    path_ = std::filesystem::temp_directory_path() / ("dicomcast-e2e-" + std::to_string(device()));
  } while (!std::filesystem::create_directory(path_));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path(name);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Json Outcome::json() const {
  auto all = json_lines(out);
  return all.empty() ? Json() : Json::parse(all.back()).value_or(Json());
}

std::vector<Json> Outcome::lines() const {
  std::vector<Json> all;
  for (const auto& line : json_lines(out))
    all.push_back(Json::parse(line).value_or(Json()));
  return all;
}

Process::Process(const std::vector<std::string>& command, const std::string& output_path,
                 const std::vector<std::pair<std::string, std::string>>& environment)
    : output_path_(output_path) {
  auto arguments = command;
  auto variables = child_environment(environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  constexpr int write_new = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, (output_path + ".out").c_str(), write_new, 0600);
  posix_spawn_file_actions_addopen(&files, 2, (output_path + ".err").c_str(), write_new, 0600);
  int failure = posix_spawn(&pid_, arguments.front().c_str(), &files, nullptr, pointers(arguments).data(),
                            pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0)
    throw std::runtime_error(arguments.front() + ": cannot be started: " + std::strerror(failure));
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (handle_ >= 0)
    close(handle_);
}

void Process::signal(int number) const {
  if (pid_ > 0)
    kill(pid_, number);
}

bool Process::has_ended(milliseconds within) const {
  pollfd wanted{handle_, POLLIN, 0};
  return pid_ <= 0 || poll(&wanted, 1, static_cast<int>(within.count())) > 0;
}

/// The peak so far, of the program's own memory: what wait4 tells counts in what this process had when it started it.
long Process::peak_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::stol(line.substr(6));
  return 0;
}

Outcome Process::wait(milliseconds deadline) {
  auto end = Clock::now() + deadline;
  long peak = 0;
  bool in_time = false;
  while (!(in_time = has_ended(milliseconds(10))) && Clock::now() < end)
    peak = std::max(peak, peak_kib());
  if (!in_time)
    kill(pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  wait4(pid_, &status, 0, &usage);
  pid_ = -1;
  Outcome outcome;
  outcome.out = read_file(output_path_ + ".out");
  outcome.err = err();
  if (!in_time)
    throw std::runtime_error("not ended in time; stdout: " + outcome.out + "\nstderr: " + outcome.err);
  if (WIFEXITED(status))
    outcome.code = WEXITSTATUS(status);
  else if (WIFSIGNALED(status))
    outcome.signal = WTERMSIG(status);
  outcome.max_rss_kib = peak;
  outcome.cpu_seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  return outcome;
}

void Process::until(const std::function<bool()>& done, std::string_view what, milliseconds deadline) {
  auto end = Clock::now() + deadline;
  while (!done()) {
    if (has_ended(milliseconds(2)))
      throw std::runtime_error("ended before " + std::string(what) + "; stderr: " + err());
    if (Clock::now() > end)
      throw std::runtime_error("not in time: " + std::string(what) + "; stderr: " + err());
  }
}

std::string binary() {
  const char* given = std::getenv("DICOMCAST_BINARY");
  return given && *given ? given : DICOMCAST_BINARY_OF_BUILD;
}

Program::Program(const std::string& dicom_url, const std::string& fhir_url, std::vector<std::string> settings) {
  std::vector<std::string> all = {"DicomWeb:Endpoint=" + public_dicom_url,
                                  "DicomWeb:PrivateEndpoint=" + dicom_url,
                                  "Fhir:Endpoint=" + fhir_url,
                                  "StateStore:Path=" + folder.path("state.db"),
                                  "DicomCastWorker:PollInterval=00:00:00.020",
                                  "RetryConfiguration:TotalRetryDuration=00:00:20",
                                  "RetryConfiguration:FirstDelay=00:00:00.010",
                                  "RetryConfiguration:MaxDelay=00:00:00.100"};
  all.insert(all.end(), settings.begin(), settings.end());
  Json config = Json::object();
  for (const auto& setting : all) {
    auto equals = setting.find('=');
    auto key = setting.substr(0, equals), value = setting.substr(equals + 1);
    Json* place = &config;
    for (std::size_t colon; (colon = key.find(':')) != std::string::npos; key.erase(0, colon + 1))
      place = &(*place)[key.substr(0, colon)];
    bool literal = value == "true" || value == "false" || mapping::is_json_number(value);
    place->set(key, literal ? *Json::parse(value) : Json(value));
  }
  folder.write("dicomcast.json", config.to_pretty_text());
}

Process Program::start(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), binary());
  arguments.push_back("--config");
  arguments.push_back(folder.path("dicomcast.json"));
  return Process(arguments, folder.path("run" + std::to_string(++runs_)), environment);
}

Outcome Program::run(std::vector<std::string> arguments, milliseconds deadline) const {
  return start(std::move(arguments)).wait(deadline);
}

Outcome Program::backfill(std::vector<std::string> more, milliseconds deadline) const {
  more.insert(more.begin(), {"backfill", "--json"});
  return run(std::move(more), deadline);
}

Json Program::status() const {
  return run({"status", "--json"}).json();
}

std::vector<Json> Program::rows(std::vector<std::string> filter) const {
  filter.insert(filter.begin(), {"errors", "--json"});
  return run(std::move(filter)).lines();
}

std::vector<Json> Program::rows_of(std::string_view table) const {
  return rows({"--table", std::string(table)});
}

std::int64_t Program::checkpoint() const {
  return number(status(), "synced_sequence");
}

std::int64_t number(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  if (!member || !member->if_number())
    throw std::runtime_error("no number " + std::string(name) + " in " + object.to_text());
  return std::stoll(member->if_number()->token);
}

} // namespace dicomcast::e2e
