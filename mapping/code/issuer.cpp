// Looks an issuer up by its text, then by its universal ID.
#include "mapping/code/issuer.hpp"

#include "mapping/code/sequence.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

/// A UniversalEntityID as a URI; empty: its type has none, or it is not what the type says.
std::string uri_of(const std::string& id, std::string_view type) {
  auto is_white = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (type == "ISO" && is_uid(id))
    return "urn:oid:" + id;
  if (type == "UUID" && std::ranges::none_of(id, is_white)) {
    auto lower = id; // RFC 4122 section 3
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
    return "urn:uuid:" + lower;
  }
  if (type == "URI" && std::ranges::none_of(id, is_white))
    return id;
  return {};
}

} // namespace

std::string system_of_issuer(std::string_view text, const Options& options) {
  auto found = options.issuer_systems.find(text);
  return text.empty() || found == options.issuer_systems.end() ? std::string() : found->second;
}

std::string system_of_issuer(const Json& dataset, std::string_view sequence, std::string_view text,
                             const std::string& otherwise, const Options& options) {
  if (auto system = system_of_issuer(text, options); !system.empty())
    return system;
  auto& items = sequence_items(dataset, sequence);
  if (items.empty())
    return otherwise;
  auto& issuer = items.front();
  if (auto system = system_of_issuer(single_value(issuer, "00400031").text, options); !system.empty())
    return system;
  auto id = single_value(issuer, "00400032").text;
  auto uri = id.empty() ? std::string() : uri_of(id, single_value(issuer, "00400033").text);
  return uri.empty() ? otherwise : uri;
}

} // namespace dicomcast::mapping
