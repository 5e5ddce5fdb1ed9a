// The simulated FHIR service.
#include "tests/sim/fhir_service.hpp"

#include "tests/sim/normalised_state.hpp"

#include <stdexcept>

namespace dicomcast::sim {

using mapping::Json;

namespace {

/// The `type` of a Bundle, found without reading it whole.
std::string_view bundle_kind(std::string_view body) {
  for (auto at = body.find("\"type\""); at != std::string_view::npos; at = body.find("\"type\"", at + 1)) {
    auto value = body.substr(at + 6, 64);
    auto quote = value.find('"');
    if (quote == std::string_view::npos)
      break;
    value.remove_prefix(quote + 1);
    if (value.starts_with("batch\""))
      return "batch";
    if (value.starts_with("transaction\""))
      return "transaction";
  }
  return "transaction";
}

} // namespace

FhirService::FhirService(FhirOptions options) : Service(options), fhir_(std::move(options)), store_(fhir_.store) {
  serve();
}

FhirService::~FhirService() {
  stop();
}

Service::Classified FhirService::classify(const HttpRequest& request, const Target& target) const {
  if (target.path == "/")
    return request.method == "POST" ? Classified{std::string(bundle_kind(request.body)), ""} : Classified{"other", ""};
  auto slash = target.path.find('/', 1);
  auto type = target.path.substr(1, slash == std::string::npos ? std::string::npos : slash - 1);
  if (type == "metadata")
    return {"metadata", ""};
  bool posted_search = target.path.ends_with("/_search") && request.method == "POST";
  if (request.method != "GET" && !posted_search)
    return {"write", type};
  return {slash == std::string::npos || posted_search ? "search" : "read", type};
}

HttpReply FhirService::answer(const HttpRequest& request, const Target& target, const Classified& what) {
  if (fhir_.max_target_bytes && request.target.size() > fhir_.max_target_bytes)
    return refusal(fhir_.long_target_status, "the URL is too long");
  if (fhir_.max_body_bytes && request.body.size() > fhir_.max_body_bytes)
    return refusal(413, "the body is too large");
  if (what.kind == "metadata")
    return metadata();
  if (what.kind == "search") {
    auto question = request.target.find('?');
    auto query = question == std::string::npos ? std::string() : request.target.substr(question + 1);
    if (request.method == "POST")
      query += (query.empty() ? "" : "&") + request.body;
    return search(what.type, parse_query(query), query);
  }
  if (what.kind == "read")
    return read(what.type, target.path.substr(what.type.size() + 2));
  if (what.kind == "other")
    return refusal(405, "not possible here");
  if (request.header("content-type").substr(0, 21) != "application/fhir+json" && request.method != "DELETE")
    return refusal(415, "the content type is not application/fhir+json");
  if (what.kind == "batch")
    return run_batch(request);
  return what.kind == "transaction" ? run_transaction(request) : write(request, target);
}

HttpReply FhirService::refuse(const Refusal& refusal) const {
  Json issue = Json::object();
  issue.set("severity", "error");
  issue.set("code", refusal.code);
  issue.set("diagnostics", refusal.text);
  Json outcome = Json::object();
  outcome.set("resourceType", "OperationOutcome");
  outcome.array_at("issue").push_back(std::move(issue));
  auto reply = json_reply(refusal.status, outcome.to_text());
  reply.content_type = "application/fhir+json; charset=utf-8";
  return reply;
}

HttpReply FhirService::refusal(int status, const std::string& text) const {
  switch (status) {
  case 401:
    return refuse({status, "login", text});
  case 403:
    return refuse({status, "forbidden", text});
  case 404:
    return refuse({status, "not-found", text});
  case 410:
    return refuse({status, "deleted", text});
  case 413:
    return refuse({status, "too-long", text});
  case 429:
    return refuse({status, "throttled", text});
  case 503:
    return refuse({status, "transient", text});
  default:
    return refuse({status, "processing", text});
  }
}

HttpReply FhirService::control(const HttpRequest& request, const Target& target, std::string_view path) {
  bool is_get = request.method == "GET", is_post = request.method == "POST";
  if (is_get && path == "/resources") {
    auto type = target.parameter("type").value_or("");
    std::string out = "[";
    store_.for_each([&](const Resource& resource) {
      if (type.empty() || type == resource.type)
        resource.append_text(out += out.size() > 1 ? ",\n" : "\n");
    });
    return json_reply(200, out += "\n]\n");
  }
  if (is_get && (path == "/state" || path == "/state/hash")) {
    auto reply = json_reply(200, path == "/state" ? sim::normalised_state(store_) : sim::state_hash(store_) + "\n");
    reply.content_type = "text/plain; charset=utf-8";
    return reply;
  }
  auto json = is_post ? Json::parse(request.body) : std::nullopt;
  if (is_post && !json)
    return refusal(400, "not JSON");
  try {
    if (is_post && path == "/resources") {
      Json ids = Json::array();
      for (const auto& id : load(*json))
        ids.push_back(id);
      return json_reply(200, ids.to_text());
    }
    if (is_post && path == "/external-writes") {
      writer_.add(read_external_write_rule(*json));
      return json_reply(204, "");
    }
  } catch (const std::invalid_argument& e) {
    return refusal(400, e.what());
  }
  return refusal(404, "nothing is here");
}

std::vector<std::string> FhirService::load(const Json& json) {
  if (const auto* list = json.if_array()) {
    std::vector<std::string> ids;
    for (const auto& one : *list)
      for (auto& id : load(one))
        ids.push_back(std::move(id));
    return ids;
  }
  if (json.text("resourceType") == "Bundle") {
    std::vector<std::string> ids;
    for (const auto& entry : json.items("entry"))
      if (const auto* resource = entry.find("resource"))
        for (auto& id : load(*resource))
          ids.push_back(std::move(id));
    return ids;
  }
  auto parts = split_resource(json.to_text());
  if (!parts)
    throw std::invalid_argument("not a resource");
  while (parts->id.empty() || (json.text("id").empty() && store_.find(parts->type, parts->id)))
    parts->id = store_.new_id();
  return {store_.put(std::move(*parts)).id};
}

void FhirService::configure(const std::function<void(FhirOptions&)>& change) {
  std::lock_guard lock(mutex_);
  change(fhir_);
}

std::string FhirService::preload(std::string_view resource) {
  std::lock_guard lock(mutex_);
  auto json = Json::parse(resource);
  if (!json)
    throw std::invalid_argument("not JSON");
  auto ids = load(*json);
  return ids.empty() ? std::string() : ids.front();
}

void FhirService::add_external_write(ExternalWriteRule rule) {
  std::lock_guard lock(mutex_);
  writer_.add(std::move(rule));
}

bool FhirService::change(const std::string& type, const std::string& id, bool extended) {
  std::lock_guard lock(mutex_);
  auto* resource = store_.find(type, id);
  if (!resource)
    return false;
  extended ? extend(store_, *resource) : store_.touch(*resource);
  return true;
}

bool FhirService::remove(const std::string& type, const std::string& id) {
  std::lock_guard lock(mutex_);
  auto* resource = store_.find(type, id);
  if (resource)
    store_.remove(*resource);
  return resource;
}

std::vector<std::string> FhirService::resources(std::string_view type) const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  store_.for_each([&](const Resource& resource) {
    if (type.empty() || type == resource.type)
      out.push_back(resource.text());
  });
  return out;
}

std::vector<Json> FhirService::documents(std::string_view type) const {
  std::vector<Json> out;
  for (const auto& text : resources(type))
    out.push_back(*Json::parse(text));
  return out;
}

std::size_t FhirService::count(std::string_view type) const {
  std::lock_guard lock(mutex_);
  std::size_t count = 0;
  store_.for_each([&](const Resource& resource) { count += type.empty() || type == resource.type; });
  return count;
}

std::string FhirService::normalised_state() const {
  std::lock_guard lock(mutex_);
  return sim::normalised_state(store_);
}

std::string FhirService::state_hash() const {
  std::lock_guard lock(mutex_);
  return sim::state_hash(store_);
}

} // namespace dicomcast::sim
