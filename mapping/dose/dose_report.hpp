// One dose report on its way to Observations: what all of them share.
#pragma once

#include "mapping/dose/observation_component.hpp"
#include "mapping/dose/report_times.hpp"
#include "mapping/feed/entry.hpp"

#include <set>
#include <string>
#include <vector>

namespace dicomcast::mapping {

/// Makes the Observations of one report. What it is given must outlive it.
class DoseReport {
public:
  DoseReport(const Json& dataset, const InstanceUids& uids, const Options& options,
             std::vector<std::string>& invalid_tags)
      : dataset_(dataset), uids_(uids), options_(options), problems_(invalid_tags),
        times_(dataset, options, problems_) {}

  std::vector<Json> observations();

private:
  /// Looks at an item and all below it. `plane` is the meaning of the acquisition plane that the item belongs to.
  void walk(const Json& item, const std::string& plane);
  void add(const Json& item, const std::string& plane);
  void set_summary(const Json& item, const std::string& plane);
  void add_event(const Json& item, std::span<const Concept> uid_names, const std::string& plane);
  Json observation(Json code, const std::string& own_uid, std::string_view own_type);
  /// The first valid UID of these names among the item's children; empty: there is none.
  std::string event_uid(const Json& item, std::span<const Concept> names);
  void add_components(Json& observation, const Json& item, std::span<const ComponentRule> rules, std::string plane);
  std::string accession_number_of(const Json& item);
  void set_body_site(Json& event, const Json& item);
  void set_start_of_event(Json& event, const Json& item);
  void set_start_of_summary();
  /// The plane of what stands in the item: its own, if it has one.
  std::string plane_in(const Json& item, const std::string& plane) const;

  const Json& dataset_;
  const InstanceUids& uids_;
  const Options& options_;
  ItemProblems problems_;
  ReportTimes times_;
  std::optional<Json> summary_;
  const Json* summary_item_ = nullptr; ///< what the summary is of
  std::string accession_number_;       ///< of the summary; empty: none
  std::vector<Json> events_;
  std::set<std::string> event_uids_;
  std::vector<std::string> event_starts_; ///< what events say of their own begin, as FHIR dateTimes
};

} // namespace dicomcast::mapping
