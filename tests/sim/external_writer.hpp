// Another client of the FHIR service: it writes between somebody's search and their transaction.
#pragma once

#include "tests/sim/fhir_store.hpp"
#include "tests/sim/fhir_transaction.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dicomcast::sim {

struct ExternalWriteRule {
  enum class How {
    Create,     ///< of a conditional create: makes the very same resource just before
    CreateTwin, ///< the same, but its identifiers in the other case, an Endpoint's name and address longer: not the
                ///< same
    Touch,      ///< of an update or delete: makes a new version with the same contents
    Extend,     ///< the same, with an extension more, which must survive
    Delete,     ///< of an update or delete: deletes it
  };
  How how = How::Touch;
  std::string type;        ///< of the resource; empty: of any type
  std::int64_t skip = 0;   ///< the first `skip` that match are left alone
  std::int64_t every = 1;  ///< of the others each `every`th is written, the first included
  std::int64_t times = -1; ///< at most so many; negative: no end
};
/// `{"how": "create_twin", "type": "Patient", "skip": 0, "every": 1, "times": 2}`. Throws std::invalid_argument.
ExternalWriteRule read_external_write_rule(const mapping::Json& json);

class ExternalWriter {
public:
  void add(ExternalWriteRule rule) { rules_.push_back({std::move(rule)}); }
  void clear() { rules_.clear(); }
  /// Writes what the rules say just before the transaction of these operations. Returns how many writes it made.
  int before(FhirStore& store, const std::vector<Operation>& operations);

private:
  struct Counted {
    ExternalWriteRule rule;
    std::int64_t matched = 0, done = 0;
  };
  std::vector<Counted> rules_;
};

/// Makes a new version with an extension more.
void extend(FhirStore& store, Resource& resource);

} // namespace dicomcast::sim
