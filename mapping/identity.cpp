#include "mapping/identity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view uri_system = "urn:ietf:rfc:3986";

bool within(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

/// The lower case of a letter of two UTF-8 bytes: Latin, Greek, Cyrillic; others as they are.
char32_t lower(char32_t c) {
  if ((within(c, 0xC0, 0xDE) && c != 0xD7) || (within(c, 0x391, 0x3A9) && c != 0x3A2) || within(c, 0x410, 0x42F))
    return c + 0x20;
  if (within(c, 0x400, 0x40F))
    return c + 0x50;
  bool even_is_upper = within(c, 0x100, 0x137) || within(c, 0x14A, 0x177) || within(c, 0x460, 0x481);
  bool odd_is_upper = within(c, 0x139, 0x148) || within(c, 0x179, 0x17E);
  if ((even_is_upper && c % 2 == 0 && c != 0x130) || (odd_is_upper && c % 2 == 1))
    return c + 1;
  return c;
}

bool any_identifier(const Json& resource, auto equal) {
  auto& identifiers = resource.items("identifier");
  return std::any_of(identifiers.begin(), identifiers.end(), [&](const Json& identifier) {
    return equal(identifier.text("system"), identifier.text("value"));
  });
}

} // namespace

Identifier study_identifier(std::string_view study_uid) {
  return {"urn:dicom:uid", "urn:oid:" + std::string(study_uid)};
}

Identifier report_identifier(std::string_view sop_uid) {
  return {std::string(uri_system), "urn:oid:" + std::string(sop_uid)};
}

Identifier endpoint_identifier(const Options& options) {
  return {std::string(uri_system), options.endpoint_address};
}

std::string endpoint_name(const Options& options) {
  return "DICOM WADO-RS endpoint " + options.endpoint_address;
}

bool has_identifier(const Json& resource, const Identifier& identifier) {
  return any_identifier(resource, [&](std::string_view system, std::string_view value) {
    return system == identifier.system && value == identifier.value;
  });
}

bool has_identifier_but_for_case(const Json& resource, const Identifier& identifier) {
  auto sought_system = fold_case(identifier.system), sought_value = fold_case(identifier.value);
  return any_identifier(resource, [&](std::string_view system, std::string_view value) {
    return fold_case(system) == sought_system && fold_case(value) == sought_value;
  });
}

std::string fold_case(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; at < out.size(); ++at) {
    auto c = static_cast<unsigned char>(out[at]);
    if (c >= 'A' && c <= 'Z') {
      out[at] = static_cast<char>(c + ('a' - 'A'));
    } else if ((c & 0xE0) == 0xC0 && at + 1 < out.size()) {
      auto folded = lower((c & 0x1Fu) << 6 | (static_cast<unsigned char>(out[at + 1]) & 0x3Fu));
      out[at++] = static_cast<char>(0xC0 | folded >> 6);
      out[at] = static_cast<char>(0x80 | (folded & 0x3F));
    }
  }
  return out;
}

std::string escape_search_value(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\\' || c == ',' || c == '|' || c == '$')
      out += '\\';
    out += c;
  }
  return out;
}

std::string token_parameter(const Identifier& identifier) {
  return escape_search_value(identifier.system) + "|" + escape_search_value(identifier.value);
}

std::string percent_encode(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    bool is_unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                         c == '.' || c == '_' || c == '~';
    auto byte = static_cast<unsigned char>(c);
    if (is_unreserved)
      out += c;
    else
      out.append(1, '%').append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
  }
  return out;
}

std::string identifier_query(const Identifier& identifier) {
  return joined_identifier_query({identifier});
}

std::string joined_identifier_query(const std::vector<Identifier>& identifiers) {
  std::string values;
  for (auto& identifier : identifiers)
    values.append(values.empty() ? "" : ",").append(token_parameter(identifier));
  return "identifier=" + percent_encode(values);
}

std::string endpoint_name_query(const Options& options) {
  auto type = Identifier{endpoint_type_system, endpoint_type_code};
  return "name=" + percent_encode(escape_search_value(endpoint_name(options))) +
         "&connection-type=" + percent_encode(token_parameter(type));
}

} // namespace dicomcast::mapping
