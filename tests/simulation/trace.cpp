// The trace's times and failures.
#include "tests/simulation/trace.hpp"

#include <fmt/format.h>

namespace dicomcast::simulation {

std::string to_text(VirtualTime time) {
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return fmt::format("{}:{:02}:{:02}.{:03}", milliseconds / 3'600'000, milliseconds / 60'000 % 60,
                     milliseconds / 1000 % 60, milliseconds % 1000);
}

void Trace::fail(std::string rule, std::string details) {
  if (failure)
    return;
  add([&] { return "WRONG: " + rule + ": " + details; });
  failure = Failure{std::move(rule), std::move(details)};
}

} // namespace dicomcast::simulation
