// Real DICOM files as change feed entries, through dcmtk's dcm2json.
#pragma once

#include "tests/sim/feed_item.hpp"

#include <string>
#include <vector>

namespace dicomcast::sim {

struct DicomFile {
  std::string name; ///< its path below the folder
  /// The dataset as JSON; empty where dcm2json cannot read it. In a character set that dcm2json does not know the
  /// characters keep their bytes, so that it may be no UTF-8.
  std::string text;
  std::string note; ///< what is otherwise than dcm2json gives it, and dcm2json's reason; empty: nothing
};

/// Every file below `folder` whose name ends in `.dcm` or `.dcm.gz` or that begins as a DICOM file, in order of their
/// paths. What a change feed's metadata never holds, bulk data, is left out. Throws std::runtime_error where dcm2json
/// is not installed, std::filesystem::filesystem_error where there is no such folder.
std::vector<DicomFile> read_dicom_files(const std::string& folder);

/// The same files as `Create` entries: one that dcm2json cannot read is an entry without metadata, UIDs that a file
/// lacks stay empty, and the path is the entry's file_name.
std::vector<FeedItem> read_dicom_folder(const std::string& folder);

} // namespace dicomcast::sim
