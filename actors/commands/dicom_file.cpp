// A DICOM file as DICOM JSON, by dcm2json of DCMTK.
#include "actors/commands/dicom_file.hpp"

#include "mapping/feed/mend.hpp"

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

/// Without the groups of names that are in the codes of ISO 2022, which begin with an escape.
void drop_escaped_groups(mapping::Json& json) {
  constexpr char escape = '\x1B';
  if (auto* elements = json.if_array())
    for (auto& element : *elements)
      drop_escaped_groups(element);
  auto* members = json.if_object();
  if (!members)
    return;
  std::erase_if(*members, [&](const mapping::Json::Member& member) {
    auto* text = member.second.if_string();
    return text && text->find(escape) != text->npos;
  });
  for (auto& [name, value] : *members)
    drop_escaped_groups(value);
}

/// JSON with U+FFFD in place of what is no UTF-8, as far as it can be read at all.
std::string legible(const std::string& text) {
  auto json = mapping::Json::parse(mapping::mark_broken(text));
  if (!json)
    return text;
  mapping::replace_marks(*json);
  drop_escaped_groups(*json);
  return json->to_text();
}

} // namespace

bool is_dicom_file(const std::string& content) {
  if (content.size() >= 132 && content.compare(128, 4, "DICM") == 0)
    return true;
  auto is_group = [&](char first, char second) {
    return content.size() > 8 && content[0] == first && content[1] == second;
  };
  return is_group(2, 0) || is_group(8, 0) || is_group(0, 2) || is_group(0, 8); // in either order of bytes
}

DicomFile read_dicom_file(const std::string& path) {
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
  DicomFile file;
  if (output.status != 0) {
    // Some character sets are beyond it. Under the name of UTF-8 it lets their bytes through as they are.
    auto why = complaint(output.err);
    run(dcmodify, {"-nb", "-imt", "-m", "(0008,0005)=ISO_IR 192", copy.string()});
    output = run(dcm2json, {copy.string()});
    if (output.status != 0)
      throw UnreadableDicomFile(fmt::format("{}: dcm2json cannot read it: {}", path, why));
    file.warning = fmt::format("{}: text that is not ASCII could not be converted: {}", path, why);
  }
  file.json = without_bare_points(std::move(output.out));
  if (!file.warning.empty())
    file.json = legible(file.json);
  return file;
}

} // namespace dicomcast::actors
