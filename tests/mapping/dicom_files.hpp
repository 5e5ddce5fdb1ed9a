// The real DICOM files of Debian's python3-pydicom and python3-nibabel as golden files keep them: by study, each file's
// dataset reduced to what the mapping reads.
#pragma once

#include "mapping/json/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping::test {

/// A file's dataset. What is not UTF-8 (`is_bytes`) stands with U+0080 to U+00FF for its bytes.
struct Dataset {
  std::string name;
  Json attributes;
  bool is_bytes = false;
  bool operator==(const Dataset&) const = default;
  /// As an entry of the feed, with the bytes of the file.
  std::string entry() const;
};

/// From what dcm2json writes; `attributes` is null where that is no JSON.
Dataset dataset_of(std::string name, const std::string& text);
/// Only what the mapping reads: the tags of the table; of a structured report also those of its content tree; and what
/// holds bytes that are no UTF-8, since the mapping tells of them wherever they stand. SpecificCharacterSet
/// (0008,0005), which it does not read, stays for people.
Dataset reduced(const Dataset& whole);

/// As golden files keep the datasets of one study: the first whole, of the others what differs from the first
/// (null: is not there).
Json kept(const std::vector<Dataset>& datasets);
std::vector<Dataset> read_kept(const Json& kept);

} // namespace dicomcast::mapping::test
