// DICOM files of a folder as datasets.
#include "tests/sim/dicom_files.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace dicomcast::sim {

namespace fs = std::filesystem;
using mapping::Json;

namespace {

/// PS3.10: 128 bytes of any kind, then `DICM`.
bool looks_like_dicom(const fs::path& path) {
  if (path.extension() == ".dcm" || path.string().ends_with(".dcm.gz"))
    return true;
  std::array<char, 132> head{};
  std::ifstream file(path, std::ios::binary);
  return file.read(head.data(), head.size()) && std::string_view(head.data() + 128, 4) == "DICM";
}

std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text)
    c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

struct Output {
  int status = 0; ///< exit code; 127: there is no such program
  std::string text;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe)
    throw std::runtime_error("no process can be started");
  std::array<char, 65536> buffer;
  while (auto got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.text.append(buffer.data(), got);
  auto status = ::pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

/// A copy of a file that can be changed, and goes with this. One that is packed by gzip is unpacked.
class Copy {
public:
  explicit Copy(const fs::path& original)
      : path_(fs::temp_directory_path() / ("dicomcast-sim-" + std::to_string(::getpid()) + ".dcm")) {
    if (original.extension() == ".gz") {
      run("gzip -dc " + shell_quoted(original) + " >" + shell_quoted(path_));
    } else {
      fs::copy_file(original, path_, fs::copy_options::overwrite_existing);
      fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
    }
  }
  ~Copy() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  const fs::path& path() const { return path_; }
  void modify(const std::string& options) const {
    run("dcmodify -q -nb -imt " + options + " " + shell_quoted(path_) + " 2>/dev/null");
  }

private:
  fs::path path_;
};

std::optional<std::string> to_json(const fs::path& path) {
  auto output = run("dcm2json -q -fc " + shell_quoted(path.string()) + " 2>/dev/null");
  if (output.status == 127)
    throw std::runtime_error("dcm2json is not installed (Debian package dcmtk)");
  return output.status == 0 ? std::optional(std::move(output.text)) : std::nullopt;
}

/// Why dcm2json fails, without the path, which is another one each time.
std::string fault_of(const fs::path& path) {
  std::string fault;
  std::istringstream lines(run("dcm2json " + shell_quoted(path) + " 2>&1 >/dev/null").text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("F: ") || line.starts_with("E: "))
      fault = line.substr(3);
  fault = fault.substr(0, fault.find(path.string()));
  for (std::string_view end : {": ", " reading file", ": converting file to UTF-8"})
    if (fault.ends_with(end))
      fault.resize(fault.size() - end.size());
  return fault;
}

bool is_json(const std::optional<std::string>& text) {
  return text && Json::parse(*text);
}

DicomFile read_file(const fs::path& path) {
  DicomFile file;
  Copy copy(path);
  auto text = to_json(copy.path());
  if (!is_json(text)) { // compressed pixels and some character sets are beyond dcm2json
    auto fault = text ? "" : fault_of(copy.path());
    copy.modify("-ea '(7fe0,0010)'");
    text = to_json(copy.path());
    file.note = fault.empty() ? "" : "without PixelData: " + fault;
    if (!text) {
      copy.modify("-m '(0008,0005)=ISO_IR 192'");
      text = to_json(copy.path());
      file.note = (text ? "characters not converted: " : "not read: ") + fault;
    }
  }
  file.text = text.value_or("");
  auto dataset = Json::parse(file.text);
  if (dataset && dataset->is_object()) {
    std::erase_if(*dataset->if_object(), [](const Json::Member& member) {
      return member.second.find("InlineBinary") || member.second.find("BulkDataURI");
    });
    file.text = dataset->to_text();
  }
  return file;
}

/// For the UIDs: the dataset with all that is not ASCII made `?`.
Json legible(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) >= 0x80)
      c = '?';
  return Json::parse(text).value_or(Json());
}

} // namespace

std::vector<DicomFile> read_dicom_files(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && looks_like_dicom(entry.path()))
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<DicomFile> files;
  for (const auto& path : paths) {
    files.push_back(read_file(path));
    files.back().name = fs::relative(path, folder).string();
  }
  return files;
}

std::vector<FeedItem> read_dicom_folder(const std::string& folder) {
  std::vector<FeedItem> items;
  for (auto& file : read_dicom_files(folder)) {
    FeedItem item;
    auto dataset = legible(file.text);
    item.metadata = std::move(file.text);
    item.study = attribute(dataset, "0020000D");
    item.series = attribute(dataset, "0020000E");
    item.instance = attribute(dataset, "00080018");
    item.file_name = std::move(file.name);
    items.push_back(std::move(item));
  }
  return items;
}

} // namespace dicomcast::sim
