// A JSON configuration file as a flat list of keys, read as .NET reads an appsettings.json: with comments, trailing
// commas, a UTF-8 byte order mark, and keys nested or joined by `:`.
#pragma once

#include "conf/values.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dicomcast::conf {

/// Keys joined by `:`, in the order of the text and as often as they stand there. Nulls are left out: they give
/// nothing. An array is one value, whatever it holds; so is an object without members.
using FlatFile = std::vector<std::pair<std::string, Value>>;

/// The flat file, or what is wrong and where: `line 3, column 14: ...`.
std::variant<FlatFile, std::string> read_json_file(std::string_view text);

} // namespace dicomcast::conf
