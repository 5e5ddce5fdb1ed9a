// Who issued an identifier, as the URI that is its system. Sources: DICOM PS3.3 section 10.14 (HL7v2 Hierarchic
// Designator macro); contract's section on issuers.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// The system that `Patient:IssuerSystems` has for an issuer's text, letter by letter; empty: none.
std::string system_of_issuer(std::string_view text, const Options& options);

/// Of the first item of an issuer's sequence: its text's system, else its UniversalEntityID (0040,0032) as a URI by its
/// type, else `otherwise`. `sequence` as eight hexadecimal digits; where it is absent, `text` alone is looked up.
std::string system_of_issuer(const Json& dataset, std::string_view sequence, std::string_view text,
                             const std::string& otherwise, const Options& options);

} // namespace dicomcast::mapping
