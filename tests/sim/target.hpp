// A request's target taken apart: path segments and query parameters, percent-decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::sim {

struct Target {
  std::string path; ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  /// The first parameter of that name.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// `target`: path and query, or an absolute URL, whose scheme and host are dropped.
Target parse_target(std::string_view target);
/// The parameters of a query alone (`a=b&c=d`), `+` as a space.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
/// `%41` to `A`; a broken escape stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_space);
/// All but RFC 3986's unreserved characters as `%XX`.
std::string percent_encode(std::string_view text);
/// The path below `prefix`, beginning with `/`; nothing where it is not below it.
std::optional<std::string> below(std::string_view path, std::string_view prefix);
/// The text as a number; nothing unless it is one throughout.
std::optional<long long> to_number(std::string_view text);

} // namespace dicomcast::sim
