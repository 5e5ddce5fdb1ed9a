// A DICOM JSON dataset by itself, for whoever sets the program up: what becomes of each attribute, and why.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"
#include "mapping/tags.hpp"

#include <string>
#include <vector>

namespace dicomcast::mapping {

/// Whether this is a dataset (PS3.18 annex F) or a list of one, rather than an entry of a feed.
bool is_dataset(const Json& json);
/// The entry that a feed would give for it: a `create` with the dataset's own UIDs and the sequence 1.
Json entry_of_dataset(const Json& dataset);

/// What became of one attribute of the tag table.
struct TagFinding {
  const TagRule* rule;
  std::string
      value; ///< as in the dataset, cut where it is long; empty: absent. May hold a patient's data: not for logs
  bool is_mapped;
  std::string outcome; ///< the element it goes to and how, or why it goes nowhere
};
/// One finding for each row of the tag table, in its order.
std::vector<TagFinding> explain_dataset(const Json& dataset, const Options& options);

} // namespace dicomcast::mapping
