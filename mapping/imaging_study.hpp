// An ImagingStudy as it is edited: its members as a document, its series and instances indexed by UID, each instance kept
// as its serialised text. So adding an instance to a study of 10,000 neither parses nor serialises the others again.
// Source: FHIR R4 imagingstudy.html.
#pragma once

#include "mapping/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dicomcast::mapping {

/// A value type. Not for several threads at once.
class ImagingStudy {
public:
  struct Instance {
    std::string uid;
    std::string text; ///< the whole element, serialised
  };
  struct Series {
    std::string uid;
    Json members;                 ///< the element; its `instance` member, if any, holds null in its place
    std::vector<Instance> instances;
    std::unordered_map<std::string, std::size_t> instance_index; ///< by uid, into `instances`
  };

  /// Takes a resource apart. Whatever dicomcast does not own is kept, in its place and to the letter.
  /// A series or an instance without uid is kept as it is and never matched. UIDs match with and without `urn:oid:`.
  explicit ImagingStudy(Json resource);

  /// The resource's members; `series`, if any, holds null in its place.
  Json& members() { return members_; }
  const Json& members() const { return members_; }

  Series* find_series(std::string_view uid);
  Series& add_series(std::string_view uid);
  const std::vector<Series>& series() const { return series_; }
  /// Removes the instance, and its series if that is left without instances. False: it was not there.
  bool remove_instance(std::string_view series_uid, std::string_view sop_uid);

  std::size_t instance_count() const;

  /// Appends the resource's text: all members, the series with their instances in their place.
  void write(std::string& out) const;
  Json to_json() const;
  /// About the bytes this takes in memory, for the working set's bound.
  std::size_t footprint() const;

private:
  Json members_;
  std::vector<Series> series_;
  std::unordered_map<std::string, std::size_t> series_index_;
};

} // namespace dicomcast::mapping
