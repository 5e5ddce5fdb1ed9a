// Rows as entities of Azure tables, and back.
#pragma once

#include "io/state/state_row.hpp"
#include "mapping/json/json.hpp"

#include <string>
#include <string_view>

namespace dicomcast::io {

/// The most UTF-16 code units of a text property are 32,768.
inline constexpr std::size_t azure_text_limit = 32'000;

/// What the service takes as a text: broken UTF-8 and control characters become U+FFFD; cut at azure_text_limit.
std::string azure_text(std::string_view text);
/// What it takes as a key: also no `/`, `\`, `#`, `?`, tab or line break; at most 256 bytes.
std::string azure_key(std::string_view text);

/// The entity's JSON, keys included.
std::string entity_of(const NewRow& row);

/// Of an entity of ours or of the original's: there the time is the server's, and of the message the stack trace is
/// left out.
ExceptionRow row_of(const mapping::Json& entity, ExceptionTable table);

/// An Int64, which comes as a text, or an Int32. `absent` where there is none.
std::int64_t integer_of(const mapping::Json& entity, std::string_view property, std::int64_t absent);

/// The server's Timestamp in the form of utc_timestamp.
std::string server_time_of(const mapping::Json& entity);

} // namespace dicomcast::io
