// Requests under way: sent, arrived, answered.
#include "tests/simulation/network.hpp"

#include "tests/sim/target.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::simulation {

using mapping::Json;

class Network::Client final : public io::HttpClient {
public:
  explicit Client(Network* network) : network_(network) {}
  void send(io::HttpRequest request, std::function<void(io::HttpResult)> done) override {
    if (network_)
      network_->send(std::move(request), std::move(done));
  }
  void cut_off() { network_ = nullptr; }

private:
  Network* network_;
};

namespace {

class ServiceAccess final : public FhirAccess {
public:
  explicit ServiceAccess(sim::FhirService& fhir) : fhir_(fhir) {}
  std::vector<Json> all(const std::string& type) const override { return fhir_.documents(type); }
  void put(const Json& resource) override { fhir_.preload(resource.to_text()); }
  void remove(const std::string& type, const std::string& id) override { fhir_.remove(type, id); }

private:
  sim::FhirService& fhir_;
};

sim::FhirOptions fhir_options(const World& world) {
  sim::FhirOptions options;
  options.address = Network::fhir_root;
  if (world.loose)
    options.match_loosely();
  options.patch = world.offers_patch;
  options.page_size = world.page_size;
  if (!world.tells_versions) {
    options.etags = false;
    options.locations = sim::LocationForm::WithoutVersion;
  }
  return options;
}

sim::DicomOptions dicom_options() {
  sim::DicomOptions options;
  options.address = Network::dicom_root;
  return options;
}

} // namespace

Network::Network(const World& world, Random& random, Trace& trace, NetworkEvents& events)
    : world_(world), random_(random), trace_(trace), events_(events),
      fhir_(std::make_unique<sim::FhirService>(fhir_options(world))),
      dicom_(std::make_unique<sim::DicomService>(dicom_options())), access_(std::make_unique<ServiceAccess>(*fhir_)),
      poisons_(world.poisons) {
  make_standing(world, *access_);
}

Network::~Network() {
  if (client_)
    client_->cut_off();
}

std::shared_ptr<io::HttpClient> Network::client() {
  return client_ = std::make_shared<Client>(this);
}

void Network::cut_off() {
  if (client_)
    client_->cut_off();
  for (auto& one : exchanges_)
    if (one->target == FaultTarget::Transaction && !one->answer && random_.chance(50)) {
      trace_.add([&] { return fmt::format("transaction #{} was on its way, and is done", one->nth); });
      apply(*one);
    }
  exchanges_.clear();
}

std::size_t Network::due() const {
  return static_cast<std::size_t>(
      std::count_if(exchanges_.begin(), exchanges_.end(), [&](auto& one) { return is_due(*one); }));
}

std::optional<VirtualTime> Network::next() const {
  std::optional<VirtualTime> next;
  for (const auto& one : exchanges_)
    if (!next || one->due < *next)
      next = one->due;
  return next;
}

std::size_t Network::under_way(FaultTarget target) const {
  return static_cast<std::size_t>(
      std::count_if(exchanges_.begin(), exchanges_.end(), [&](auto& one) { return one->target == target; }));
}

int Network::count(FaultTarget target) const {
  auto at = counts_.find(target);
  return at == counts_.end() ? 0 : at->second;
}

void Network::run(std::size_t which) {
  auto at = exchanges_.begin();
  for (;; ++at)
    if (is_due(**at) && which-- == 0)
      break;
  if (!(*at)->answer)
    return arrive(**at);
  auto exchange = std::move(**at);
  exchanges_.erase(at);
  deliver(std::move(exchange));
}

VirtualTime Network::delay() {
  if (world_.slowness == 0 || random_.chance(30))
    return {};
  return milliseconds(random_.between(1, world_.slowness));
}

void Network::send(io::HttpRequest request, std::function<void(io::HttpResult)> done) {
  auto exchange = std::make_unique<Exchange>();
  exchange->number = ++numbers_;
  exchange->target = request.url.starts_with(dicom_root) ? FaultTarget::Feed
                     : request.method == "POST"          ? FaultTarget::Transaction
                                                         : FaultTarget::Search;
  exchange->nth = ++counts_[exchange->target];
  if (faults_on_)
    for (const auto& fault : world_.faults)
      if (target_of(fault.kind) == exchange->target && fault.nth == exchange->nth)
        exchange->fault = fault.kind;
  exchange->deadline = trace_.now + request.timeout;
  exchange->due = trace_.now + delay();
  exchange->done = std::move(done);
  trace_.add([&] {
    return fmt::format("#{} sent: {} {}", exchange->number, request.method, sim::percent_decode(request.url, true));
  });
  exchange->request = std::move(request);
  events_.request_sent(exchange->target);
  if (exchange->target == FaultTarget::Transaction)
    events_.transaction_under_way(true);
  exchanges_.push_back(std::move(exchange));
}

void Network::arrive(Exchange& exchange) {
  if (exchange.fault)
    trace_.add([&] { return fmt::format("#{} meets the fault {}", exchange.number, name_of(*exchange.fault)); });
  switch (exchange.target) {
  case FaultTarget::Transaction:
    if (exchange.fault == FaultKind::TransactionSlow) {
      exchange.fault.reset();
      exchange.due = trace_.now + milliseconds(random_.between(1, 20'000));
      return;
    }
    events_.transaction_arrives(exchange.nth);
    exchange.answer = transaction(exchange);
    break;
  case FaultTarget::Search:
    exchange.answer = search(exchange);
    break;
  case FaultTarget::Feed:
    exchange.answer = feed(exchange);
    break;
  case FaultTarget::Store:
    break;
  }
  auto* failure = std::get_if<io::HttpFailure>(&*exchange.answer);
  if (failure && failure->kind == io::HttpFailure::Kind::Timeout)
    exchange.due = exchange.deadline;
  else if (exchange.fault == FaultKind::SearchSlow || exchange.fault == FaultKind::FeedSlow)
    exchange.due = trace_.now + milliseconds(random_.between(1, 20'000));
  else
    exchange.due = trace_.now + delay();
}

void Network::deliver(Exchange exchange) {
  auto* response = std::get_if<io::HttpResponse>(&*exchange.answer);
  if (!response || response->status >= 300 || exchange.fault)
    ++failed_answers_;
  trace_.add([&] {
    return response
               ? fmt::format("#{} answered: {} {}", exchange.number, response->status,
                             response->status >= 300 ? response->body : std::string())
               : fmt::format("#{} fails: {}", exchange.number, std::get<io::HttpFailure>(*exchange.answer).message);
  });
  if (exchange.target == FaultTarget::Transaction)
    events_.transaction_under_way(false);
  bool is_page = exchange.target == FaultTarget::Feed && response && response->status == 200 &&
                 exchange.request.url.find("/changefeed?") != std::string::npos &&
                 exchange.request.url.find("includeMetadata=false") == std::string::npos;
  if (is_page)
    page(exchange, *response);
  exchange.done(std::move(*exchange.answer));
}

void Network::page(Exchange& exchange, io::HttpResponse& response) {
  auto json = Json::parse(response.body);
  if (!json || !json->is_array())
    return;
  std::map<std::int64_t, std::string> entries;
  for (const auto& entry : *json->if_array())
    if (const auto* sequence = entry.find("Sequence"); sequence && sequence->if_number())
      entries[std::stoll(sequence->if_number()->token)] = entry.to_text();
  trace_.add([&] {
    std::string list;
    for (const auto& [sequence, text] : entries)
      list += fmt::format(" {}", sequence);
    return fmt::format("#{} gives the entries{}", exchange.number, list.empty() ? " (none)" : list);
  });
  events_.entries_delivered(entries);
}

} // namespace dicomcast::simulation
