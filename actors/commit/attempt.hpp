// What has been tried for the head of the window. Begun anew by assignment when the head is done or its group is split.
#pragma once

#include "actors/resources/prepared.hpp"
#include "io/error.hpp"
#include "io/retry_schedule.hpp"

#include <algorithm>
#include <optional>

namespace dicomcast::actors {

/// Observations a transaction, of a report that goes in pieces: what the strictest service seen takes.
constexpr std::size_t first_piece = 8;

struct Attempt {
  explicit Attempt(io::RetryLimits limits) : retry(limits) {}

  io::RetrySchedule retry;
  int conflicts = 0;
  bool maybe_applied = false; ///< an answer was lost on its way back, or could not be understood
  /// An attempt that may have been applied created what other writes refer to: it may have met another's resource.
  bool may_be_tied = false;
  bool found_anew = false; ///< what a refused Bundle rested on was old, and has been found anew
  /// A dose report whose Bundle was refused goes in pieces: at most that many writes of Observations in the next one.
  std::optional<std::size_t> piece;
  /// The entry is to be recorded with this error, once what may be tied to another's resource is taken back.
  std::optional<io::Error> verdict;

  bool is_fresh() const { return retry.retries() == 0 && !maybe_applied && !may_be_tied && !piece && !verdict; }

  void was_maybe_applied(const PreparedGroup& group) {
    maybe_applied = true;
    may_be_tied |= std::any_of(group.writes.begin(), group.writes.end(), [](const io::fhir::Write& write) {
      return write.kind == io::fhir::Write::Kind::Create && write.type != "Observation";
    });
  }
};

} // namespace dicomcast::actors
