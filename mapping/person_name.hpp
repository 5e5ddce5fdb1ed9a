// A DICOM person name as the parts of a FHIR HumanName. Source: DICOM PS3.5 section 6.2.1; FHIR R4
// datatypes.html#HumanName, extension iso21090-EN-representation.
#pragma once

#include "mapping/feed/entry.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

/// The groups of a name, which `=` separates.
enum class NameGroup { Alphabetic, Ideographic, Phonetic };

/// One group of a name, `family^given^middle^prefix^suffix`, each split at spaces. None: it is not there, or has
/// nothing but separators.
std::optional<PatientFacts::Name> name_group(std::string_view value, NameGroup group);
/// The first group that is there.
std::optional<PatientFacts::Name> person_name(std::string_view value);

/// A HumanName of these parts; a usual one of that representation (`ABC`, `IDE`, `SYL`) where it is not empty.
Json human_name_of(const PatientFacts::Name& name, std::string_view representation);
/// The representation that a HumanName says; empty: none.
std::string_view representation_of(const Json& human_name);

/// The parts, with a space between them.
std::string joined(const std::vector<std::string>& parts);

} // namespace dicomcast::mapping
