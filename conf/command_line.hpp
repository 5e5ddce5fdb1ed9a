// The command line as typed values: which command, with which options. actors/commands/commands.hpp says what each
// does.
#pragma once

#include "conf/config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dicomcast::conf {

/// Options that every command takes.
struct CommonOptions {
  std::string config_file = "conf/dicomcast.json";
  bool config_file_given = false;    ///< the default may be absent, a file that was asked for may not
  std::vector<std::string> settings; ///< of --set, in their order
};

struct Daemon {};
struct Backfill {
  std::optional<std::int64_t> from, to; ///< sequences, both inclusive; `from` is not above `to`
  std::optional<CommitMode> commit_mode;
  bool json = false;
  bool rewrite_observations = false; ///< reports bring their Observations over as an `update` would
};
struct Status {
  bool json = false;
};
/// Which rows of the exception tables; what is empty does not filter.
struct ErrorFilter {
  std::vector<std::string> tables; ///< as given: whether there is such a table is not known here
  std::string study;
  std::optional<std::int64_t> since_sequence; ///< inclusive
};
struct Errors {
  ErrorFilter filter;
  bool all = false; ///< rows that were replayed too
  bool json = false;
};
struct ErrorsReplay {
  ErrorFilter filter;
  bool json = false;
};
struct Map {
  std::string entry; ///< path of a file with a change feed entry
  std::vector<std::string> existing;
  bool explain = false;
};
struct Check {};
struct Reset {
  std::int64_t to = 0;
};

using Command = std::variant<Daemon, Backfill, Status, Errors, ErrorsReplay, Map, Check, Reset>;

struct CommandLine {
  CommonOptions common;
  Command command;
};

/// There is nothing to run: `text` goes to stdout if the code is 0 (help, version), else to stderr (a wrong command
/// line, 2).
struct CommandLineEnd {
  int exit_code = 0;
  std::string text;
};

std::variant<CommandLine, CommandLineEnd> read_command_line(int argc, const char* const* argv,
                                                            std::string_view version);

} // namespace dicomcast::conf
