// The judge: whether what stands at the end is what a plain sequential run would have left. Where faults make several
// ends right, it looks for one of them: a late entry that took its place later, a write from outside between any two
// entries, an entry that was given up and is, or is not, in the FHIR service. README.md says which ends these are.
#pragma once

#include "tests/simulation/oracle.hpp"
#include "tests/simulation/watch.hpp"

#include <set>
#include <string>

namespace dicomcast::simulation {

struct Verdict {
  enum class Kind { Right, Wrong, Undecided } kind = Kind::Right; ///< Undecided: too many ends to try them all
  std::string details; ///< of Wrong: how it differs from the end that was thought of first
  int tried = 0;
};

/// What `errors replay` did.
struct Replayed {
  std::set<std::int64_t> sequences; ///< whose rows were there to be replayed
  std::set<std::int64_t> open;      ///< of those, whose rows were open afterwards
};

/// `rows`: as they stood before a replay.
Verdict judge(const World& world, const Watch& watch, const std::vector<io::ExceptionRow>& rows,
              const std::string& state, const Replayed& replayed = {});

} // namespace dicomcast::simulation
