// Builds structured reports in the DICOM JSON model, an item a call.
#pragma once

#include "mapping/json/json.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sr {

using dicomcast::mapping::Json;

inline Json attribute(std::string_view vr, Json::Array values) {
  Json out;
  out.set("vr", vr);
  if (!values.empty())
    out.set("Value", std::move(values));
  return out;
}
inline Json sequence(Json::Array items) {
  return attribute("SQ", std::move(items));
}

/// A code: `113701|DCM|X-Ray Radiation Dose Report`; an empty part is left out.
inline Json code(std::string_view text) {
  Json out;
  for (auto tag : {"00080100", "00080102", "00080104"}) {
    auto part = text.substr(0, text.find('|'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (!part.empty())
      out.set(tag, attribute("SH", {part}));
  }
  return out;
}

/// An item with this name; `tag` holds its value.
inline Json item(std::string_view name, std::string_view tag = {}, Json value = {}) {
  Json out;
  out.set("0040A043", sequence({code(name)}));
  if (!tag.empty())
    out.set(tag, std::move(value));
  return out;
}
inline Json container(std::string_view name, Json::Array children) {
  return item(name, "0040A730", sequence(std::move(children)));
}
inline Json number(std::string_view name, Json value, std::string_view unit = "mGy|UCUM|milligray") {
  Json measured;
  measured.set("0040A30A", attribute("DS", {std::move(value)}));
  if (!unit.empty())
    measured.set("004008EA", sequence({code(unit)}));
  return item(name, "0040A300", sequence({std::move(measured)}));
}
inline Json coded(std::string_view name, std::string_view value) {
  return item(name, "0040A168", sequence({code(value)}));
}
inline Json text(std::string_view name, Json value) {
  return item(name, "0040A160", attribute("UT", {std::move(value)}));
}
inline Json uid(std::string_view name, Json value) {
  return item(name, "0040A124", attribute("UI", {std::move(value)}));
}
inline Json date_time(std::string_view name, Json value) {
  return item(name, "0040A120", attribute("DT", {std::move(value)}));
}

/// Children below an item that has a value already.
inline Json with(Json parent, Json::Array children) {
  parent.set("0040A730", sequence(std::move(children)));
  return parent;
}

inline constexpr auto ct_report = "113701|DCM|X-Ray Radiation Dose Report";
inline constexpr auto ct_event = "113819|DCM|CT Acquisition";
inline constexpr auto event_uid = "113769|DCM|Irradiation Event UID";
inline constexpr auto ctdi = "113830|DCM|Mean CTDIvol";

} // namespace sr
