// dicomcast-simulation: runs worlds by seed, makes those that fail smaller, and tells them.
#include "io/log.hpp"
#include "tests/simulation/simulation.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>

using namespace dicomcast::simulation;

namespace {

struct Options {
  std::uint64_t from = 1, seeds = 0, seed = 0;
  int seconds = 0;
  bool is_large = false, keep_going = false, quiet = false;
  std::vector<std::string> without;
};

World world_of(const Options& options, std::uint64_t seed) {
  auto world = make_world(seed, options.is_large ? Layer::Large : Layer::Small);
  leave_out(world, {options.without.begin(), options.without.end()});
  return world;
}

int run_one(const Options& options) {
  auto world = world_of(options, options.seed);
  fmt::print("{}", describe(world));
  auto report = simulate(world, true);
  for (const auto& line : report.trace)
    fmt::print("{}\n", line);
  fmt::print("{} steps, {} runs, {} of virtual time, {} ends tried\n", report.steps, report.runs, to_text(report.time),
             report.tried_ends);
  if (report.failure)
    fmt::print("WRONG: {}: {}\n", report.failure->rule, report.failure->details);
  return report.failure ? 1 : 0;
}

int run_many(const Options& options) {
  auto begin = std::chrono::steady_clock::now();
  auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  std::map<std::string, std::vector<std::uint64_t>> failures;
  std::uint64_t undecided = 0, seed = options.from, count = 0;
  std::int64_t steps = 0;
  for (;; ++seed, ++count) {
    if ((options.seeds && count >= options.seeds) || (options.seconds && elapsed() >= options.seconds))
      break;
    auto report = simulate(world_of(options, seed), false);
    undecided += report.is_undecided;
    steps += report.steps;
    if (report.failure) {
      failures[report.failure->rule].push_back(seed);
      if (!options.quiet)
        fmt::print("seed {}: {}: {}\n", seed, report.failure->rule, report.failure->details.substr(0, 1000));
      std::fflush(stdout);
      if (!options.keep_going)
        break;
    }
  }
  fmt::print("{} seeds from {}, {} steps, {} undecided, {:.1f} s\n", count, options.from, steps, undecided, elapsed());
  for (const auto& [rule, seeds] : failures)
    fmt::print("  {} x {}: seed {}{}\n", seeds.size(), rule, seeds[0],
               seeds.size() > 1 ? fmt::format(", {}{}", seeds[1], seeds.size() > 2 ? fmt::format(", {}", seeds[2]) : "")
                                : "");
  return failures.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs the whole engine in virtual time, in worlds made from seeds.");
  app.add_option("--from", options.from, "the first seed");
  app.add_option("--seeds", options.seeds, "how many seeds");
  app.add_option("--seconds", options.seconds, "how long, in real time");
  app.add_option("--seed", options.seed, "this one alone, with its trace");
  app.add_flag("--large", options.is_large, "larger worlds, of 60 entries and more");
  app.add_flag("--keep-going", options.keep_going, "do not end at the first seed that fails");
  app.add_flag("--quiet", options.quiet, "only the sums");
  app.add_option("--without", options.without, "features and faults to leave out")->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  dicomcast::io::log::set_level(options.seed ? dicomcast::io::log::Level::Debug : dicomcast::io::log::Level::Off);
  return options.seed ? run_one(options) : run_many(options);
}
