// A DICOM file as DICOM JSON, by dcm2json of DCMTK.
#include "actors/commands/dicom_file.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/process.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <future>
#include <sstream>
#include <vector>

namespace dicomcast::actors {

namespace {

namespace fs = std::filesystem;
namespace bp = boost::process;

struct Output {
  int status = 0;
  std::string out, err;
};

Output run(const boost::filesystem::path& program, const std::vector<std::string>& arguments) {
  boost::asio::io_context context;
  std::future<std::string> out, err;
  bp::child child(program, bp::args = arguments, bp::std_in<bp::null, bp::std_out> out, bp::std_err > err, context);
  context.run();
  child.wait();
  return {child.exit_code(), out.get(), err.get()};
}

/// A folder of its own that goes with this.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "dicomcast-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw UnreadableDicomFile(fmt::format("{}: no folder can be made there", fs::temp_directory_path().string()));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

/// The last of what dcmtk complains of: `F: ...` or `E: ...`.
std::string complaint(const std::string& text) {
  std::string last = "it gives no reason";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("F: ") || line.starts_with("E: "))
      last = line.substr(3);
  return last;
}

/// dcm2json 3.6.7 writes a DS `2.` as it is, which is no JSON: the point goes.
std::string without_bare_points(std::string json) {
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (in_string && c == '\\') {
      out += c;
      if (++at < json.size())
        out += json[at];
      continue;
    }
    in_string ^= c == '"';
    bool digit_before = at > 0 && json[at - 1] >= '0' && json[at - 1] <= '9';
    bool digit_after = at + 1 < json.size() && json[at + 1] >= '0' && json[at + 1] <= '9';
    if (in_string || c != '.' || !digit_before || digit_after)
      out += c;
  }
  return out;
}

} // namespace

bool is_dicom_file(const std::string& content) {
  return content.size() >= 132 && content.compare(128, 4, "DICM") == 0;
}

std::string dicom_file_to_json(const std::string& path) {
  auto dcm2json = bp::search_path("dcm2json"), dcmodify = bp::search_path("dcmodify");
  if (dcm2json.empty() || dcmodify.empty())
    throw UnreadableDicomFile(fmt::format(
        "{}: a DICOM file; to read it, dcmtk's dcm2json and dcmodify must be installed (Debian: dcmtk)", path));
  TemporaryFolder folder;
  auto copy = folder.path() / "copy.dcm";
  std::error_code fault;
  fs::copy_file(path, copy, fault);
  fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, fault);
  if (fault)
    throw UnreadableDicomFile(fmt::format("{}: cannot be copied: {}", path, fault.message()));
  // Compressed pixels are beyond dcm2json; where there are none, or they stay, it tells.
  run(dcmodify, {"-nb", "-imt", "-ea", "(7fe0,0010)", copy.string()});
  auto output = run(dcm2json, {copy.string()});
  if (output.status != 0)
    throw UnreadableDicomFile(fmt::format("{}: dcm2json cannot read it: {}", path, complaint(output.err)));
  return without_bare_points(std::move(output.out));
}

} // namespace dicomcast::actors
