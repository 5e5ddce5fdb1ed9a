// Whether a value is what its VR says. Source: DICOM PS3.5 section 6.2, but that text has no maximum length here.
// Values come without their padding (see without_padding).
#pragma once

#include "mapping/tags.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// Without spaces around it and without trailing NULs: padding, which is no part of a value (PS3.5 section 6.2).
std::string_view without_padding(std::string_view value);

bool is_uid(std::string_view value);         ///< UI: no component with a leading zero, at most 64 characters
bool is_code_string(std::string_view value); ///< CS: A-Z, 0-9, space, underscore, at most 16 characters
bool is_date(std::string_view value);        ///< DA: a day that exists, YYYYMMDD, from the year 1 on
bool is_time(std::string_view value);        ///< TM: HH[MM[SS[.F to .FFFFFF]]]; second 60 is a leap second
bool is_zone(std::string_view value);        ///< +HHMM or -HHMM, from -1200 to +1400
bool is_text(std::string_view value);        ///< LO, SH: no control character (C0, DEL, C1), no backslash
bool is_name(std::string_view value);        ///< PN: as text, and each group of at most five components
/// IS: an integer of 32 bits.
std::optional<std::int32_t> integer_of(std::string_view value);

/// Whether a value that is not empty has this form.
bool has_form(Form form, std::string_view value);
/// What a value without the form is, to be read after the value: `is no date YYYYMMDD`.
const char* fault_of(Form form);

/// Line breaks and tabs as a space each, then without spaces around it.
std::string in_one_line(std::string_view value);

/// The text, cut where it is long.
std::string excerpt(std::string_view text);
/// A value as a message shows it: an excerpt in quotes, control characters escaped.
std::string in_quotes(std::string_view value);

} // namespace dicomcast::mapping
