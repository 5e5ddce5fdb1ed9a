// Reading a transaction Bundle.
#include "tests/sim/fhir_checks.hpp"
#include "tests/sim/fhir_transaction.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace dicomcast::sim {

namespace {

namespace od = simdjson::ondemand;
namespace dom = simdjson::dom;

constexpr std::string_view json_patch_type = "application/json-patch+json";

bool is_urn_uuid(std::string_view text) {
  if (!text.starts_with("urn:uuid:") || text.size() != 45)
    return false;
  for (std::size_t i = 9; i < text.size(); ++i) {
    bool dash = i == 17 || i == 22 || i == 27 || i == 32;
    bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex)
      return false;
  }
  return true;
}

[[noreturn]] void refuse(std::string text, int status = 400, std::string code = "invalid") {
  throw Refusal{status, std::move(code), std::move(text)};
}

std::string string_of(od::value value) {
  return std::string(std::string_view(value.get_string()));
}

void read_request(Operation& operation, od::object request) {
  std::string url;
  for (auto field : request) {
    std::string key(std::string_view(field.unescaped_key()));
    auto value = string_of(field.value());
    if (key == "method")
      operation.method = value;
    else if (key == "url")
      url = value;
    else if (key == "ifNoneExist")
      operation.if_none_exist = value;
    else if (key == "ifMatch")
      operation.if_match = value;
    else
      refuse("Bundle.entry.request." + key + " is not known");
  }
  auto slash = url.find('/');
  operation.type = url.substr(0, slash);
  if (slash != std::string::npos)
    operation.id = url.substr(slash + 1);
  if (operation.type.empty() || operation.id.find('/') != std::string::npos || url.find('?') != std::string::npos)
    refuse("Bundle.entry.request.url '" + url + "' is neither Type nor Type/id");
}

Operation read_entry(od::object entry) {
  Operation operation;
  bool has_request = false;
  for (auto field : entry) {
    std::string key(std::string_view(field.unescaped_key()));
    if (key == "fullUrl") {
      operation.full_url = string_of(field.value());
    } else if (key == "resource") {
      operation.resource = std::string_view(simdjson::to_json_string(field.value()));
    } else if (key == "request") {
      read_request(operation, field.value().get_object());
      has_request = true;
    } else {
      refuse("Bundle.entry." + key + " is not known");
    }
  }
  if (!has_request)
    refuse("Bundle.entry has no request");
  return operation;
}

/// The JSON Patch in a Binary.
std::string read_binary(const std::string& resource) {
  auto json = mapping::Json::parse(resource);
  if (!json || json->text("resourceType") != "Binary" || json->text("contentType") != json_patch_type)
    refuse("a PATCH needs a Binary of content type " + std::string(json_patch_type));
  auto patch = decode_base64(json->text("data"));
  if (!patch)
    refuse("Binary.data is not base64");
  return *patch;
}

/// Through a proxy a client knows the service by another address, so that is only noted.
void check_full_url(const Operation& operation, const std::string& base, std::vector<std::string>& notes) {
  const auto& url = operation.full_url;
  auto key = "/" + operation.type + "/" + operation.id;
  if (!url.starts_with("http") || !url.ends_with(key))
    refuse("fullUrl '" + url + "' of an update is not the resource's absolute URL");
  if (url != base + key)
    notes.push_back("fullUrl '" + url + "' is not below " + base);
}

void check_shape(const Operation& operation) {
  const auto& method = operation.method;
  bool creates = method == "POST", deletes = method == "DELETE";
  if (!creates && !deletes && method != "PUT" && method != "PATCH")
    refuse("Bundle.entry.request.method '" + method + "' is none of a transaction's here");
  if (creates != operation.id.empty())
    refuse("a " + method + " to '" + operation.type + "/" + operation.id + "'");
  if (deletes != operation.resource.empty())
    refuse("a " + method + (deletes ? " with" : " without") + " a resource");
  if (creates && !is_urn_uuid(operation.full_url))
    refuse("fullUrl '" + operation.full_url + "' of a create is no lower-case urn:uuid:");
  if (operation.if_match && (creates || !parse_weak_etag(*operation.if_match)))
    refuse("ifMatch '" + *operation.if_match + "' of a " + method);
  if (operation.if_none_exist &&
      (!creates || operation.if_none_exist->empty() || operation.if_none_exist->find('?') != std::string::npos))
    refuse("ifNoneExist '" + *operation.if_none_exist + "' of a " + method + " is not the query of a search");
}

void check_contents(Operation& operation, const dom::element& resource) {
  auto checked = check_resource(resource);
  if (!checked.error.empty())
    refuse(checked.error);
  operation.references = std::move(checked.references);
  if (operation.method == "PATCH")
    return;
  std::string_view type, id;
  if (resource["resourceType"].get_string().get(type) || type != operation.type)
    refuse("a " + std::string(type) + " is sent to " + operation.type);
  bool has_id = !resource["id"].get_string().get(id);
  if (operation.method == "PUT" ? id != operation.id : has_id)
    refuse("the resource's id '" + std::string(id) + "' is not that of its request");
}

void check_together(const std::vector<Operation>& operations, std::vector<std::string>& notes) {
  static constexpr std::array<std::string_view, 4> order{"Patient", "Endpoint", "ImagingStudy", "Observation"};
  std::set<std::string> full_urls, targets, conditions;
  std::ptrdiff_t last = 0;
  std::string group;
  for (const auto& operation : operations) {
    if (!operation.full_url.empty() && !full_urls.insert(operation.full_url).second)
      refuse("fullUrl '" + operation.full_url + "' stands twice");
    if (!operation.id.empty() && !targets.insert(operation.type + "/" + operation.id).second)
      refuse(operation.type + "/" + operation.id + " is written twice");
    if (operation.if_none_exist && !conditions.insert(operation.type + "?" + *operation.if_none_exist).second)
      refuse("ifNoneExist '" + *operation.if_none_exist + "' stands twice");
    if (operation.method == "PUT" && !operation.if_match)
      notes.push_back("a PUT of " + operation.type + "/" + operation.id + " without ifMatch");
    if (operation.method == "POST" && !operation.if_none_exist)
      notes.push_back("a create of " + operation.type + " without ifNoneExist");
    auto place = std::find(order.begin(), order.end(), operation.type) - order.begin();
    if (place < last)
      notes.push_back("a " + operation.type + " after a " + std::string(order[static_cast<std::size_t>(last)]) +
                      " in a transaction");
    last = std::min<std::ptrdiff_t>(place, 3);
  }
}

std::vector<Operation> read_whole(const simdjson::padded_string& padded) {
  thread_local od::parser parser;
  std::vector<Operation> operations;
  std::string resource_type, type;
  od::document document = parser.iterate(padded);
  for (auto field : document.get_object()) {
    std::string key(std::string_view(field.unescaped_key()));
    if (key == "resourceType")
      resource_type = string_of(field.value());
    else if (key == "type")
      type = string_of(field.value());
    else if (key == "entry")
      for (auto entry : field.value().get_array())
        operations.push_back(read_entry(entry.get_object()));
    else
      refuse("Bundle." + key + " is not known");
  }
  if (resource_type != "Bundle" || type != "transaction")
    refuse("a " + resource_type + " of type '" + type + "' is no transaction Bundle");
  return operations;
}

} // namespace

std::variant<std::vector<Operation>, Refusal> read_transaction(std::string_view body, const std::string& base,
                                                               bool strict, std::vector<std::string>& notes) {
  try {
    simdjson::padded_string padded(body);
    auto operations = read_whole(padded);
    if (strict) {
      thread_local dom::parser parser;
      dom::element bundle = parser.parse(padded);
      std::size_t at = 0;
      if (!operations.empty())
        for (auto entry : dom::array(bundle["entry"])) {
          auto& operation = operations[at++];
          check_shape(operation);
          if (operation.method == "PUT")
            check_full_url(operation, base, notes);
          if (operation.method != "DELETE")
            check_contents(operation, entry["resource"]);
        }
      check_together(operations, notes);
    }
    for (auto& operation : operations)
      if (operation.method == "PATCH")
        operation.resource = read_binary(operation.resource);
    return operations;
  } catch (const Refusal& refusal) {
    return refusal;
  } catch (const simdjson::simdjson_error& e) {
    return Refusal{400, "structure", std::string("the Bundle is malformed: ") + e.what()};
  }
}

std::optional<Refusal> check_write(Operation& operation) {
  try {
    thread_local dom::parser parser;
    dom::element resource = parser.parse(simdjson::padded_string(operation.resource));
    check_contents(operation, resource);
    return std::nullopt;
  } catch (const Refusal& refusal) {
    return refusal;
  } catch (const simdjson::simdjson_error& e) {
    return Refusal{400, "structure", std::string("the resource is malformed: ") + e.what()};
  }
}

} // namespace dicomcast::sim
