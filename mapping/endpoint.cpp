// Endpoint: FHIR R4 endpoint.html; DICOM PS3.18 chapter 10 (Studies service).
#include "mapping/merge.hpp"

#include "mapping/code/code.hpp"
#include "mapping/identity.hpp"

namespace dicomcast::mapping {

namespace {

void add_identifier(Json& endpoint, const Identifier& identifier) {
  Json added = Json::object();
  added.set("system", identifier.system);
  added.set("value", identifier.value);
  endpoint.array_at("identifier").push_back(std::move(added));
}

} // namespace

bool merge_endpoint(const Options& options, std::optional<Json>& endpoint) {
  bool is_new = !endpoint;
  if (is_new)
    endpoint = Json::object();
  if (is_new)
    endpoint->set("resourceType", "Endpoint");
  bool lacks_identifier = !options.is_original() && !has_identifier(*endpoint, endpoint_identifier(options));
  if (lacks_identifier)
    add_identifier(*endpoint, endpoint_identifier(options));
  if (!is_new)
    return lacks_identifier;

  Json type = Json::object();
  type.set("system", endpoint_type_system);
  type.set("code", endpoint_type_code);
  auto payload = options.is_original() ? Json::object() : codeable_concept(dcm_system, "113014", "Study");
  payload.set("text", "DICOM WADO-RS");
  endpoint->set("status", "active");
  endpoint->set("connectionType", std::move(type));
  endpoint->set("name", endpoint_name(options));
  endpoint->array_at("payloadType").push_back(std::move(payload));
  endpoint->array_at("payloadMimeType").push_back("application/dicom");
  endpoint->set("address", options.endpoint_address);
  return true;
}

} // namespace dicomcast::mapping
