// Identifiers, and the searches for them.
#include "mapping/identity.hpp"

#include "conf/text.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view uri_system = "urn:ietf:rfc:3986";

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
  auto sought_system = text::fold_case(identifier.system), sought_value = text::fold_case(identifier.value);
  return any_identifier(resource, [&](std::string_view system, std::string_view value) {
    return text::fold_case(system) == sought_system && text::fold_case(value) == sought_value;
  });
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

std::string identifier_query(const Identifier& identifier) {
  return joined_identifier_query({identifier});
}

std::string joined_identifier_query(const std::vector<Identifier>& identifiers) {
  std::string values;
  for (auto& identifier : identifiers)
    values.append(values.empty() ? "" : ",").append(token_parameter(identifier));
  return "identifier=" + text::percent_encoded(values);
}

std::string endpoint_name_query(const Options& options) {
  auto type = Identifier{endpoint_type_system, endpoint_type_code};
  return "name=" + text::percent_encoded(escape_search_value(endpoint_name(options))) +
         "&connection-type=" + text::percent_encoded(token_parameter(type));
}

} // namespace dicomcast::mapping
