// An ImagingStudy as it is edited: its members as a document, its series and instances indexed by UID, each instance
// kept as its serialised text. Adding an instance to a study of 10,000 therefore neither parses nor serialises the
// others. Source: FHIR R4 imagingstudy.html.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/study/uid_list.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dicomcast::mapping {

/// A value type. One thread at a time.
class ImagingStudy {
public:
  struct Instance {
    std::string uid;  ///< without `urn:oid:`
    std::string text; ///< the whole element, serialised
  };
  struct Series {
    std::string uid;             ///< without `urn:oid:`
    Json members;                ///< the element; while it lists instances, its `instance` holds null in their place
    UidList<Instance> instances; ///< changed by the study's functions only
  };

  /// Takes a resource apart. Whatever dicomcast does not own is kept, in its place and to the letter.
  /// A series or an instance without uid is kept as it is and never matched. UIDs match with and without `urn:oid:`.
  explicit ImagingStudy(Json resource);

  /// The resource's members; while there are series, `series` holds null in their place.
  Json& members() { return members_; }
  const Json& members() const { return members_; }

  const UidList<Series>& series() const { return series_; }
  /// Null: it is not there. Valid until a series is added or removed.
  Series* find_series(std::string_view uid) { return series_.find(uid); }
  /// Only for a uid that is not there. The uid goes without `urn:oid:`, here and below.
  Series& add_series(std::string_view uid);
  /// Only for an instance that is not there. The series must be of this study.
  void add_instance(Series& series, Instance instance);
  void replace_text(Series& series, Instance& instance, std::string text);
  /// Removes the instance, and its series if that is left without instances. False: it was not there.
  bool remove_instance(std::string_view series_uid, std::string_view sop_uid);

  /// The instances listed; a series that lists none counts with the number it says itself.
  std::size_t instance_count() const { return listed_ + unlisted_; }
  /// Makes numberOfSeries, numberOfInstances and each series' numberOfInstances what is listed; a series that lists
  /// none keeps its own. Goes through all series at the first call only. Returns whether anything changed.
  bool keep_counts();

  /// How often an instance was rewritten or removed, which a patch of additions cannot express.
  std::size_t rewrites() const { return rewrites_; }
  std::size_t removals() const { return removals_; }
  /// From now on the text that an instance had is kept when it is rewritten.
  void keep_former_texts() { former_texts_.emplace(); }
  void forget_former_texts() { former_texts_.reset(); }
  /// Whether each instance that was rewritten since keep_former_texts() has that text again.
  bool has_former_texts();

  /// Appends the resource's text: all members, the series with their instances in their place.
  void write(std::string& out) const;
  /// Appends a series' text, with its instances.
  static void write_series(const Series& series, std::string& out);
  Json to_json() const;
  /// Roughly the bytes that this takes in memory, for the bound on what is kept.
  std::size_t footprint() const;

private:
  Json members_;
  UidList<Series> series_;
  std::size_t listed_ = 0, unlisted_ = 0; ///< instances listed, and said to be in series that list none
  std::size_t rewrites_ = 0, removals_ = 0;
  /// By the UIDs of series and instance.
  std::optional<std::map<std::pair<std::string, std::string>, std::string>> former_texts_;
  std::size_t text_bytes_ = 0; ///< of all instances
  bool counts_kept_ = false;
};

} // namespace dicomcast::mapping
