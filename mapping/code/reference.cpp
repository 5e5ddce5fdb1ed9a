// Writes logical references and the identifiers in them.
#include "mapping/code/reference.hpp"

#include "mapping/code/code.hpp"

namespace dicomcast::mapping {

std::optional<Json> reference_to(std::string_view type, Json identifier, std::string_view display,
                                 References references) {
  Json out;
  switch (references) {
  case References::Logical:
    if (identifier.is_null() && display.empty())
      return std::nullopt;
    out.set("type", type);
    if (!identifier.is_null())
      out.set("identifier", std::move(identifier));
    break;
  case References::Display:
    if (display.empty())
      return std::nullopt;
    break;
  case References::None:
    return std::nullopt;
  }
  if (!display.empty())
    out.set("display", display);
  return out;
}

bool holds_logical_reference(std::string_view json_text) {
  for (auto type : {"ServiceRequest", "Encounter", "Practitioner", "Location", "Device"})
    if (json_text.find("{\"type\":\"" + std::string(type) + "\"") != json_text.npos)
      return true;
  return false;
}

Json plain_identifier(std::string_view system, std::string_view value) {
  Json out;
  if (!system.empty())
    out.set("system", system);
  out.set("value", value);
  return out;
}

Json typed_identifier(std::string_view type_system, std::string_view type_code, std::string_view type_display,
                      std::string_view system, std::string_view value) {
  Json out;
  out.set("type", codeable_concept(type_system, type_code, type_display));
  if (!system.empty())
    out.set("system", system);
  out.set("value", value);
  return out;
}

Json device_identifier(std::string_view device_uid, std::string_view serial_number) {
  if (!device_uid.empty())
    return plain_identifier("urn:dicom:uid", "urn:oid:" + std::string(device_uid));
  if (!serial_number.empty())
    return typed_identifier(identifier_type_system, "SNO", {}, {}, serial_number);
  return {};
}

} // namespace dicomcast::mapping
