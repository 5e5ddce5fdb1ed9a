// Writing transaction Bundles, reading what answers them.
#include "io/fhir.hpp"

#include "conf/text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace dicomcast::io::fhir {

namespace {

using mapping::Json;

constexpr std::string_view json_patch = "application/json-patch+json";

Error error(ErrorCode code, const std::string& operation, int status, std::string cause) {
  Error result;
  result.code = code;
  result.operation = operation;
  result.status = status;
  result.cause = std::move(cause);
  return result;
}

/// The JSON of a successful answer.
Outcome<Json> read_success(const ServiceResult& result, const std::string& operation) {
  if (auto* failed = std::get_if<Error>(&result)) {
    Error copy = *failed;
    copy.operation = copy.is_of_token_service ? operation + ": " + copy.operation : operation;
    return copy;
  }
  auto& response = std::get<HttpResponse>(result);
  if (response.status < 200 || response.status > 299)
    return error_of(response, operation);
  if (text::is_blank(response.body))
    return error(ErrorCode::BrokenAnswer, operation, response.status, "the answer is empty");
  std::string why;
  if (auto json = Json::parse(response.body, &why))
    return std::move(*json);
  return error(ErrorCode::BrokenAnswer, operation, response.status, "the answer is not JSON: " + why);
}

int status_of(const ServiceResult& result) {
  return std::get<HttpResponse>(result).status;
}

/// For a message: what a document is.
std::string describe(const Json& json) {
  if (!json.is_object())
    return "the answer is no JSON object";
  std::string type(json.text("resourceType"));
  if (type.empty())
    return "the answer has no resourceType";
  if (auto bundle_type = json.text("type"); type == "Bundle")
    return "the answer is a Bundle of type '" + std::string(bundle_type) + "'";
  for (auto& issue : json.items("issue")) {
    auto text = issue.text("diagnostics");
    if (auto* details = issue.find("details"); text.empty() && details)
      text = details->text("text");
    if (!text.empty())
      return "the answer is a resource of type " + type + ": " + std::string(text);
  }
  return "the answer is a resource of type " + type;
}

bool is_bundle(const Json& json, std::string_view type) {
  auto* entry = json.find("entry");
  return json.text("resourceType") == "Bundle" && json.text("type") == type && (!entry || entry->is_array());
}

void write_member(std::string_view name, std::string_view value, std::string& out) {
  out.append(",\"").append(name).append("\":");
  Json::write_string(value, out);
}

void write_request(std::string_view method, const Write& write, std::string& out) {
  out.append("\"request\":{\"method\":\"").append(method).append("\"");
  bool is_create = write.kind == Write::Kind::Create;
  write_member("url", is_create ? write.type : write.type + "/" + write.id, out);
  if (is_create && !write.if_none_exist.empty())
    write_member("ifNoneExist", write.if_none_exist, out);
  if (!is_create && !write.version.empty())
    write_member("ifMatch", "W/\"" + write.version + "\"", out);
  out += '}';
}

void write_entry(const Write& write, std::string_view root, std::string& out) {
  out += '{';
  auto resource = [&](std::string_view full_url) {
    out += "\"fullUrl\":";
    Json::write_string(full_url, out);
    out.append(",\"resource\":").append(write.body) += ',';
  };
  switch (write.kind) {
  case Write::Kind::Create:
    resource(write.full_url);
    write_request("POST", write, out);
    break;
  case Write::Kind::Update:
    resource(std::string(root).append("/").append(write.type).append("/").append(write.id));
    write_request("PUT", write, out);
    break;
  case Write::Kind::Patch:
    out.append(R"("resource":{"resourceType":"Binary","contentType":")").append(json_patch);
    out.append(R"(","data":")").append(text::base64(write.body)).append("\"},");
    write_request("PATCH", write, out);
    break;
  case Write::Kind::Delete:
    write_request("DELETE", write, out);
    break;
  }
  out += '}';
}

/// Bundle.total (FHIR R4 bundle.html): an unsigned integer.
std::optional<std::int64_t> total_of(const Json& bundle) {
  auto* member = bundle.find("total");
  auto* number = member ? member->if_number() : nullptr;
  std::int64_t total = 0;
  if (!number ||
      std::from_chars(number->token.data(), number->token.data() + number->token.size(), total).ec != std::errc())
    return std::nullopt;
  return total;
}

/// The parts of a `location`: `[root/]Type/id[/_history/version]`.
struct Location {
  std::string_view type, id, version;
};

Location parse_location(std::string_view text) {
  text = text::without_trailing_slashes(text.substr(0, text.find_first_of("?#")));
  auto last_segment = [&] {
    auto slash = text.rfind('/');
    auto segment = slash == std::string_view::npos ? text : text.substr(slash + 1);
    text = slash == std::string_view::npos ? std::string_view() : text.substr(0, slash);
    return segment;
  };
  Location location;
  location.id = last_segment();
  location.type = last_segment();
  if (location.type == "_history") {
    location.version = location.id;
    location.id = last_segment();
    location.type = last_segment();
  }
  return location;
}

/// `W/"7"`, `"7"` or `7`: the 7.
std::string_view parse_etag(std::string_view etag) {
  if (etag.starts_with("W/"))
    etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return etag;
}

/// The code that a status such as `201 Created` begins with, or 0.
int parse_status(std::string_view text) {
  auto digit = [&](std::size_t at) { return std::isdigit(static_cast<unsigned char>(text[at])); };
  if (text.size() < 3 || !digit(0) || !digit(1) || !digit(2) || (text.size() > 3 && digit(3)))
    return 0;
  return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/// One entry of a transaction-response. `place`: how to name it in a message.
Outcome<Written> read_entry(const Json& entry, const Write& write, const std::string& operation, int http_status,
                            const std::string& place) {
  auto unexpected = [&](const std::string& what) {
    return error(ErrorCode::UnexpectedAnswer, operation, http_status, place + " " + what);
  };
  auto* response = entry.find("response");
  if (!response || !response->is_object())
    return unexpected("has no response");
  auto status_text = response->text("status");
  Written written;
  written.status = parse_status(status_text);
  if (written.status == 409 || written.status == 412)
    return error(ErrorCode::Conflict, operation, written.status, place + " has the status " + std::string(status_text));
  if (written.status < 200 || written.status > 299) {
    auto* outcome = response->find("outcome");
    return unexpected("has the status '" + std::string(status_text) + "'" +
                      (outcome ? " (" + describe(*outcome) + ")" : ""));
  }
  if (auto text = response->text("location"); !text.empty()) {
    auto location = parse_location(text);
    if (location.type != write.type || location.id.empty() || (!write.id.empty() && location.id != write.id))
      return unexpected("is at '" + std::string(text) + "'");
    written.id = location.id;
    written.version = location.version;
  }
  if (auto* resource = entry.find("resource"); resource && resource->is_object() && write.kind != Write::Kind::Delete &&
                                               resource->text("resourceType") != "OperationOutcome") {
    auto id = resource->text("id");
    if (resource->text("resourceType") != write.type || (!write.id.empty() && !id.empty() && id != write.id))
      return unexpected("holds " + std::string(resource->text("resourceType")) + "/" + std::string(id));
    if (written.id.empty())
      written.id = id;
    if (auto* meta = resource->find("meta"); meta && written.version.empty())
      written.version = meta->text("versionId");
  }
  if (!write.id.empty())
    written.id = write.id;
  if (auto version = parse_etag(response->text("etag")); !version.empty())
    written.version = version;
  return written;
}

} // namespace

Outcome<SearchPage> read_search(const ServiceResult& result, std::string_view type, std::string operation) {
  auto answer = read_success(result, operation);
  if (auto* failed = std::get_if<Error>(&answer))
    return std::move(*failed);
  auto& bundle = std::get<Json>(answer);
  auto unexpected = [&](std::string what) {
    return error(ErrorCode::UnexpectedAnswer, operation, status_of(result), std::move(what));
  };
  if (!is_bundle(bundle, "searchset"))
    return unexpected(describe(bundle) + ", not a searchset");
  SearchPage page;
  page.total = total_of(bundle);
  for (auto& link : bundle.items("link"))
    if (link.text("relation") == "next")
      page.next = link.text("url");
  if (auto* entries = bundle.find("entry"))
    for (auto& entry : *entries->if_array()) {
      auto* resource = entry.find("resource");
      if (!resource || !resource->is_object())
        return unexpected("an entry of the searchset has no resource");
      auto* search = entry.find("search");
      auto mode = search ? search->text("mode") : std::string_view();
      if (resource->text("resourceType") == type && (mode.empty() || mode == "match"))
        page.resources.push_back(std::move(*resource));
    }
  return page;
}

Outcome<Json> read_resource(const ServiceResult& result, std::string_view type, std::string operation) {
  auto answer = read_success(result, operation);
  if (auto* resource = std::get_if<Json>(&answer); resource && resource->text("resourceType") != type)
    return error(ErrorCode::UnexpectedAnswer, operation, status_of(result),
                 describe(*resource) + ", not of type " + std::string(type));
  return answer;
}

std::string check_capabilities(const Json& statement) {
  if (statement.text("resourceType") != "CapabilityStatement")
    return "what it answers to /metadata is no CapabilityStatement: " + describe(statement);
  auto version = statement.text("fhirVersion");
  if (version != "4.0.0" && version != "4.0.1")
    return "it speaks FHIR " + (version.empty() ? "of an unnamed version" : std::string(version)) +
           "; dicomcast needs R4 (4.0.0 or 4.0.1)";
  for (auto& rest : statement.items("rest"))
    for (auto& interaction : rest.items("interaction"))
      if (interaction.text("code") == "transaction")
        return {};
  return "it does not offer transactions: no rest element of its CapabilityStatement lists the interaction";
}

bool offers_json_patch(const Json& statement) {
  auto& formats = statement.items("patchFormat");
  if (std::find(formats.begin(), formats.end(), Json(json_patch)) == formats.end())
    return false;
  for (auto& rest : statement.items("rest"))
    for (auto& resource : rest.items("resource")) {
      auto& listed = resource.items("interaction");
      if (resource.text("type") == "ImagingStudy" && !listed.empty())
        return std::any_of(listed.begin(), listed.end(), [](auto& one) { return one.text("code") == "patch"; });
    }
  return true;
}

std::string transaction_bundle(const std::vector<Write>& writes, std::string_view root) {
  std::size_t size = 64;
  for (auto& write : writes)
    size +=
        write.body.size() * (write.kind == Write::Kind::Patch ? 2 : 1) + write.if_none_exist.size() + root.size() + 384;
  std::string out;
  out.reserve(size);
  out += R"({"resourceType":"Bundle","type":"transaction")";
  for (auto& write : writes) {
    out += &write == writes.data() ? R"(,"entry":[)" : ",";
    write_entry(write, root, out);
  }
  out += writes.empty() ? "}" : "]}";
  return out;
}

Outcome<std::vector<Written>> read_transaction(const ServiceResult& result, const std::vector<Write>& writes) {
  const std::string operation = "POST transaction";
  auto answer = read_success(result, operation);
  if (auto* failed = std::get_if<Error>(&answer)) {
    bool has_target = std::any_of(writes.begin(), writes.end(), [](auto& w) { return w.kind != Write::Kind::Create; });
    if ((failed->status == 404 || failed->status == 410) && has_target)
      failed->code = ErrorCode::Conflict;
    return std::move(*failed);
  }
  auto& bundle = std::get<Json>(answer);
  auto unexpected = [&](std::string what) {
    return error(ErrorCode::UnexpectedAnswer, operation, status_of(result), std::move(what));
  };
  if (!is_bundle(bundle, "transaction-response"))
    return unexpected(describe(bundle) + ", not a transaction-response");
  auto& entries = bundle.items("entry");
  if (entries.size() != writes.size())
    return unexpected("the answer has " + std::to_string(entries.size()) + " entries for " +
                      std::to_string(writes.size()));
  std::vector<Written> written;
  written.reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    auto place = "entry " + std::to_string(i + 1) + " of the answer (" + writes[i].type + ")";
    auto one = read_entry(entries[i], writes[i], operation, status_of(result), place);
    if (auto* failed = std::get_if<Error>(&one))
      return std::move(*failed);
    written.push_back(std::move(std::get<Written>(one)));
  }
  return written;
}

} // namespace dicomcast::io::fhir
