// Starting and asking the simulators.
#include "bench/simulator.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

namespace dicomcast::bench {

using mapping::Json;

namespace {

std::int64_t occurrences(std::string_view text, std::string_view what) {
  std::int64_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size())
    ++count;
  return count;
}

} // namespace

std::int64_t whole(const Json& json, std::string_view name) {
  const auto* member = json.find(name);
  if (!member || !member->if_number())
    throw std::runtime_error("no number " + std::string(name) + " in " + json.to_text());
  return std::stoll(member->if_number()->token);
}

io::HttpResponse Http::send(std::string method, std::string url, std::string body) {
  io::HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  if (request.method == "POST")
    request.headers.emplace_back("Content-Type", "application/fhir+json");
  request.body = std::move(body);
  std::promise<io::HttpResult> answered;
  client_.send(std::move(request), [&](io::HttpResult result) { answered.set_value(std::move(result)); });
  auto result = answered.get_future().get();
  if (auto* failure = std::get_if<io::HttpFailure>(&result))
    throw std::runtime_error("no answer: " + failure->message);
  return std::get<io::HttpResponse>(std::move(result));
}

std::string Http::get(const std::string& url) {
  auto response = send("GET", url);
  if (response.status < 200 || response.status > 299)
    throw std::runtime_error(url + " answered " + std::to_string(response.status));
  return std::move(response.body);
}

Simulator::Simulator(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  child_ = std::make_unique<Child>(command, folder_.path("sim"));
  for (auto until = monotonic_seconds() + 30; monotonic_seconds() < until;) {
    auto out = child_->out();
    if (auto ready = out.ends_with('\n') ? Json::parse(out) : std::nullopt) {
      dicom_ = ready->text("dicom");
      fhir_ = ready->text("fhir");
      tables_ = ready->text("tables");
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error("the simulated services did not start: " + child_->err());
}

ServiceCounts Simulator::counts() {
  auto stats = Json::parse(http_.get(fhir_ + "/_sim/stats")).value_or(Json());
  ServiceCounts counts;
  if (const auto* kinds = stats.find("requests"); kinds && kinds->if_object())
    for (const auto& [kind, count] : *kinds->if_object()) {
      auto requests = std::stoll(count.if_number()->token);
      counts.requests += requests;
      if (kind == "transaction")
        counts.transactions = requests;
    }
  counts.bytes_received = whole(stats, "bytes_in");
  counts.transaction_seconds = static_cast<double>(whole(stats, "transaction_microseconds")) / 1e6;
  for (const auto& violation : stats.items("violations"))
    counts.violations += *violation.if_string() + "; ";
  return counts;
}

std::int64_t Simulator::table_requests() {
  constexpr std::string_view endpoint = "TableEndpoint=";
  auto url = tables_.substr(tables_.find(endpoint) + endpoint.size());
  auto stats = Json::parse(http_.get(url.substr(0, url.rfind('/')) + "/_sim/stats")).value_or(Json());
  std::int64_t total = 0;
  if (const auto* kinds = stats.find("requests"); kinds && kinds->if_object())
    for (const auto& [kind, count] : *kinds->if_object())
      total += std::stoll(count.if_number()->token);
  return total;
}

std::int64_t Simulator::feed_pages() {
  auto stats = Json::parse(http_.get(dicom_ + "/_sim/stats")).value_or(Json());
  const auto* requests = stats.find("requests");
  return requests && requests->find("feed") ? whole(*requests, "feed") : 0;
}

std::vector<SeenRequest> Simulator::journal(const std::string& url) {
  auto json = Json::parse(http_.get(url + "/_sim/journal")).value_or(Json());
  std::vector<SeenRequest> seen;
  if (const auto* list = json.if_array())
    for (const auto& one : *list)
      seen.push_back({std::string(one.text("kind")), std::string(one.text("target")),
                      static_cast<double>(whole(one, "begin")) / 1e6, static_cast<double>(whole(one, "end")) / 1e6});
  return seen;
}

void Simulator::forget() {
  http_.send("DELETE", dicom_ + "/_sim/journal");
  http_.send("DELETE", fhir_ + "/_sim/journal");
}

Contents Simulator::contents() {
  auto resources = [&](const char* type) { return http_.get(fhir_ + "/_sim/resources?type=" + type); };
  Contents contents;
  auto studies = resources("ImagingStudy");
  contents.patients = occurrences(resources("Patient"), "\"resourceType\":\"Patient\"");
  contents.studies = occurrences(studies, "\"resourceType\":\"ImagingStudy\"");
  contents.instances = occurrences(studies, "\"sopClass\"");
  return contents;
}

std::string Simulator::normalised_state() {
  return http_.get(fhir_ + "/_sim/state");
}

} // namespace dicomcast::bench
