// A stored resource: versions, meta, identifiers.
#include "tests/sim/fhir_store.hpp"

#include <simdjson.h>

namespace dicomcast::sim {

using mapping::Json;

namespace {

namespace od = simdjson::ondemand;

void append_member(std::string& out, std::string_view key, std::string_view raw) {
  if (!out.empty())
    out += ',';
  out.append("\"").append(key).append("\":").append(raw);
}

Token token_of(const Json& json, std::string_view value) {
  return {std::string(json.text("system")), std::string(json.text(value))};
}

void read_member(ResourceParts& parts, std::string_view key, std::string_view raw) {
  if (key == "resourceType" || key == "id") {
    auto json = Json::parse(raw);
    if (const auto* text = json ? json->if_string() : nullptr)
      (key == "id" ? parts.id : parts.type) = *text;
    return;
  }
  if (key == "meta") {
    auto json = Json::parse(raw);
    if (const auto* members = json ? json->if_object() : nullptr)
      for (const auto& [name, value] : *members)
        if (name != "versionId" && name != "lastUpdated")
          append_member(parts.meta, name, value.to_text());
    return;
  }
  append_member(parts.rest, key, raw);
  if (key != "identifier" && key != "connectionType" && key != "name")
    return;
  auto json = Json::parse(raw);
  if (!json)
    return;
  if (key == "name") {
    if (const auto* text = json->if_string())
      parts.name = *text;
  } else if (key == "connectionType") {
    parts.connection_types.push_back(token_of(*json, "code"));
  } else if (const auto* list = json->if_array()) {
    for (const auto& identifier : *list)
      parts.identifiers.push_back(token_of(identifier, "value"));
  } else {
    parts.identifiers.push_back(token_of(*json, "value"));
  }
}

} // namespace

std::optional<ResourceParts> split_resource(std::string_view json) {
  thread_local od::parser parser;
  simdjson::padded_string padded(json);
  ResourceParts parts;
  parts.rest.reserve(json.size());
  try {
    od::document document = parser.iterate(padded);
    for (auto field : document.get_object()) {
      std::string key(std::string_view(field.unescaped_key()));
      std::string_view raw = simdjson::to_json_string(field.value());
      read_member(parts, key, raw);
    }
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
  if (parts.type.empty())
    return std::nullopt;
  return parts;
}

void Resource::append_text(std::string& out) const {
  if (document)
    return document->write(out);
  out.append(R"({"resourceType":")").append(type).append(R"(","id":)");
  Json::write_string(id, out);
  out.append(R"(,"meta":{"versionId":")")
      .append(version)
      .append(R"(","lastUpdated":")")
      .append(last_updated)
      .append("\"");
  if (!meta.empty())
    out.append(",").append(meta);
  out += '}';
  if (!rest.empty())
    out.append(",").append(rest);
  out += '}';
}

std::string Resource::text() const {
  std::string out;
  out.reserve(rest.size() + 256);
  append_text(out);
  return out;
}

} // namespace dicomcast::sim
