// The figures as a table, as JSON, and as plots.
#pragma once

#include "bench/suite.hpp"

#include <string>

namespace dicomcast::bench {

/// For people: what must show, the baselines, the runs.
std::string table_of(const Results& results);
/// The same for programs; `bench/compare` reads it.
std::string json_of(const Results& results, Extent extent);
/// Writes `latest.json` and, where gnuplot is there, the plots into the folder, which is made.
void write_results(const Results& results, Extent extent, const std::string& folder, const std::string& plot_script);

/// Processor, cores, memory, kernel, in a line.
std::string machine();

} // namespace dicomcast::bench
