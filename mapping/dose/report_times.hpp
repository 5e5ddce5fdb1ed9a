// When the radiation of a dose report was given. Sources: DICOM PS3.16 TID 10001 to 10024, PS3.3 section C.17.2 (SR
// document general); FHIR R4 observation.html (effective[x]).
#pragma once

#include "mapping/dose/content_item.hpp"
#include "mapping/dose/observation_component.hpp"
#include "mapping/options.hpp"
#include "mapping/tags.hpp"

#include <optional>
#include <string>

namespace dicomcast::mapping {

/// Reads the times of one report; broken values are told to the problems. All three must outlive it.
class ReportTimes {
public:
  ReportTimes(const Json& dataset, const Options& options, ItemProblems& problems)
      : dataset_(dataset), options_(options), problems_(problems) {}

  /// ContentDate (0008,0023) and ContentTime (0008,0033).
  std::optional<std::string> content();
  /// What an event says of its own begin.
  std::optional<std::string> start_of(const Json& event);
  /// Start and end of irradiation as the report's root says them, as a FHIR Period; null: it says neither.
  Json irradiation();

private:
  /// The report's zone; nullopt: it is not valid.
  std::optional<conf::Timezone> zone();
  std::optional<std::string> date_time_of(const Json* item);
  std::string valid_text(std::string_view tag, std::string_view attribute, Form form);

  const Json& dataset_;
  const Options& options_;
  ItemProblems& problems_;
};

} // namespace dicomcast::mapping
