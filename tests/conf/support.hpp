// A folder of one test's own, and a configuration loaded from a text in it.
#pragma once

#include "conf/loader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace dicomcast::conf::test {

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::random_device device; // a free name is all it must give
    do {
      path_ = std::filesystem::temp_directory_path() / ("dicomcast-conf-" + std::to_string(device()));
    } while (!std::filesystem::create_directory(path_));
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

inline Loaded load_text(const std::string& text, std::vector<std::string> settings = {},
                        std::vector<std::pair<std::string, std::string>> environment = {}) {
  TemporaryFolder folder;
  return load({folder.write("appsettings.json", text), false, std::move(environment), std::move(settings)});
}

/// What is required and nothing else.
inline const std::string least =
    R"({"DicomWeb": {"Endpoint": "https://dicom"}, "Fhir": {"Endpoint": "https://fhir/r4"}})";

/// Loads `least` with these on top.
inline Loaded load_settings(std::vector<std::string> settings) {
  return load_text(least, std::move(settings));
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines)
    all += line + '\n';
  return all;
}

inline std::string joined(const std::vector<Note>& notes) {
  std::string all;
  for (const auto& note : notes)
    all += note.text + '\n';
  return all;
}

/// The only error, or all of them where there is not one alone.
inline std::string the_error(const Loaded& loaded) {
  CHECK(loaded.errors.size() == 1);
  return joined(loaded.errors);
}

} // namespace dicomcast::conf::test
