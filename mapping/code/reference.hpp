// What stands for a resource that dicomcast does not own: a logical reference. Source: FHIR R4
// references.html#logical; contract's key `Mapping:References`.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"

#include <optional>
#include <string_view>

namespace dicomcast::mapping {

/// A Reference to a resource of that type; `identifier` null and `display` empty: it has none. Nothing: the options
/// want none, or nothing is left to tell it by.
std::optional<Json> reference_to(std::string_view type, Json identifier, std::string_view display,
                                 References references);

/// Whether the text of a Bundle or resource holds such a reference, with its type, of those that are made here.
bool holds_logical_reference(std::string_view json_text);

/// An Identifier of a type: `type_system` and `code`, with `type_display` where that is not empty; without `system`
/// where that is empty.
Json typed_identifier(std::string_view type_system, std::string_view type_code, std::string_view type_display,
                      std::string_view system, std::string_view value);
/// The same without a type.
Json plain_identifier(std::string_view system, std::string_view value);

/// A device as it is known by its UID or else by its serial number; null: neither is given. The UID must be valid.
Json device_identifier(std::string_view device_uid, std::string_view serial_number);

} // namespace dicomcast::mapping
