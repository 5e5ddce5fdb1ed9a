// The log: sentences to stderr, each with its time (UTC, ISO 8601) and level. Any thread.
// No secret at any level; a patient's name, birth date or ID at debug alone.
#pragma once

#include "conf/config.hpp"

#include <string_view>

namespace dicomcast::io::log {

using Level = conf::LogLevel;

/// Messages below this level are not written. Info at the start.
void set_level(Level level);
/// Whether a message of that level would be written; if not, it need not be made.
bool writes(Level level);

/// A message is one line, as text::one_line makes it.
void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

} // namespace dicomcast::io::log
