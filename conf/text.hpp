// The ground floor for text: what every room needs and none owns. Text is UTF-8 unless it says bytes; nothing here
// knows DICOM, FHIR or HTTP. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::text {

// Case. ASCII alone, for names that a standard or we ourselves chose: keys, headers, words of an interface.
std::string lower_case(std::string_view text);
bool equal_but_for_case(std::string_view a, std::string_view b);
/// In lower case as far as FHIR services compare so: ASCII, Latin, Greek and Cyrillic letters. For text of the data, to
/// tell what such a service takes for the same; other characters and bytes that are no UTF-8 stay.
std::string fold_case(std::string_view text);

/// Without spaces, tabs, CR and LF at both ends. (The padding of a DICOM value is another: mapping/validity.hpp.)
std::string_view trimmed(std::string_view text);
/// A URL or path without the slashes at its end.
std::string_view without_trailing_slashes(std::string_view url);
/// Whether it holds nothing but spaces, tabs, CR and LF.
bool is_blank(std::string_view text);
/// Without the byte order mark (U+FEFF) that some programs write before JSON, against RFC 8259 section 8.1.
std::string_view without_byte_order_mark(std::string_view text);

/// All bytes but the unreserved characters as `%XX` (RFC 3986 section 2.1 and 2.3). Also right in a form's body.
std::string percent_encoded(std::string_view bytes);
/// RFC 4648 section 4, padded, without line breaks.
std::string base64(std::string_view bytes);
/// Strictly: groups of four, padding at the end alone. Nothing for other text and for an empty one.
std::optional<std::string> base64_decoded(std::string_view text);

/// The longest beginning of at most `most` bytes that ends between two characters.
std::string_view cut(std::string_view text, std::size_t most);
/// The same, with `...` behind it where something was cut off.
std::string shortened(std::string_view text, std::size_t most);

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD"; ///< U+FFFD

/// The first character of a text. Where the bytes are no UTF-8: U+FFFD, and as long as their maximal subpart
/// (Unicode 3.9).
struct Character {
  char32_t code;
  std::size_t length; ///< bytes
  bool is_well_formed;
};
/// Precondition: the text is not empty.
Character first_character(std::string_view text);

/// Whether the byte is one of C0 or DEL.
constexpr bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
}
/// Whether the text holds a control character: C0, DEL or C1 (U+0080 to U+009F).
bool has_control(std::string_view text);

/// For a terminal, a log and a row of a table: one line that cannot steer what shows it. Control characters (C0, DEL,
/// C1), line separators (U+2028, U+2029), bidirectional controls and runs of spaces become one space, none at the ends;
/// bytes that are no UTF-8 become U+FFFD. Text from outside is shown in this form alone. Applied twice it changes
/// nothing more.
std::string one_line(std::string_view text);
/// In double quotes, so that it can be seen what was there: those characters, quotes and backslashes as JSON escapes.
std::string quoted(std::string_view text);

} // namespace dicomcast::text
