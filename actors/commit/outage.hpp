// What is said of an outage of the FHIR service: each kind once when it begins, and once when it is over. One that
// transactions met is over when a transaction is answered; one of searches already when a search is.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dicomcast::actors {

class Outage {
public:
  enum class Of { Searches, Transactions };

  /// TotalRetryDuration is used up, and OnExhausted is Pause. Returns what to say, the first time.
  std::optional<std::string> pause(Of met, const std::string& why) {
    return begin(paused_, met, "TotalRetryDuration is used up, trying on every MaxDelay: " + why);
  }
  /// 401 again, or 403.
  std::optional<std::string> lock_out(Of met, const std::string& why) {
    return begin(locked_out_, met, "the FHIR service does not let us in, trying again every MaxDelay: " + why);
  }
  /// One of these was answered. Returns what to say.
  std::vector<std::string> answered(Of what) {
    std::vector<std::string> over;
    if (end(locked_out_, what))
      over.emplace_back("the FHIR service lets us in again");
    if (end(paused_, what))
      over.emplace_back("the FHIR service answers again");
    return over;
  }
  bool is_paused() const { return paused_.has_value(); } ///< no retry is recorded meanwhile

private:
  static std::optional<std::string> begin(std::optional<Of>& kind, Of met, std::string message) {
    bool is_known = kind.has_value();
    kind = std::max(met, kind.value_or(met));
    return is_known ? std::nullopt : std::optional(std::move(message));
  }
  static bool end(std::optional<Of>& kind, Of what) {
    bool ends = kind && *kind <= what;
    if (ends)
      kind.reset();
    return ends;
  }

  std::optional<Of> paused_, locked_out_; ///< what met it
};

} // namespace dicomcast::actors
