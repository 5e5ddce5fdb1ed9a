// The actor graph: spawned, watched and ended here and nowhere else.
#pragma once

#include "actors/commit/progress.hpp"
#include "actors/resources/prepared.hpp"
#include "conf/config.hpp"
#include "io/retry_schedule.hpp"
#include "io/service.hpp"
#include "io/state/state_store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace dicomcast::actors {

using io::Clock;
using std::chrono::milliseconds;

struct PipelineConfig {
  conf::Config config;
  bool is_daemon = false;
  bool grouped = false;
  std::int64_t checkpoint = 0;      ///< a feed whose latest Sequence is below it has begun anew
  std::int64_t start_after = 0;     ///< entries up to this Sequence are not read
  std::optional<std::int64_t> last; ///< nor entries above this one
  bool move_checkpoint = true;
  bool use_patch = false; ///< the FHIR service offers JSON Patch, and Engine:UpdateMethod asks for it
  /// errors replay: only these entries, with the rows that they make done.
  std::map<std::int64_t, std::vector<io::ExceptionRow>> replay;
};

struct Services {
  std::shared_ptr<io::Service> dicom, fhir;
};

struct RunOutcome {
  RunTotals totals;
  std::optional<std::string> fatal; ///< why the run could not go on: exit code 4
};

/// Runs to the end of the bounded feed, or until `drained` is asked to stop it. Blocks; call from any thread.
/// `stop`: is given a function that drains the run (start no new commit, let the one under way end, persist), callable
/// from any thread.
RunOutcome run_pipeline(PipelineConfig config, Services services, std::shared_ptr<io::StateStore> store,
                        std::shared_ptr<Progress> progress, const std::function<void(std::function<void()>)>& stop);

} // namespace dicomcast::actors
