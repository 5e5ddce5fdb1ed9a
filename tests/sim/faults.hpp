// Rules that say which requests go wrong, and how. Seeded, so that a run can be repeated.
// As JSON (POST /_sim/faults): {"seed": 1, "replace": true, "rules": [{"kind": "transaction", "status": 503, ...}]}
#pragma once

#include "mapping/json/json.hpp"
#include "tests/sim/http_server.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::sim {

/// What goes wrong with a request.
struct Fault {
  enum class How {
    Status,    ///< answered with `status` instead of being done
    Lost,      ///< done, then answered with `status`
    Reset,     ///< not done, the connection is reset
    LostReset, ///< done, then the connection is reset: the answer is lost
    CutOff,    ///< done, half of the answer's body is sent, then the connection closes
    NotJson,   ///< done, answered with 200 and something that is no JSON
    Empty,     ///< done, answered with 200 and an empty body
    Slow,      ///< done, after `delay` more
    Silence,   ///< not done, never answered
  };
  How how = How::Status;
  int status = 503;
  std::string retry_after;            ///< the header's value; empty: none
  std::string body;                   ///< of Status and Lost; empty: an OperationOutcome that names the fault
  std::chrono::microseconds delay{0}; ///< before the answer, beside the service's latency
};

/// Which requests a fault befalls. Empty members match all.
struct FaultRule {
  std::string kind;        ///< as in Exchange::kind: search, transaction, feed, ...
  std::string method;      ///< HTTP method
  std::string type;        ///< resource type: of a search or read; of a transaction, if its body writes that type
  std::string contains;    ///< text that stands in the target or in the body
  std::int64_t skip = 0;   ///< the first `skip` that match go well
  std::int64_t every = 1;  ///< of the others each `every`th, the first included
  std::int64_t times = -1; ///< at most so many; negative: no end
  double probability = 1;  ///< of those that are left
  Fault fault;
};

/// Reads one rule; names as in FaultRule and Fault, `how` in snake case, `delay` in milliseconds. Throws
/// std::invalid_argument that names what it does not know.
FaultRule read_fault_rule(const mapping::Json& json);

class Faults {
public:
  void add(FaultRule rule);
  void clear();
  void seed(std::uint64_t seed);
  /// Adds or replaces rules as the JSON says (see above). Throws std::invalid_argument.
  void configure(const mapping::Json& json);
  /// The fault of the first rule that befalls this request. Counts it in the rules that match.
  std::optional<Fault> next(std::string_view kind, std::string_view type, const HttpRequest& request);

private:
  struct Counted {
    FaultRule rule;
    std::int64_t matched = 0, done = 0;
  };
  std::vector<Counted> rules_;
  std::mt19937_64 random_{1};
};

} // namespace dicomcast::sim
