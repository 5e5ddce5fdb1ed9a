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

/// Those of the three UIDs that the dataset lacks, for a message; empty: it has all.
std::string missing_uids(const Json& dataset);

/// What became of one attribute of the tag tables.
struct TagFinding {
  std::uint32_t number; ///< group and element
  const char* keyword;
  std::string
      value; ///< as in the dataset, cut where it is long; empty: absent. May hold a patient's data: not for logs
  bool is_mapped;
  std::string outcome; ///< the element it goes to and how, or why it goes nowhere
};
/// One finding for each row of the tag table, in its order; then one for each row of the groups that are included.
std::vector<TagFinding> explain_dataset(const Json& dataset, const Options& options);

} // namespace dicomcast::mapping
