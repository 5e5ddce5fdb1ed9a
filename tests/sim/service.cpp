// What the simulated services share: latency, faults, the journal.
#include "tests/sim/service.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace dicomcast::sim {

using mapping::Json;
using How = Fault::How;

namespace {

std::string_view name_of(How how) {
  switch (how) {
  case How::Status:
    return "status";
  case How::Lost:
    return "lost";
  case How::Reset:
    return "reset";
  case How::LostReset:
    return "lost_reset";
  case How::CutOff:
    return "cut_off";
  case How::NotJson:
    return "not_json";
  case How::Empty:
    return "empty";
  case How::Slow:
    return "slow";
  case How::Silence:
    return "silence";
  }
  return "";
}

bool writes(std::string_view kind) {
  return kind == "transaction" || kind == "write";
}

} // namespace

HttpReply json_reply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Service::Service(ServiceOptions options) : options_(std::move(options)) {
  if (options_.address.empty())
    server_ = std::make_unique<HttpServer>(options_.port);
  journal_.keep_bodies = options_.journal_bodies;
  while (options_.prefix.ends_with('/'))
    options_.prefix.pop_back();
}

void Service::serve() {
  if (server_)
    server_->start(
        [this](HttpRequest request, HttpServer::Respond respond) { handle(std::move(request), std::move(respond)); });
}

void Service::stop() {
  if (server_)
    server_->stop();
}

std::string Service::url() const {
  return (server_ ? server_->url() : options_.address) + options_.prefix;
}

HttpReply Service::ask(const HttpRequest& request) {
  auto target = parse_target(request.target);
  std::lock_guard lock(mutex_);
  auto path = below(target.path, options_.prefix);
  if (!path)
    return refusal(404, "nothing is here: " + request.target);
  target.path = *path;
  return answer(request, target, classify(request, target));
}

void Service::handle(HttpRequest request, HttpServer::Respond respond) {
  auto target = parse_target(request.target);
  if (auto path = below(target.path, "/_sim"))
    return respond(handle_control(request, target, *path));

  std::unique_lock lock(mutex_);
  auto path = below(target.path, options_.prefix);
  if (path)
    target.path = *path;
  auto what = path ? classify(request, target) : Classified{"other", ""};
  Exchange exchange;
  exchange.kind = what.kind;
  exchange.type = what.type;
  exchange.method = request.method;
  exchange.target = request.target;
  exchange.request_bytes = request.body.size();
  if (journal_.keep_bodies)
    exchange.request_body = request.body;
  auto fault = faults_.next(what.kind, what.type, request);
  if (fault)
    exchange.fault = name_of(fault->how);
  auto number = journal_.begin(std::move(exchange), request.connection);

  auto make = [this, path = std::move(path), target = std::move(target), what, fault,
               request = std::move(request)]() -> HttpReply {
    if (!path)
      return refusal(404, "nothing is here: " + request.target);
    if (!authorized(request)) {
      auto reply = refusal(401, "not authorised");
      reply.headers.emplace_back("WWW-Authenticate", "Bearer");
      return reply;
    }
    return fault ? faulty(*fault, request, target, what) : answer(request, target, what);
  };
  auto finish = [this, number, respond = std::move(respond)](HttpReply reply) {
    {
      std::lock_guard guard(mutex_);
      bool sent = reply.delivery == Delivery::Whole || reply.delivery == Delivery::CutOff;
      journal_.end(number, sent ? reply.status : 0, reply.body);
    }
    respond(std::move(reply));
  };

  auto delay = latency_of(what.kind) + (fault ? fault->delay : std::chrono::microseconds(0));
  if (writes(what.kind)) {
    lock.unlock();
    return server_->after(delay, [this, make = std::move(make), finish = std::move(finish)] {
      HttpReply reply;
      {
        std::lock_guard guard(mutex_);
        reply = make();
      }
      finish(std::move(reply));
    });
  }
  auto reply = std::make_shared<HttpReply>(make());
  lock.unlock();
  server_->after(delay, [reply, finish = std::move(finish)] { finish(std::move(*reply)); });
}

HttpReply Service::faulty(const Fault& fault, const HttpRequest& request, const Target& target,
                          const Classified& what) {
  auto failed = [&] {
    auto reply = refusal(fault.status, "a fault was asked for");
    if (!fault.body.empty())
      reply.body = fault.body;
    if (!fault.retry_after.empty())
      reply.headers.emplace_back("Retry-After", fault.retry_after);
    return reply;
  };
  if (fault.how == How::Status)
    return failed();
  HttpReply reply;
  if (fault.how == How::Reset || fault.how == How::Silence) {
    reply.delivery = fault.how == How::Reset ? Delivery::Reset : Delivery::Silence;
    return reply;
  }
  reply = answer(request, target, what);
  switch (fault.how) {
  case How::Lost:
    return failed();
  case How::LostReset:
    reply.delivery = Delivery::Reset;
    break;
  case How::CutOff:
    reply.delivery = Delivery::CutOff;
    break;
  case How::NotJson:
    reply.status = 200;
    reply.content_type = "text/html";
    reply.body = "<html><body>It works!</body></html>";
    break;
  case How::Empty:
    reply.status = 200;
    reply.body.clear();
    break;
  case How::Status:
  case How::Reset:
  case How::Silence:
  case How::Slow:
    break;
  }
  return reply;
}

bool Service::authorized(const HttpRequest& request) const {
  const auto& allowed = options_.authorizations;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), request.header("authorization")) != allowed.end();
}

std::chrono::microseconds Service::latency_of(const std::string& kind) const {
  auto found = options_.latency_of.find(kind);
  return found == options_.latency_of.end() ? options_.latency : found->second;
}

HttpReply Service::handle_control(const HttpRequest& request, const Target& target, std::string_view path) {
  std::lock_guard lock(mutex_);
  bool is_get = request.method == "GET", is_post = request.method == "POST";
  if (is_get && path == "/journal")
    return json_reply(200, journal_.to_json());
  if (request.method == "DELETE" && path == "/journal") {
    journal_.clear();
    return json_reply(204, "");
  }
  if (is_get && path == "/stats")
    return json_reply(200, journal_.stats_to_json());
  if (request.method == "DELETE" && path == "/faults") {
    faults_.clear();
    return json_reply(204, "");
  }
  if (is_post && path == "/faults") {
    auto json = Json::parse(request.body);
    if (!json)
      return refusal(400, "not JSON");
    try {
      faults_.configure(*json);
    } catch (const std::exception& e) {
      return refusal(400, e.what());
    }
    return json_reply(204, "");
  }
  return control(request, target, path);
}

void Service::add_fault(FaultRule rule) {
  std::lock_guard lock(mutex_);
  faults_.add(std::move(rule));
}

void Service::configure_faults(const Json& json) {
  std::lock_guard lock(mutex_);
  faults_.configure(json);
}

void Service::clear_faults() {
  std::lock_guard lock(mutex_);
  faults_.clear();
}

void Service::seed_faults(std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  faults_.seed(seed);
}

void Service::set_latency(std::chrono::microseconds latency) {
  std::lock_guard lock(mutex_);
  options_.latency = latency;
}

void Service::set_latency(const std::string& kind, std::chrono::microseconds latency) {
  std::lock_guard lock(mutex_);
  options_.latency_of[kind] = latency;
}

void Service::set_authorizations(std::vector<std::string> authorizations) {
  std::lock_guard lock(mutex_);
  options_.authorizations = std::move(authorizations);
}

std::vector<Exchange> Service::journal() const {
  std::lock_guard lock(mutex_);
  return journal_.exchanges();
}

std::vector<Exchange> Service::journal(std::string_view kind) const {
  auto all = journal();
  std::erase_if(all, [&](const Exchange& one) { return one.kind != kind; });
  return all;
}

Stats Service::stats() const {
  std::lock_guard lock(mutex_);
  return journal_.stats();
}

std::vector<std::string> Service::violations() const {
  std::lock_guard lock(mutex_);
  return journal_.violations();
}

void Service::clear_journal() {
  std::lock_guard lock(mutex_);
  journal_.clear();
}

} // namespace dicomcast::sim
