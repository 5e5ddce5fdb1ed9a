// What the FHIR service answers: metadata, searches, reads, batches, transactions, writes.
#include "tests/sim/fhir_service.hpp"

#include <boost/regex.hpp>

#include <algorithm>

namespace dicomcast::sim {

using mapping::Json;

namespace {

HttpReply fhir_reply(int status, std::string body) {
  auto reply = json_reply(status, std::move(body));
  reply.content_type = "application/fhir+json; charset=utf-8";
  return reply;
}

std::string etag(std::string_view version) {
  return "W/\"" + std::string(version) + "\"";
}

std::string status_line(int status) {
  switch (status) {
  case 200:
    return "200 OK";
  case 201:
    return "201 Created";
  case 204:
    return "204 No Content";
  default:
    return std::to_string(status);
  }
}

Json coded(std::string_view code) {
  Json out = Json::object();
  out.set("code", code);
  return out;
}

/// The query without paging, to be followed by paging.
std::string without_paging(const std::string& query) {
  std::string out;
  for (std::size_t from = 0; from < query.size();) {
    auto end = std::min(query.find('&', from), query.size());
    auto one = query.substr(from, end - from);
    if (!one.starts_with("_count=") && !one.starts_with("_offset=") && !one.empty())
      out.append(one).append("&");
    from = end + 1;
  }
  return out;
}

} // namespace

HttpReply FhirService::metadata() const {
  Json rest = Json::object();
  rest.set("mode", "server");
  for (auto type : {"Patient", "Endpoint", "ImagingStudy", "Observation"}) {
    Json resource = Json::object();
    resource.set("type", type);
    for (auto code : {"read", "search-type", "create", "update", "delete", "patch"})
      if (fhir_.patch || std::string_view(code) != "patch")
        resource.array_at("interaction").push_back(coded(code));
    rest.array_at("resource").push_back(std::move(resource));
  }
  if (fhir_.transactions)
    rest.array_at("interaction").push_back(coded("transaction"));
  if (fhir_.batch)
    rest.array_at("interaction").push_back(coded("batch"));
  Json statement = Json::object();
  statement.set("resourceType", "CapabilityStatement");
  statement.set("status", "active");
  statement.set("date", "2025-01-01");
  statement.set("kind", "instance");
  statement.set("fhirVersion", fhir_.fhir_version);
  statement.array_at("format").push_back("application/fhir+json");
  if (fhir_.patch)
    statement.array_at("patchFormat").push_back("application/json-patch+json");
  statement.array_at("rest").push_back(std::move(rest));
  return fhir_reply(200, statement.to_text());
}

HttpReply FhirService::search(const std::string& type, std::vector<std::pair<std::string, std::string>> parameters,
                              const std::string& query) {
  std::string error;
  auto wanted = read_search_query(type, parameters, error);
  if (!wanted)
    return refusal(400, error);
  if (fhir_.max_identifiers && wanted->identifiers && wanted->identifiers->size() > fhir_.max_identifiers)
    return refuse({400, "too-costly", "too many identifiers in one search"});
  auto found = store_.search(*wanted);
  auto total = static_cast<std::int64_t>(found.size());
  auto count = std::min(wanted->count.value_or(fhir_.page_size), fhir_.max_page_size);
  auto from = std::min(wanted->offset, total), to = std::min(from + count, total);
  auto page = url() + "/" + type + "?" + without_paging(query);
  auto link = [&](std::string_view relation, std::int64_t offset, std::string& out) {
    out.append(R"({"relation":")").append(relation).append(R"(","url":)");
    Json::write_string(page + "_count=" + std::to_string(count) + "&_offset=" + std::to_string(offset), out);
    out += '}';
  };
  std::string out = R"({"resourceType":"Bundle","type":"searchset","total":)" + std::to_string(total) + R"(,"link":[)";
  link("self", from, out);
  if (to < total && count > 0)
    link("next", to, out += ',');
  out += ']';
  for (auto i = from; i < to; ++i) {
    const auto& resource = *found[static_cast<std::size_t>(i)];
    out.append(i == from ? R"(,"entry":[)" : ",")
        .append(R"({"fullUrl":")")
        .append(url())
        .append("/")
        .append(resource.key());
    resource.append_text(out += R"(","resource":)");
    out += R"(,"search":{"mode":"match"}})";
  }
  return fhir_reply(200, out += to > from ? "]}" : "}");
}

HttpReply FhirService::read(const std::string& type, const std::string& id) {
  const auto* resource = store_.find(type, id);
  if (!resource) {
    bool gone = fhir_.gone && store_.was_deleted(type, id);
    return refusal(gone ? 410 : 404, type + "/" + id + (gone ? " is deleted" : " is not there"));
  }
  auto reply = fhir_reply(200, resource->text());
  reply.headers.emplace_back("ETag", etag(resource->version));
  return reply;
}

HttpReply FhirService::run_batch(const HttpRequest& request) {
  if (!fhir_.batch)
    return refuse({400, "not-supported", "batches are not supported"});
  auto bundle = Json::parse(request.body);
  if (!bundle || bundle->text("resourceType") != "Bundle")
    return refuse({400, "structure", "not a Bundle"});
  const auto& entries = bundle->items("entry");
  if (fhir_.max_entries && entries.size() > fhir_.max_entries)
    return refuse({400, "too-costly", "more than " + std::to_string(fhir_.max_entries) + " entries in a Bundle"});
  std::string out = R"({"resourceType":"Bundle","type":"batch-response")";
  for (const auto& entry : entries) {
    const auto* asked = entry.find("request");
    auto target = parse_target("/" + std::string(asked ? asked->text("url") : ""));
    HttpReply reply;
    auto slash = target.path.find('/', 1);
    if (!asked || asked->text("method") != "GET")
      reply = refuse({400, "not-supported", "only GET is possible in a batch"});
    else if (auto url = asked->text("url"); slash == std::string::npos)
      reply = search(target.path.substr(1), target.query,
                     std::string(url.substr(std::min(url.find('?'), url.size() - 1) + 1)));
    else
      reply = read(target.path.substr(1, slash - 1), target.path.substr(slash + 1));
    out.append(&entry == entries.data() ? R"(,"entry":[)" : ",");
    bool good = reply.status < 300;
    if (good)
      out.append(R"({"resource":)").append(reply.body).append(R"(,"response":{"status":"200 OK"}})");
    else
      out.append(R"({"response":{"status":")")
          .append(std::to_string(reply.status))
          .append(R"(","outcome":)")
          .append(reply.body)
          .append("}}");
  }
  return fhir_reply(200, out += entries.empty() ? "}" : "]}");
}

std::optional<Refusal> FhirService::refused(const std::vector<Operation>& operations) const {
  for (const auto& rule : fhir_.refuse) {
    boost::regex pattern(rule.pattern);
    for (const auto& operation : operations)
      if ((rule.type.empty() || rule.type == operation.type) && !operation.resource.empty() &&
          boost::regex_search(operation.resource, pattern))
        return Refusal{rule.status, rule.code, rule.diagnostics};
  }
  return std::nullopt;
}

std::string FhirService::answer_to(const std::vector<Done>& done, bool with_resources) const {
  std::string out = R"({"resourceType":"Bundle","type":"transaction-response")";
  for (const auto& one : done) {
    out += &one == done.data() ? R"(,"entry":[{)" : ",{";
    if (const auto* resource = with_resources && one.status != 204 ? store_.find(one.type, one.id) : nullptr) {
      resource->append_text(out += R"("resource":)");
      out += ',';
    }
    out.append(R"("response":{"status":")").append(status_line(one.status)).append("\"");
    if (one.status != 204) {
      if (fhir_.locations != LocationForm::None)
        out.append(R"(,"location":")").append(one.type).append("/").append(one.id);
      if (fhir_.locations == LocationForm::WithVersion)
        out.append("/_history/").append(one.version);
      if (fhir_.locations != LocationForm::None)
        out += '"';
      if (fhir_.etags)
        out.append(R"(,"etag":"W/\")").append(one.version).append(R"(\"")");
      out.append(R"(,"lastModified":")").append(one.last_updated).append("\"");
    }
    out += "}}";
  }
  return out += done.empty() ? "}" : "]}";
}

HttpReply FhirService::run_transaction(const HttpRequest& request) {
  if (!fhir_.transactions)
    return refuse({400, "not-supported", "transactions are not supported"});
  std::vector<std::string> notes;
  auto read = read_transaction(request.body, url(), fhir_.strict, notes);
  for (auto& note : notes)
    journal_.violation(std::move(note));
  if (auto* refusal = std::get_if<Refusal>(&read))
    return refuse(*refusal);
  auto& operations = std::get<std::vector<Operation>>(read);
  auto has = [&](auto predicate) { return std::any_of(operations.begin(), operations.end(), predicate); };
  bool conditional = has([](const auto& one) { return one.if_none_exist.has_value(); });
  for (auto limit : {fhir_.max_entries, conditional ? fhir_.max_conditional_entries : 0})
    if (limit && operations.size() > limit)
      return refuse({400, "too-costly", "more than " + std::to_string(limit) + " entries in a Bundle"});
  if (!fhir_.patch && has([](const auto& one) { return one.method == "PATCH"; }))
    return refuse({400, "not-supported", "PATCH is not supported"});
  if (auto refusal = refused(operations))
    return refuse(*refusal);
  writer_.before(store_, operations);
  journal_.count_transaction_entries(operations.size());
  auto applied = apply(store_, std::move(operations), fhir_.strict);
  if (auto* refusal = std::get_if<Refusal>(&applied))
    return refuse(*refusal);
  bool wants = request.header("prefer") == "return=representation";
  bool declines = request.header("prefer") == "return=minimal";
  return fhir_reply(200,
                    answer_to(std::get<std::vector<Done>>(applied), wants || (fhir_.return_resources && !declines)));
}

HttpReply FhirService::write(const HttpRequest& request, const Target& target) {
  Operation operation;
  operation.method = request.method;
  auto slash = target.path.find('/', 1);
  operation.type = target.path.substr(1, slash == std::string::npos ? std::string::npos : slash - 1);
  operation.id = slash == std::string::npos ? "" : target.path.substr(slash + 1);
  operation.resource = request.body;
  if (auto condition = request.header("if-none-exist"); !condition.empty())
    operation.if_none_exist = condition;
  if (auto condition = request.header("if-match"); !condition.empty())
    operation.if_match = condition;
  bool creates = request.method == "POST", replaces = request.method == "PUT";
  if ((!creates && !replaces && request.method != "DELETE") || creates != operation.id.empty())
    return refusal(405, "not possible here");
  if (auto wrong = fhir_.strict && request.method != "DELETE" ? check_write(operation) : std::nullopt)
    return refuse(*wrong);
  if (auto wrong = refused({operation}))
    return refuse(*wrong);
  auto applied = apply(store_, {std::move(operation)}, fhir_.strict);
  if (auto* wrong = std::get_if<Refusal>(&applied))
    return refuse(*wrong);
  const auto& done = std::get<std::vector<Done>>(applied).front();
  const auto* resource = store_.find(done.type, done.id);
  auto reply = fhir_reply(done.status, resource ? resource->text() : "");
  if (resource) {
    reply.headers.emplace_back("ETag", etag(done.version));
    reply.headers.emplace_back("Location", url() + "/" + resource->key() + "/_history/" + done.version);
  }
  return reply;
}

} // namespace dicomcast::sim
