// Which resource of a FHIR service is ours. Servers match loosely (any case, names by substring), so what a search
// returns is compared letter by letter; what a search asks for is escaped (FHIR R4 search.html#escaping).
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

struct Identifier {
  std::string system; ///< empty: an identifier without system
  std::string value;
  bool operator==(const Identifier&) const = default;
};

inline constexpr const char* endpoint_type_system = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type";
inline constexpr const char* endpoint_type_code = "dicom-wado-rs";

Identifier study_identifier(std::string_view study_uid); ///< urn:dicom:uid | urn:oid:{uid}
Identifier report_identifier(std::string_view sop_uid);  ///< urn:ietf:rfc:3986 | urn:oid:{uid}
Identifier endpoint_identifier(const Options& options);  ///< urn:ietf:rfc:3986 | {address}
std::string endpoint_name(const Options& options);       ///< DICOM WADO-RS endpoint {address}

/// Whether the resource has this identifier, equal in system and value letter by letter.
bool has_identifier(const Json& resource, const Identifier& identifier);
/// Whether it has one that is equal but for the case of letters.
bool has_identifier_but_for_case(const Json& resource, const Identifier& identifier);

/// `{system}|{value}` with `\`, `,`, `|` and `$` of both parts escaped, not yet percent-encoded.
std::string token_parameter(const Identifier& identifier);
/// The same escaping of one value.
std::string escape_search_value(std::string_view value);

/// The query of the search that finds the resource, percent-encoded, without `Type?`: also the create's ifNoneExist.
std::string identifier_query(const Identifier& identifier);                      ///< identifier=...
std::string joined_identifier_query(const std::vector<Identifier>& identifiers); ///< identifier=a,b,c
std::string endpoint_name_query(const Options& options);                         ///< name=...&connection-type=...

} // namespace dicomcast::mapping
