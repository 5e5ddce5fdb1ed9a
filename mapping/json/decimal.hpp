// Decimal numbers as text: what a DS says, in JSON's form, digit for digit.
// Sources: DICOM PS3.5 section 6.2 (DS); RFC 8259 section 6; FHIR R4 datatypes.html#decimal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// The number as a JSON token with the same digits: `.5`, `+1`, `1.` and `007` become `0.5`, `1`, `1` and `7`.
/// Nothing if the text is no number: also `NaN`, an empty text, spaces around it; and nothing for a number beyond a
/// double's range (`1E400`), which FHIR services keep as infinity or refuse, and no validator lets pass.
std::optional<std::string> decimal_token(std::string_view text);

/// The value of a JSON number token if it is a whole number of 32 bits: `12.0` and `1.2E1` are 12.
std::optional<std::int32_t> whole_number(std::string_view token);

/// Whether two JSON number tokens are the same number to a service that keeps doubles: `1.10` and `1.1` are.
bool same_number(std::string_view a, std::string_view b);

} // namespace dicomcast::mapping
