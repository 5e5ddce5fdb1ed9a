// The oracle: what the contract says about entries that are processed one after the other, without an engine, faults or
// retries. It reads entries and merges them onto resources by mapping/, since the engine is what is under test; all
// else it does by itself, on a FHIR store of its own.
#pragma once

#include "mapping/feed/entry.hpp"
#include "tests/simulation/fhir_access.hpp"
#include "tests/simulation/world.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dicomcast::simulation {

/// One thing that happens, after all before it.
struct Happening {
  const mapping::MappedEntry* entry = nullptr; ///< an entry; else
  std::size_t write = 0;                       ///< World::outside, by number
  bool is_applied = true;                      ///< false: an entry that was given up without effect
  bool leaves_endpoint = false; ///< not applied, but for its Endpoint: what it tied to another's Patient was taken back
  bool is_replay = false;       ///< by `errors replay`, after the FHIR service was mended
};

/// A row that must stand: not how often a request was retried.
enum class Fate { InvalidTag, DicomFailToStore, FhirFailToStore };
const char* name_of(Fate fate);
using Rows = std::map<std::pair<std::int64_t, Fate>, int>; ///< by Sequence; how many

struct Expected {
  bool is_possible = true; ///< false: an outside write found nothing to write to
  std::string state;       ///< as sim::normalised_state
  Rows rows;
  std::set<std::int64_t> failed_again; ///< the replayed entries that fail once more
};

mapping::Options oracle_options(const World& world);
Expected interpret(const World& world, const std::vector<Happening>& happenings);

} // namespace dicomcast::simulation
