#include "tests/sim/dicom_files.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/wait.h>

namespace dicomcast::sim {

namespace fs = std::filesystem;
using mapping::Json;

namespace {

/// PS3.10: 128 bytes of any kind, then `DICM`.
bool looks_like_dicom(const fs::path& path) {
  if (path.extension() == ".dcm")
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

/// The dataset, or nothing where the file cannot be read.
std::optional<Json> read_file(const fs::path& path) {
  auto output = run("dcm2json " + shell_quoted(path.string()) + " 2>/dev/null");
  if (output.status == 127)
    throw std::runtime_error("dcm2json is not installed (Debian package dcmtk)");
  auto dataset = output.status == 0 ? Json::parse(output.text) : std::nullopt;
  if (!dataset || !dataset->is_object())
    return std::nullopt;
  std::erase_if(*dataset->if_object(), [](const Json::Member& member) {
    return member.second.find("InlineBinary") || member.second.find("BulkDataURI");
  });
  return dataset;
}

} // namespace

std::vector<FeedItem> read_dicom_folder(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && looks_like_dicom(entry.path()))
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<FeedItem> items;
  for (const auto& path : paths) {
    FeedItem item;
    if (auto dataset = read_file(path)) {
      item.metadata = dataset->to_text();
      item.study = attribute(*dataset, "0020000D");
      item.series = attribute(*dataset, "0020000E");
      item.instance = attribute(*dataset, "00080018");
    }
    item.file_name = fs::relative(path, folder).string();
    items.push_back(std::move(item));
  }
  return items;
}

} // namespace dicomcast::sim
