// dicomcast: reads the command line and the configuration, runs the command, and answers with its exit code.
// The main loop of a run is the actor graph of actors/supervisor.cpp.
#include "actors/commands/commands.hpp"
#include "conf/command_line.hpp"
#include "conf/loader.hpp"
#include "conf/text.hpp"
#include "io/log.hpp"
#include "io/state/holder.hpp"

#include <clocale>
#include <iostream>
#include <malloc.h>

using namespace dicomcast;

namespace {

/// Pages, Bundles and answers come in all sizes. By itself glibc raises its thresholds to the largest that was freed,
/// and keeps that much: memory would grow with the length of a run.
void give_memory_back() {
  constexpr int threshold = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, threshold);
  mallopt(M_TRIM_THRESHOLD, threshold);
}

int run_command(const conf::CommandLine& line) {
  conf::Sources sources;
  sources.file = line.common.config_file;
  sources.file_may_be_absent = !line.common.config_file_given;
  sources.environment = conf::process_environment();
  sources.settings = line.common.settings;
  auto loaded = conf::load(sources);
  io::log::set_level(loaded.config.log_level);
  for (auto& note : loaded.notes)
    if (note.level == conf::LogLevel::Warn) // what is dangerous is said whatever Log:Level is
      std::cerr << "dicomcast: WARNING: " << note.text << "\n";
    else
      io::log::info(note.text);
  if (!loaded.errors.empty()) {
    for (auto& error : loaded.errors)
      std::cerr << "dicomcast: " << error << "\n";
    return actors::exit_wrong_usage;
  }
  try {
    actors::Console console{std::cout, std::cerr};
    return std::visit([&](auto& command) { return actors::run(command, loaded.config, console); }, line.command);
  } catch (const io::StateStoreHeld& error) {
    std::cerr << "dicomcast: " << error.what() << "\n";
  } catch (const io::StateStoreError& error) {
    std::cerr << "dicomcast: the state store is unusable: " << error.what() << "\n";
  } catch (const std::exception& error) {
    std::cerr << "dicomcast: " << text::one_line(error.what()) << "\n";
  }
  return actors::exit_cannot_go_on;
}

} // namespace

int main(int argc, char** argv) {
  give_memory_back();
  auto line = conf::read_command_line(argc, argv, DICOMCAST_VERSION);
  if (auto* end = std::get_if<conf::CommandLineEnd>(&line)) {
    (end->exit_code == 0 ? std::cout : std::cerr) << end->text;
    return end->exit_code;
  }
  return run_command(std::get<conf::CommandLine>(line));
}
