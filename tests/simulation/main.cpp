// dicomcast-simulation: runs worlds by seed, makes those that fail smaller, and tells them.
#include "io/log.hpp"
#include "tests/simulation/shrink.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace dicomcast::simulation;

namespace {

struct Options {
  std::uint64_t from = 1, seeds = 0, seed = 0, stride = 1;
  int seconds = 0, jobs = 1, shrink_seconds = 20;
  bool is_large = false, keep_going = false, quiet = false, full_trace = false;
  std::vector<std::string> without, worlds;
};

World world_of(const Options& options, std::uint64_t seed) {
  auto world = make_world(seed, options.is_large ? Layer::Large : Layer::Small);
  leave_out(world, {options.without.begin(), options.without.end()});
  return world;
}

void print(const World& world, const Report& report) {
  fmt::print("{}\n", to_text(world));
  for (const auto& line : report.trace)
    fmt::print("{}\n", line);
  fmt::print("{} steps, {} runs, {} of virtual time, {} ends tried\n", report.steps, report.runs, to_text(report.time),
             report.tried_ends);
  if (report.failure)
    fmt::print("WRONG: {}: {}\n", report.failure->rule, report.failure->details);
  std::fflush(stdout);
}

/// Prints what happened; where it failed, of a smaller world that fails alike.
int tell(const World& world, const Options& options) {
  auto report = simulate(world, true);
  if (report.failure && !options.full_trace) {
    auto small = shrink(world, *report.failure, std::chrono::seconds(options.shrink_seconds));
    fmt::print("seed {} made smaller, in {} tries:\n", world.seed, small.tries);
    print(small.world, small.report);
  } else {
    print(world, report);
  }
  return report.failure ? 1 : 0;
}

int run_many(const Options& options) {
  auto begin = std::chrono::steady_clock::now();
  auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  std::map<std::string, std::vector<std::uint64_t>> failures;
  std::uint64_t undecided = 0, count = 0;
  std::int64_t steps = 0;
  for (auto seed = options.from;; seed += options.stride, ++count) {
    if ((options.seeds && seed >= options.from + options.seeds) || (options.seconds && elapsed() >= options.seconds))
      break;
    auto report = simulate(world_of(options, seed), false);
    undecided += report.is_undecided;
    steps += report.steps;
    if (!report.failure)
      continue;
    failures[report.failure->rule].push_back(seed);
    if (!options.quiet)
      fmt::print("seed {}: {}: {}\n", seed, report.failure->rule, report.failure->details.substr(0, 1000));
    std::fflush(stdout);
    if (!options.keep_going)
      return tell(world_of(options, seed), options);
  }
  std::string sum = fmt::format("{} seeds from {}, {} steps, {} undecided, {:.1f} s\n", count, options.from, steps,
                                undecided, elapsed());
  for (const auto& [rule, seeds] : failures) {
    sum += fmt::format("  {} x {}: seeds", seeds.size(), rule);
    for (std::size_t i = 0; i < std::min<std::size_t>(seeds.size(), 12); ++i)
      sum += fmt::format(" {}", seeds[i]);
    sum += "\n";
  }
  fmt::print("{}", sum);
  std::fflush(stdout);
  return failures.empty() ? 0 : 1;
}

/// Each process takes each so-manyth seed.
int run_in_processes(const Options& options) {
  std::vector<pid_t> children;
  for (int job = 0; job < options.jobs; ++job) {
    auto child = ::fork();
    if (child == 0) {
      auto own = options;
      own.stride = static_cast<std::uint64_t>(options.jobs);
      own.from += static_cast<std::uint64_t>(job);
      if (own.seeds)
        own.seeds -= std::min<std::uint64_t>(own.seeds - 1, static_cast<std::uint64_t>(job));
      std::_Exit(run_many(own));
    }
    children.push_back(child);
  }
  bool well = true;
  for (auto child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    well &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return well ? 0 : 1;
}

int run_worlds(const Options& options) {
  int failed = 0;
  for (const auto& file : options.worlds) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    auto world = read_world(text.str());
    leave_out(world, {options.without.begin(), options.without.end()});
    auto report = simulate(world, options.full_trace);
    if (options.full_trace)
      print(world, report);
    fmt::print("{}: {}\n", file, report.failure ? report.failure->rule + ": " + report.failure->details : "well");
    failed += report.failure.has_value();
  }
  return failed ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs the whole engine in virtual time, in worlds made from seeds. See tests/simulation/README.md.");
  app.add_option("--from", options.from, "the first seed");
  app.add_option("--seeds", options.seeds, "how many seeds");
  app.add_option("--seconds", options.seconds, "how long, in real time");
  app.add_option("--seed", options.seed, "this one alone, with its trace, made smaller if it fails");
  app.add_option("--jobs", options.jobs, "processes side by side");
  app.add_option("--shrink", options.shrink_seconds, "how long a world is made smaller at most, in seconds");
  app.add_flag("--full", options.full_trace, "the trace of the world as it is, not of a smaller one");
  app.add_flag("--large", options.is_large, "larger worlds, of 60 entries and more");
  app.add_flag("--keep-going", options.keep_going, "do not end at the first seed that fails");
  app.add_flag("--quiet", options.quiet, "only the sums");
  app.add_option("--without", options.without, "features and faults to leave out")->delimiter(',');
  app.add_option("worlds", options.worlds, "files of worlds to run instead")->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  dicomcast::io::log::set_level(dicomcast::io::log::Level::Error);
  try {
    if (!options.worlds.empty())
      return run_worlds(options);
    if (options.seed)
      return tell(world_of(options, options.seed), options);
    return options.jobs > 1 ? run_in_processes(options) : run_many(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "dicomcast-simulation: {}\n", error.what());
    return 2;
  }
}
