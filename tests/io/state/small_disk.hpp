// A small disk of a test's own: a tmpfs that only a child process sees, so that it can be full or read-only.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace dicomcast::test {

/// What `action` returns, called in a child process with the path of an empty folder on a disk of that many KiB;
/// nothing where this machine lets no such disk be made.
std::optional<std::string> on_small_disk(int kib, bool read_only,
                                         const std::function<std::string(const std::string&)>& action);
/// Why the last one was not made.
std::string why_no_small_disk();

} // namespace dicomcast::test
