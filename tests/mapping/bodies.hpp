// What golden and random tests write to the FHIR service, kept for the validators (tests/e2e/validate.mjs): ctest sets
// DICOMCAST_BODIES to a folder, and a later test of ctest gives all of it to them. Without it nothing is kept.
// A test that calls this bears the tag [bodies], by which ctest knows it.
#pragma once

#include "mapping/json/json.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace dicomcast::mapping::test {

/// Appends a resource to this process's file, one a line.
inline void keep_body(const Json& resource) {
  static auto file = [] {
    std::ofstream out;
    if (auto* folder = std::getenv("DICOMCAST_BODIES")) {
      out.exceptions(std::ios::failbit | std::ios::badbit);
      out.open(std::filesystem::path(folder) / (std::to_string(::getpid()) + ".jsonl"), std::ios::binary);
    }
    return out;
  }();
  if (file.is_open())
    file << resource.to_text() << '\n';
}

} // namespace dicomcast::mapping::test
