// Real DICOM files as change feed entries, through dcmtk's dcm2json.
#pragma once

#include "tests/sim/feed_item.hpp"

#include <string>
#include <vector>

namespace dicomcast::sim {

/// A `Create` entry for each file below `folder` whose name ends in `.dcm` or that begins as a DICOM file, in order of
/// their paths. What a change feed's metadata never holds, bulk data, is left out. A file that dcm2json cannot read
/// becomes an entry without metadata; one in a character set that it does not know keeps its bytes. UIDs that a file
/// lacks stay empty. The path below `folder` is the entry's file_name. Throws std::runtime_error where dcm2json is not
/// installed.
std::vector<FeedItem> read_dicom_folder(const std::string& folder);

} // namespace dicomcast::sim
