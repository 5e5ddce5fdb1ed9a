// Text that is not Unicode: a service that hands on an image's bytes without converting its character set writes JSON
// with broken UTF-8, or with half a surrogate pair. What is broken is marked, so that the rest can be read.
#pragma once

#include "mapping/json/json.hpp"

#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// Stands for what was broken until it is known which attribute held it: a noncharacter, never interchanged
/// (Unicode 23.7).
inline constexpr std::string_view broken_mark = "\xEF\xB7\x90"; // U+FDD0

/// The JSON text with the mark in place of each ill-formed UTF-8 sequence (its maximal subpart, Unicode 3.9) and of
/// each escape of a lone surrogate.
std::string mark_broken(std::string_view json_text);
/// Puts U+FFFD in place of the marks in all strings and names. False: there was none.
bool replace_marks(Json& json);

} // namespace dicomcast::mapping
