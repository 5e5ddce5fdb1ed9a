// The values of the configuration: how each kind is written, read and shown. Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::conf {

/// A value as it was given: a JSON value of the file, or the text of an environment variable or of --set.
struct Value {
  enum class Kind { Text, Number, Boolean, Array, Object };
  Kind kind = Kind::Text;
  std::string text; ///< of a Number and a Boolean: the token; of an Array: its scalars, with a comma between them
  std::vector<std::pair<std::string, std::string>> members = {}; ///< of the Object of a key that takes one
};

/// The value as a message shows it: text in quotes and shortened, numbers and booleans as they are, else `an array` or
/// `an object`.
std::string shown(const Value& value);

/// A JSON string or a string, without control characters.
std::optional<std::string> read_text(const Value& value);
/// A JSON boolean, or `true` or `false` in any case as a string.
std::optional<bool> read_boolean(const Value& value);
/// A JSON number or a string: decimal digits alone, with a sign or without; no fraction, no exponent.
std::optional<std::int64_t> read_integer(const Value& value);

/// `[d.]hh:mm:ss[.fff]`: hours 0 to 23 in one or two digits, minutes and seconds 0 to 59, at most 9999 days. Of a
/// fraction of up to seven digits the first three count.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);
/// The same form; days and fraction are left out where they are zero.
std::string duration_text(std::chrono::milliseconds duration);

/// `+hh:mm` or `-hh:mm`, from -12:00 to +14:00 (the range of DICOM PS3.3 section C.12.1.1.8).
bool is_timezone(std::string_view text);

/// Why a text cannot be the root of requests; empty if it can. A root is an absolute http or https URL without query,
/// fragment and user info (which would be a secret in every log). The reason does not repeat the text.
std::string url_fault(std::string_view text);
/// A URL in normal form (RFC 3986 section 6.2.2 and 6.2.3): scheme and host in lower case, no default port, no dot
/// segments, unreserved characters plain, other percent-encodings in upper case, a path of at least `/`. A trailing
/// slash is kept, none is added. Precondition: url_fault is empty.
std::string normalised_url(std::string_view text);

/// The file's content; nothing if it is absent, a directory, or cannot be read.
std::optional<std::string> read_whole_file(const std::string& path);

} // namespace dicomcast::conf
