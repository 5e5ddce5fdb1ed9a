// What a service was asked, and when.
#include "tests/sim/journal.hpp"

#include "mapping/json/json.hpp"
#include "tests/sim/http_server.hpp"

#include <algorithm>
#include <chrono>

namespace dicomcast::sim {

using mapping::Json;

std::int64_t monotonic_microseconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::int64_t Journal::begin(Exchange exchange, std::shared_ptr<const Connection> connection) {
  exchange.number = ++last_number_;
  exchange.begin = monotonic_microseconds();
  ++stats_.requests[exchange.kind];
  stats_.bytes_in += static_cast<std::int64_t>(exchange.request_bytes);
  if (exchange.kind == "search" || exchange.kind == "batch") {
    stats_.max_concurrent_searches = std::max(stats_.max_concurrent_searches, ++open_searches_);
  } else if (exchange.kind == "transaction") {
    // A client that has gone no longer counts on its transaction: the next one may begin.
    for (const auto& open : open_transactions_)
      if (!open.connection || !open.connection->client_gone()) {
        ++stats_.overlapping_transactions;
        violation("request " + std::to_string(exchange.number) + " is a transaction that began while request " +
                  std::to_string(open.number) + " was one under way");
        break;
      }
    open_transactions_.push_back({exchange.number, std::move(connection)});
  }
  if (!keep_bodies)
    exchange.request_body.clear();
  exchanges_.emplace_hint(exchanges_.end(), exchange.number, std::move(exchange));
  if (exchanges_.size() > limit) {
    auto oldest = exchanges_.begin();
    if (oldest->second.end)
      exchanges_.erase(oldest);
  }
  return last_number_;
}

void Journal::end(std::int64_t number, int status, std::string_view response_body) {
  ++stats_.statuses[status];
  stats_.bytes_out += static_cast<std::int64_t>(response_body.size());
  auto found = exchanges_.find(number);
  if (found == exchanges_.end())
    return;
  auto& exchange = found->second;
  exchange.end = monotonic_microseconds();
  exchange.status = status;
  exchange.response_bytes = response_body.size();
  if (keep_bodies)
    exchange.response_body = response_body;
  if (exchange.kind == "search" || exchange.kind == "batch") {
    --open_searches_;
    stats_.search_microseconds += exchange.end - exchange.begin;
  } else if (exchange.kind == "transaction") {
    std::erase_if(open_transactions_, [&](const Open& open) { return open.number == number; });
    stats_.transaction_microseconds += exchange.end - exchange.begin;
  }
}

void Journal::violation(std::string what) {
  if (violations_.size() < 1000)
    violations_.push_back(std::move(what));
}

std::vector<Exchange> Journal::exchanges() const {
  std::vector<Exchange> out;
  out.reserve(exchanges_.size());
  for (const auto& [number, exchange] : exchanges_)
    out.push_back(exchange);
  return out;
}

void Journal::clear() {
  std::erase_if(exchanges_, [](const auto& one) { return one.second.end != 0; });
  stats_ = {};
  violations_.clear();
}

std::string Journal::to_json() const {
  std::string out = "[";
  for (const auto& [number, exchange] : exchanges_) {
    Json json = Json::object();
    json.set("number", Json::integer(number));
    json.set("begin", Json::integer(exchange.begin));
    json.set("end", Json::integer(exchange.end));
    json.set("kind", exchange.kind);
    json.set("method", exchange.method);
    json.set("target", exchange.target);
    json.set("type", exchange.type);
    json.set("status", Json::integer(exchange.status));
    json.set("fault", exchange.fault);
    json.set("request_bytes", Json::integer(static_cast<std::int64_t>(exchange.request_bytes)));
    json.set("response_bytes", Json::integer(static_cast<std::int64_t>(exchange.response_bytes)));
    if (keep_bodies) {
      json.set("request_body", exchange.request_body);
      json.set("response_body", exchange.response_body);
    }
    out += out.size() > 1 ? ",\n" : "\n";
    json.write(out);
  }
  return out + "\n]\n";
}

std::string Journal::stats_to_json() const {
  Json json = Json::object();
  Json requests = Json::object(), statuses = Json::object();
  for (const auto& [kind, count] : stats_.requests)
    requests.set(kind, Json::integer(count));
  for (const auto& [status, count] : stats_.statuses)
    statuses.set(std::to_string(status), Json::integer(count));
  json.set("requests", std::move(requests));
  json.set("statuses", std::move(statuses));
  json.set("max_concurrent_searches", Json::integer(stats_.max_concurrent_searches));
  json.set("overlapping_transactions", Json::integer(stats_.overlapping_transactions));
  json.set("transaction_microseconds", Json::integer(stats_.transaction_microseconds));
  json.set("search_microseconds", Json::integer(stats_.search_microseconds));
  json.set("transaction_entries", Json::integer(stats_.transaction_entries));
  json.set("bytes_in", Json::integer(stats_.bytes_in));
  json.set("bytes_out", Json::integer(stats_.bytes_out));
  Json violations = Json::array();
  for (const auto& violation : violations_)
    violations.push_back(violation);
  json.set("violations", std::move(violations));
  return json.to_text() + "\n";
}

} // namespace dicomcast::sim
