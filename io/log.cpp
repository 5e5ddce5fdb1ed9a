// The log, by spdlog: the only source that includes it.
#include "io/log.hpp"

#include "conf/text.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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
  case Level::Warn:
    return spdlog::level::warn;
  case Level::Error:
    return spdlog::level::err;
  }
  return spdlog::level::off; // a value outside the enum
}

void write(Level level, std::string_view message) {
  if (!writes(level))
    return;
  const auto line = text::one_line(message);
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace

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
  write(Level::Warn, message);
}
void error(std::string_view message) {
  write(Level::Error, message);
}

} // namespace dicomcast::io::log
