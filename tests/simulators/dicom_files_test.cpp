// Feeds of real DICOM files.
#include "tests/sim/dicom_files.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace dicomcast;
using namespace dicomcast::sim;
namespace fs = std::filesystem;

namespace {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "sim-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  void dump(const std::string& file, const std::string& text) const {
    std::ofstream(path / "dump.txt") << text;
    auto command = "cd '" + path.string() + "' && dump2dcm -q dump.txt '" + file + "' && rm dump.txt";
    REQUIRE(std::system(command.c_str()) == 0);
  }
  fs::path path;
};

bool has_dcmtk() {
  return std::system("dcm2json --version >/dev/null 2>&1 && dump2dcm --version >/dev/null 2>&1") == 0;
}

} // namespace

TEST_CASE("each DICOM file of a folder becomes an entry, whatever it lacks") {
  if (!has_dcmtk()) {
    WARN("dcmtk is not installed");
    return;
  }
  Folder folder;
  fs::create_directory(folder.path / "sub");
  const std::string uids = "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]\n(0008,0018) UI [1.2.3]\n(0020,000d) UI [1.2]\n"
                           "(0020,000e) UI [1.2.1]\n";
  folder.dump("b.dcm", uids + "(0010,0010) PN [A^B]\n(7fe0,0010) OW 0001\\0002\n");
  folder.dump("sub/a", "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]\n(0010,0020) LO [p]\n");
  std::ofstream(folder.path / "c.dcm") << "no DICOM";
  std::ofstream(folder.path / "d.txt") << "no DICOM";
  auto items = read_dicom_folder(folder.path.string());
  REQUIRE(items.size() == 3);
  CHECK(items[0].file_name == "b.dcm");
  CHECK(items[0].study == "1.2");
  CHECK(items[0].series == "1.2.1");
  CHECK(items[0].instance == "1.2.3");
  auto dataset = mapping::Json::parse(items[0].metadata);
  REQUIRE(dataset);
  CHECK(dataset->find("00100010"));
  CHECK_FALSE(dataset->find("7FE00010"));
  CHECK(items[1].file_name == "c.dcm");
  CHECK(items[1].metadata.empty());
  CHECK(items[2].file_name == "sub/a");
  CHECK(items[2].study.empty());
  CHECK_FALSE(items[2].metadata.empty());
}
