// Where a redirect leads, if it may be followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::io {

/// The URL that a Location header names (RFC 9110 section 10.2.2), seen from `url`, which was asked for: without
/// fragment. Nothing where it leaves the host, so that credentials never do: the host must be the same, scheme and port
/// too, but that http may become https on any port. Nothing also where it is no URL, or one with user info.
std::optional<std::string> redirect_target(const std::string& url, std::string_view location);

} // namespace dicomcast::io
