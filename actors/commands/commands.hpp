// The commands. Each takes its typed command line and the configuration, and returns the exit
// code. Results go to `out`, all else to `err`.
#pragma once

#include "conf/command_line.hpp"
#include "conf/config.hpp"
#include "io/state/state_store.hpp"

#include <optional>
#include <ostream>

namespace dicomcast::actors {

/// Exit codes of the program (contract section 2).
enum ExitCode {
  exit_done = 0,
  exit_wrong_usage = 2,    ///< the command line or the configuration
  exit_entries_failed = 3, ///< done, but some entries could not be stored
  exit_cannot_go_on = 4,   ///< a service or the state store is not usable
};

struct Console {
  std::ostream& out;
  std::ostream& err;
};

/// `status`: checkpoint, the feed's latest sequence, the lag and the counts of the exception tables. One request to the
/// DICOM service; where it fails the rest is printed all the same, and the exit code is 4. Makes no state store where
/// there is none.
int run(const conf::Status& command, const conf::Config& config, Console console);

/// `errors`: lists rows, by sequence. An unknown table is a wrong command line.
int run(const conf::Errors& command, const conf::Config& config, Console console);

/// `map`: prints the transaction Bundle of one entry against the resources given; asks no service and sends nothing.
/// The entry goes through the working set of the pipeline, whose searches are answered from those resources, letter by
/// letter. 3: the entry would be recorded as failed; 2: a file is unreadable.
int run(const conf::Map& command, const conf::Config& config, Console console);

/// `reset`: sets the checkpoint, back or forward, and prints both.
int run(const conf::Reset& command, const conf::Config& config, Console console);

/// `daemon`: polls until SIGTERM or SIGINT, then drains and returns 0. Throws io::StateStoreError.
int run(const conf::Daemon& command, const conf::Config& config, Console console);

/// `backfill`: to the feed's latest entry as of its start. Throws io::StateStoreError.
int run(const conf::Backfill& command, const conf::Config& config, Console console);

/// `errors replay`: failed entries again, in order, as the feed gives them now. 3 while one still fails. Throws
/// io::StateStoreError.
int run(const conf::ErrorsReplay& command, const conf::Config& config, Console console);

/// `check`: a line for the configuration, each service and the state store; 4 if one is wrong.
int run(const conf::Check& command, const conf::Config& config, Console console);

/// What a filter of the command line asks of the store; nothing where it names a table that is not there, which is told
/// on `err`.
std::optional<io::RowFilter> row_filter(const conf::ErrorFilter& filter, std::ostream& err);

} // namespace dicomcast::actors
