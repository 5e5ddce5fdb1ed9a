// DICOM files as a person has them on disk: without preamble, in character sets that dcmtk cannot convert, without
// UIDs.
#include "actors/commands/commands.hpp"
#include "actors/commands/dicom_file.hpp"
#include "mapping/json/json.hpp"
#include "tests/conf/support.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <sstream>

using namespace dicomcast;
using conf::test::contains;
using mapping::Json;

namespace {

const std::string dump = R"((0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]
(0008,0018) UI [1.3]
(0008,0060) CS [CT]
(0010,0020) LO [P1]
(0020,000d) UI [1.1]
(0020,000e) UI [1.2]
)";

struct Bench {
  conf::test::TemporaryFolder folder;
  conf::Config config;
  std::ostringstream out, err;

  Bench() {
    config.dicom_source = "https://dicom/";
    config.fhir.endpoint = "https://fhir/";
  }
  /// The file that dcmtk makes of a dump.
  std::string made(const std::string& text, const std::string& options) {
    auto from = folder.write("file.dump", text);
    auto file = folder.path() + "/file.dcm";
    REQUIRE(std::system(("dump2dcm " + options + " '" + from + "' '" + file + "'").c_str()) == 0);
    return file;
  }
  int run(const std::string& file) {
    conf::Map command;
    command.entry = file;
    return actors::run(command, config, {out, err});
  }
};

} // namespace

TEST_CASE("a DICOM file without preamble is known by its first element, text and JSON are not") {
  Bench bench;
  CHECK(bench.run(bench.made(dump, "-F")) == actors::exit_done);
  CHECK(contains(bench.out.str(), "\"urn:oid:1.1\""));
  CHECK(bench.err.str().empty());
  for (std::string other : {"", "{\"a\": 1}", "[]", "\n\n{", "08 00 08 00", "\x08"}) {
    INFO(other);
    CHECK_FALSE(actors::is_dicom_file(other));
  }
}

TEST_CASE("a file in ISO 2022 is read with a warning, and what is ASCII in it is kept") {
  std::string folder = "/usr/lib/python3/dist-packages/pydicom/data/charset_files/";
  for (std::string name : {"chrH31.dcm", "chrH32.dcm", "chrJapMulti.dcm"}) {
    INFO(name << ", from Debian's python3-pydicom");
    auto file = actors::read_dicom_file(folder + name);
    CHECK(contains(file.warning, name + ": text that is not ASCII could not be converted: "));
    auto dataset = Json::parse(file.json);
    REQUIRE(dataset);
    CHECK(!contains(dataset->find("00100010")->to_text(), "\\u001b"));
    if (name == "chrH31.dcm")
      CHECK(dataset->find("00100010")->to_text() == R"({"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou"}]})");
  }
}

TEST_CASE("a dataset without UIDs is told so") {
  Bench bench;
  auto without = dump.substr(0, dump.find("(0020,000d)"));
  CHECK(bench.run(bench.made(without, "")) == actors::exit_entries_failed);
  CHECK(contains(bench.err.str(),
                 "the dataset has no valid StudyInstanceUID (0020,000D), SeriesInstanceUID (0020,000E), "
                 "so that no entry of a feed can be made of it"));
}
