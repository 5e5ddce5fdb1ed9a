// A DICOM file as DICOM JSON, by dcmtk's programs where they are installed.
#pragma once

#include <stdexcept>
#include <string>

namespace dicomcast::actors {

/// A file that cannot be read, in words that name it.
struct UnreadableDicomFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Whether the text begins as a DICOM file does: 128 bytes of any kind, then `DICM` (PS3.10 section 7.1).
bool is_dicom_file(const std::string& content);

/// The dataset of the file at `path` as DICOM JSON (PS3.18 annex F), without its pixels, made by `dcmodify` and
/// `dcm2json` on a copy. Throws UnreadableDicomFile: the programs are not installed, or the file is beyond them. Waits
/// for them; any thread.
std::string dicom_file_to_json(const std::string& path);

} // namespace dicomcast::actors
