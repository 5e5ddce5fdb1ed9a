// What an ImagingStudy has become since it was looked at: whether anything has changed, and what, as a JSON Patch (RFC
// 6902). Adding an instance to a large study then sends the instance, not the study. Valid only for the version that
// the baseline was taken from (ifMatch).
#pragma once

#include "mapping/study/imaging_study.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dicomcast::mapping {

/// The study before entries are merged onto it, as far as a patch needs it: all but the instances. A value type.
class StudyBaseline {
public:
  /// From here on the study keeps its instances' former texts.
  explicit StudyBaseline(ImagingStudy& study);

  /// Whether the study is what it was, by value: however often it was changed in between.
  bool is_same(ImagingStudy& study) const;

  /// The patch's text from then to now: an array of operations. Nothing where instances or series were rewritten or
  /// removed, which a whole update says more simply.
  std::optional<std::string> patch_to(const ImagingStudy& study) const;

private:
  Json members_;
  std::vector<std::pair<Json, std::size_t>> series_; ///< members, and how many instances
  std::size_t rewrites_, removals_;
};

} // namespace dicomcast::mapping
