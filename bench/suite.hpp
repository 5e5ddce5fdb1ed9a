// Which runs make up a bench, and the figures that must show.
#pragma once

#include "bench/baseline.hpp"
#include "bench/measure.hpp"
#include "bench/state_stores.hpp"

#include <map>
#include <string>
#include <vector>

namespace dicomcast::bench {

enum class Extent {
  Quick,  ///< a minute: a smaller feed, the main cells
  Usual,  ///< some minutes: each parameter by itself
  Full,   ///< the whole matrix
  Stores, ///< state in Azure tables alone
};

/// A figure that was promised, and what was measured.
struct MustShow {
  std::string what, unit;
  double wanted = 0;
  bool at_most = true;
  double measured = 0;
  bool holds() const { return at_most ? measured <= wanted : measured >= wanted; }
};

struct Results {
  std::string state_difference;             ///< see compare_states
  std::map<int, BaselineFigures> baselines; ///< by latency in ms
  std::vector<Figures> cells;
  std::vector<StoreFigures> stores;
  std::vector<MustShow> must_show;
  std::vector<MemoryPoint> memory; ///< of the largest run

  /// How many times as fast as the sequential baseline of that latency; 0 where there is none.
  double to_baseline(const Figures& figures) const;
  bool is_right() const; ///< all answers were
};

/// Runs it all, one after another, telling each on stderr. Throws std::runtime_error.
Results run_suite(const Programs& programs, Extent extent);

} // namespace dicomcast::bench
