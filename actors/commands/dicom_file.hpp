// A DICOM file as DICOM JSON, by dcmtk's programs where they are installed.
#pragma once

#include <stdexcept>
#include <string>

namespace dicomcast::actors {

/// A file that cannot be read, in words that name it.
struct UnreadableDicomFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether the text begins as a DICOM file does: 128 bytes of any kind, then `DICM` (PS3.10 section 7.1); or, as of a
/// file without this preamble, with an element of group 0002 or 0008.
bool is_dicom_file(const std::string& content);

struct DicomFile {
  std::string json;    ///< the dataset as DICOM JSON (PS3.18 annex F), without its pixels
  std::string warning; ///< a sentence about text that could not be converted to Unicode; empty: none
};

/// Reads the file at `path`, by `dcmodify` and `dcm2json` on a copy. Throws UnreadableDicomFile: the programs are not
/// installed, or the file is beyond them. Waits for them; any thread.
DicomFile read_dicom_file(const std::string& path);

} // namespace dicomcast::actors
