// Golden files: what is expected, kept in tests/data to be reviewed. DICOMCAST_REGENERATE_GOLDEN=1, and nothing else,
// writes them anew; their changes are then for a person to review.
#pragma once

#include "mapping/json/json.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dicomcast::mapping::test {

inline const auto source_folder = std::filesystem::path(DICOMCAST_SOURCE_FOLDER);
inline const auto data_folder = source_folder / "tests/data";

inline bool is_regenerating() {
  auto* value = std::getenv("DICOMCAST_REGENERATE_GOLDEN");
  return value && std::string_view(value) == "1";
}

inline std::string read_golden(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO(file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_golden(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// JSON for review: a list or object that fits stands on one line, any other has a line a member.
inline void write_for_review(const Json& json, std::size_t depth, std::size_t before, std::string& out) {
  constexpr std::size_t columns = 120;
  auto text = json.to_text();
  auto* members = json.if_object();
  auto* elements = json.if_array();
  if ((!members && !elements) || text.size() <= 2 || depth * 2 + before + text.size() <= columns) {
    out += text;
    return;
  }
  bool is_first = true;
  auto line = [&](std::size_t level) { out.append("\n").append(level * 2, ' '); };
  auto next = [&] {
    out += is_first ? "" : ",";
    is_first = false;
    line(depth + 1);
  };
  out += members ? '{' : '[';
  if (members)
    for (auto& [name, value] : *members) {
      next();
      Json::write_string(name, out);
      out += ": ";
      write_for_review(value, depth + 1, name.size() + 5, out);
    }
  else
    for (auto& element : *elements) {
      next();
      write_for_review(element, depth + 1, 1, out);
    }
  line(depth);
  out += members ? '}' : ']';
}

inline std::string for_review(const Json& json) {
  std::string out;
  write_for_review(json, 0, 0, out);
  return out + "\n";
}

} // namespace dicomcast::mapping::test
