#include "tests/io/state/small_disk.hpp"

#include "tests/io/state/state_backends.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dicomcast::test {

namespace {

std::string reason;

/// In the child: a mount that nobody else sees. Root has the right to; others in a user namespace, if that is allowed.
bool mount_disk(const std::string& folder, int kib, bool read_only) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return false;
  mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  const auto size = "size=" + std::to_string(kib) + "k";
  return mount("tmpfs", folder.c_str(), "tmpfs", read_only ? MS_RDONLY : 0, size.c_str()) == 0;
}

} // namespace

std::optional<std::string> on_small_disk(int kib, bool read_only,
                                         const std::function<std::string(const std::string&)>& action) {
  const TemporaryFolder folder;
  const auto path = folder.file("disk");
  std::filesystem::create_directory(path);
  int ends[2];
  if (pipe(ends) != 0)
    return {};
  const auto child = fork();
  if (child == 0) {
    std::string answer;
    try {
      const bool is_there = mount_disk(path, kib, read_only);
      answer = is_there ? "+" + action(path) : std::string("-") + std::strerror(errno);
    } catch (const std::exception& error) {
      answer = std::string("+unexpected: ") + error.what();
    }
    const auto written = write(ends[1], answer.data(), answer.size());
    std::_Exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(count));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (answer.starts_with('+'))
    return answer.substr(1);
  reason = answer.empty() ? "the child ended" : answer.substr(1);
  return {};
}

std::string why_no_small_disk() {
  return reason;
}

} // namespace dicomcast::test
