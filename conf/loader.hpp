// Loads the configuration: the file, then the environment, then --set; the later wins. Everything that is wrong is
// found and told at once.
#pragma once

#include "conf/config.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dicomcast::conf {

/// Where values come from. The loader reads nothing else, except the files that these name.
struct Sources {
  std::string file = "conf/dicomcast.json";
  bool file_may_be_absent = false; ///< true where the user named no file: the default one is optional
  /// Name and value. `DicomWeb__Endpoint`, in any case; those whose first part is no known section are ignored.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> settings; ///< of --set: `Key:Sub=value`; the last one of a key counts
};

/// The environment of this process, for Sources.
std::vector<std::pair<std::string, std::string>> process_environment();

/// For people, one line, without secrets.
struct Note {
  LogLevel level; ///< Info: what was passed over; Warn: what is dangerous
  std::string text;
  bool operator==(const Note&) const = default;
};

struct Loaded {
  Config config; ///< usable only without errors
  std::vector<Note> notes;
  /// For people, one line each, without secrets: the key, what was found, what was expected, where it came from.
  std::vector<std::string> errors;

  struct Setting {
    std::string key, value, source; ///< value: `(set)` for a secret; source: `default` or where it was given
  };
  std::vector<Setting> settings; ///< every key that has a value, in the order of the table
};

Loaded load(const Sources& sources);

/// The effective configuration in aligned columns, without secrets.
std::string render(const std::vector<Loaded::Setting>& settings);

} // namespace dicomcast::conf
