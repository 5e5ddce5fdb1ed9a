// What the services answer, and what becomes of the answers by the world's faults.
#include "tests/simulation/network.hpp"

#include "tests/sim/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace dicomcast::simulation {

using io::HttpFailure;
using io::HttpResponse;
using io::HttpResult;
using mapping::Json;

namespace {

HttpResponse response_of(int status, std::string body = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

HttpResponse outcome(int status, std::string_view text, std::string_view retry_after = {}) {
  auto response = response_of(
      status, fmt::format(R"({{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"processing",)"
                          R"("diagnostics":"{}"}}]}})",
                          text));
  if (!retry_after.empty())
    response.headers.emplace_back("retry-after", retry_after);
  return response;
}

HttpFailure broken() {
  return {HttpFailure::Kind::Broken, "the connection broke"};
}

HttpFailure timed_out() {
  return {HttpFailure::Kind::Timeout, "no answer in time"};
}

HttpResponse cut(HttpResponse response) {
  response.body.resize(response.body.size() / 2);
  return response;
}

HttpResponse html() {
  return response_of(200, "<html><body>It works!</body></html>");
}

HttpResponse lacking(HttpResponse response) {
  auto json = Json::parse(response.body);
  if (response.status == 200 && json && !json->items("entry").empty()) {
    json->array_at("entry").pop_back();
    response.body = json->to_text();
  }
  return response;
}

void without_next_link(Json& bundle) {
  std::erase_if(bundle.array_at("link"), [](const Json& link) { return link.text("relation") == "next"; });
}

/// Poisoned: the instance stands in what is to be stored.
bool holds(const std::vector<sim::Operation>& operations, const std::string& uid) {
  auto quoted = "\"" + uid + "\"";
  return std::any_of(operations.begin(), operations.end(),
                     [&](const sim::Operation& one) { return one.resource.find(quoted) != std::string::npos; });
}

} // namespace

std::string describe(const std::vector<sim::Operation>& operations) {
  std::string out;
  for (const auto& one : operations) {
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", one.method, one.type, one.id.empty() ? "" : "/" + one.id);
    if (one.if_match)
      out += " if " + *one.if_match;
    if (one.if_none_exist)
      out += " if none " + sim::percent_decode(*one.if_none_exist, true);
  }
  return out.empty() ? "nothing" : out;
}

HttpResponse Network::ask(sim::Service& service, const io::HttpRequest& request) {
  sim::HttpRequest asked;
  asked.method = request.method;
  auto path = request.url.find('/', request.url.find("://") + 3);
  asked.target = path == std::string::npos ? "/" : request.url.substr(path);
  asked.body = request.body;
  for (const auto& [name, value] : request.headers) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    asked.headers.emplace_back(std::move(lower), value);
  }
  auto reply = service.ask(asked);
  auto response = response_of(reply.status, std::move(reply.body));
  for (auto& [name, value] : reply.headers) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    response.headers.emplace_back(std::move(lower), std::move(value));
  }
  return response;
}

std::optional<HttpResponse> Network::refusal(const std::vector<sim::Operation>& operations) {
  if (world_.max_entries && operations.size() > static_cast<std::size_t>(world_.max_entries))
    return outcome(413, "too many entries");
  for (const auto& poison : poisons_)
    if (holds(operations, instance_uid(world_, poison.instance)))
      return outcome(poison.status, fmt::format("instance {} is not taken", poison.instance));
  return std::nullopt;
}

HttpResponse Network::apply(Exchange& exchange) {
  std::vector<std::string> notes;
  auto read = sim::read_transaction(exchange.request.body, fhir_root, true, notes);
  auto* operations = std::get_if<std::vector<sim::Operation>>(&read);
  if (!operations) {
    trace_.fail("a Bundle is malformed", std::get<sim::Refusal>(read).text);
    return outcome(400, std::get<sim::Refusal>(read).text);
  }
  for (const auto& note : notes)
    trace_.fail("a Bundle is not as it should be", note);
  trace_.add([&] { return fmt::format("transaction #{}: {}", exchange.nth, describe(*operations)); });
  if (auto refused = refusal(*operations))
    return std::move(*refused);
  events_.before_apply(*operations);
  auto response = ask(*fhir_, exchange.request);
  events_.after_apply(*operations, response.status);
  bool met = response.status == 200 && response.body.find(R"("status":"200 OK")") != std::string::npos;
  failed_answers_ += met; // a create that meets another's resource is a conflict
  return response;
}

HttpResult Network::transaction(Exchange& exchange) {
  if (!exchange.fault)
    return apply(exchange);
  switch (*exchange.fault) {
  case FaultKind::TransactionLost:
    apply(exchange);
    return broken();
  case FaultKind::TransactionNotSent:
    return broken();
  case FaultKind::TransactionSilent:
    return timed_out();
  case FaultKind::TransactionLate:
    apply(exchange);
    return timed_out();
  case FaultKind::TransactionCut:
    return cut(apply(exchange));
  case FaultKind::TransactionHtml:
    apply(exchange);
    return html();
  case FaultKind::TransactionRepeated:
    apply(exchange);
    return apply(exchange);
  case FaultKind::TransactionLacking:
    return lacking(apply(exchange));
  case FaultKind::TransactionUnreadable: {
    auto response = apply(exchange);
    return response.status == 200 ? response_of(200, R"({"message":"accepted"})") : response;
  }
  case FaultKind::TransactionLostStatus:
    apply(exchange);
    return outcome(503, "a fault");
  case FaultKind::Transaction404:
    return outcome(404, "a fault");
  case FaultKind::Transaction409:
    return outcome(409, "a fault");
  case FaultKind::Transaction412:
    return outcome(412, "a fault");
  case FaultKind::Transaction429:
    return outcome(429, "a fault");
  case FaultKind::Transaction500:
    return outcome(500, "a fault");
  case FaultKind::Transaction503:
    return outcome(503, "a fault");
  case FaultKind::Transaction503AtOnce:
    return outcome(503, "a fault", "0");
  case FaultKind::Transaction503Wait:
    return outcome(503, "a fault", "30");
  case FaultKind::Transaction403:
    return outcome(403, "a fault");
  default: // those of other targets
    return apply(exchange);
  }
}

HttpResult Network::search(Exchange& exchange) {
  if (exchange.fault == FaultKind::SearchLoop)
    loops_.insert(exchange.request.url);
  auto response = ask(*fhir_, exchange.request);
  bool loops = faults_on_ && loops_.contains(exchange.request.url);
  if (response.status == 200 && (loops || !world_.next_links || exchange.fault == FaultKind::SearchTotal)) {
    auto json = Json::parse(response.body);
    if (json->text("resourceType") == "Bundle") {
      without_next_link(*json);
      if (loops) {
        Json link = Json::object();
        link.set("relation", "next");
        link.set("url", exchange.request.url);
        json->array_at("link").push_back(std::move(link));
      }
      if (exchange.fault == FaultKind::SearchTotal) {
        if (auto& entries = json->array_at("entry"); !entries.empty())
          entries.pop_back();
        else
          json->set("total", Json::integer(1));
      }
      if (json->items("entry").empty())
        json->erase("entry");
      response.body = json->to_text();
    }
  }
  if (!exchange.fault)
    return response;
  switch (*exchange.fault) {
  case FaultKind::SearchBroken:
    return broken();
  case FaultKind::SearchSilent:
    return timed_out();
  case FaultKind::SearchCut:
    return cut(std::move(response));
  case FaultKind::SearchHtml:
    return html();
  case FaultKind::SearchRefused:
    return outcome(400, "a fault");
  case FaultKind::Search500:
    return outcome(500, "a fault");
  case FaultKind::Search503:
    return outcome(503, "a fault");
  case FaultKind::Search503AtOnce:
    return outcome(503, "a fault", "0");
  default: // what has been done above, or is done on delivery
    return response;
  }
}

HttpResult Network::feed(Exchange& exchange) {
  auto response = ask(*dicom_, exchange.request);
  if (!exchange.fault)
    return response;
  switch (*exchange.fault) {
  case FaultKind::FeedBroken:
    return broken();
  case FaultKind::FeedSilent:
    return timed_out();
  case FaultKind::FeedHtml:
    return html();
  case FaultKind::FeedObject:
    return response_of(200, R"({"error":"the gateway is tired"})");
  case FaultKind::Feed500:
    return outcome(500, "a fault");
  case FaultKind::Feed503:
    return outcome(503, "a fault");
  default:
    return response;
  }
}

} // namespace dicomcast::simulation
