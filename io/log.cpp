#include "io/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string>

namespace dicomcast::io::log {

namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("dicomcast", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
  case Level::Debug:
    return spdlog::level::debug;
  case Level::Info:
    return spdlog::level::info;
  case Level::Warning:
    return spdlog::level::warn;
  case Level::Error:
    return spdlog::level::err;
  case Level::Off:
    break;
  }
  return spdlog::level::off;
}

void write(Level level, std::string_view message) {
  if (!writes(level))
    return;
  std::string line(message);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace

std::optional<Level> level_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Level>, 11> names = {{
      {"trace", Level::Debug},
      {"debug", Level::Debug},
      {"info", Level::Info},
      {"information", Level::Info},
      {"warn", Level::Warning},
      {"warning", Level::Warning},
      {"error", Level::Error},
      {"critical", Level::Error},
      {"none", Level::Off},
      {"off", Level::Off},
      {"quiet", Level::Off},
  }};
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  for (const auto& [known, level] : names)
    if (known == lower)
      return level;
  return {};
}

void set_level(Level level) {
  logger().set_level(spdlog_level(level));
}
bool writes(Level level) {
  return logger().should_log(spdlog_level(level));
}

void debug(std::string_view message) {
  write(Level::Debug, message);
}
void info(std::string_view message) {
  write(Level::Info, message);
}
void warning(std::string_view message) {
  write(Level::Warning, message);
}
void error(std::string_view message) {
  write(Level::Error, message);
}

} // namespace dicomcast::io::log
