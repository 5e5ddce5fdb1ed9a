// The progress of a backfill: a bar on a terminal, lines elsewhere.
#include "actors/commands/progress_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <unistd.h>

namespace dicomcast::actors {

namespace {

std::string with_commas(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string duration(double seconds) {
  auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

} // namespace

std::string render(const ProgressView& view, bool bar) {
  double rate = view.seconds > 0 ? static_cast<double>(view.done) / view.seconds : 0;
  std::string text;
  // Sequences can be missing: where the entries are not counted, what is left is told by the sequence.
  bool is_counted = view.total >= 0, is_known = is_counted || view.latest >= 0;
  auto all = is_counted ? view.total : view.latest - view.first;
  auto come = is_counted ? view.done : view.last_sequence - view.first;
  double share =
      all > 0 && view.done > 0 ? std::clamp(static_cast<double>(come) / static_cast<double>(all), 0.0, 1.0) : 0;
  if (bar && is_known) {
    auto filled = static_cast<std::size_t>(share * 30);
    text +=
        "[" + std::string(filled, '#') + std::string(30 - filled, '.') + "] " + fmt::format("{:3.0f} %  ", share * 100);
  }
  text += with_commas(view.done);
  bool is_part = is_known && share < 1;
  if (is_part)
    text += fmt::format(" of {}", with_commas(std::max(view.done, all)));
  text +=
      fmt::format(" {}  {}/s  errors {}  retries {}", !is_part && view.done == 1 ? "entry" : "entries",
                  with_commas(static_cast<std::int64_t>(rate)), with_commas(view.errors), with_commas(view.retries));
  if (share > 0 && share < 1)
    text += "  left " + duration(view.seconds * (1 - share) / share);
  return text;
}

ProgressDisplay::ProgressDisplay(std::shared_ptr<Progress> progress, ProgressBounds bounds)
    : thread_([progress = std::move(progress), bounds](std::stop_token stop) {
        bool terminal = isatty(STDERR_FILENO) != 0;
        auto begin = std::chrono::steady_clock::now();
        auto view = [&] {
          ProgressView now;
          now.done = progress->entries;
          now.first = bounds.start_after;
          now.total = bounds.total.value_or(-1);
          now.last_sequence = progress->last_sequence;
          now.latest = progress->latest;
          if (bounds.last && now.latest >= 0)
            now.latest = std::min(now.latest, *bounds.last);
          now.errors = progress->errors;
          now.retries = progress->retries;
          now.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
          return now;
        };
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        auto interval = terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(10'000);
        while (!changed.wait_for(lock, stop, interval, [] { return false; }) && !stop.stop_requested())
          std::fprintf(stderr, terminal ? "\r\x1b[K%s" : "%s\n", render(view(), terminal).c_str());
        std::fprintf(stderr, terminal ? "\r\x1b[K%s\n" : "%s\n", render(view(), terminal).c_str());
      }) {}

} // namespace dicomcast::actors
