// What both simulated services share: the listening, authorisation, latency by timer, faults, the journal, and the
// control requests below /_sim. A request is answered in two steps: reads see the state at their arrival and are
// delivered after the latency; writes are done after the latency, all at once, then delivered.
#pragma once

#include "tests/sim/faults.hpp"
#include "tests/sim/http_server.hpp"
#include "tests/sim/journal.hpp"
#include "tests/sim/target.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dicomcast::sim {

struct ServiceOptions {
  std::uint16_t port = 0; ///< 0: a free one
  std::string address;    ///< if set, nothing listens: requests come by `ask`, and this is the root URL
  std::string prefix;     ///< path before everything, such as `/some/path`; empty: none
  std::chrono::microseconds latency{0};
  std::map<std::string, std::chrono::microseconds> latency_of; ///< by kind of request, instead of `latency`
  /// Authorization headers that are let in, whole (`Bearer abc`, `Basic dXNlcjpwdw==`); empty: nobody is asked.
  std::vector<std::string> authorizations;
  bool journal_bodies = false;
};

class Service {
public:
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::string url() const; ///< root, with the prefix, without trailing slash
  std::uint16_t port() const { return server_ ? server_->port() : std::uint16_t(0); }

  // From here on all may be called from any thread while the service runs.
  void add_fault(FaultRule rule);
  /// As POST /_sim/faults. Throws std::invalid_argument.
  void configure_faults(const mapping::Json& json);
  void clear_faults();
  void seed_faults(std::uint64_t seed);
  void set_latency(std::chrono::microseconds latency);
  void set_latency(const std::string& kind, std::chrono::microseconds latency);
  void set_authorizations(std::vector<std::string> authorizations);
  std::vector<Exchange> journal() const;
  std::vector<Exchange> journal(std::string_view kind) const; ///< of one kind
  Stats stats() const;
  std::vector<std::string> violations() const;
  void clear_journal();
  /// The answer to a request as it would come by HTTP, at once: no latency, no fault, no authorisation, no journal.
  HttpReply ask(const HttpRequest& request);

protected:
  explicit Service(ServiceOptions options);
  void serve(); ///< to be called at the end of the constructor
  void stop();  ///< to be called at the beginning of the destructor

  struct Classified {
    std::string kind, type;
  };
  /// `target.path` is without the prefix. Called under the lock, as are all below.
  virtual Classified classify(const HttpRequest& request, const Target& target) const = 0;
  virtual HttpReply answer(const HttpRequest& request, const Target& target, const Classified& what) = 0;
  virtual HttpReply refusal(int status, const std::string& text) const = 0;
  /// A request below /_sim that this class does not know; `path` without `/_sim`.
  virtual HttpReply control(const HttpRequest& request, const Target& target, std::string_view path) = 0;

  mutable std::mutex mutex_;
  Journal journal_;

private:
  void handle(HttpRequest request, HttpServer::Respond respond);
  HttpReply handle_control(const HttpRequest& request, const Target& target, std::string_view path);
  HttpReply faulty(const Fault& fault, const HttpRequest& request, const Target& target, const Classified& what);
  bool authorized(const HttpRequest& request) const;
  std::chrono::microseconds latency_of(const std::string& kind) const;

  ServiceOptions options_;
  Faults faults_;
  std::unique_ptr<HttpServer> server_; ///< none: see ServiceOptions::address
};

HttpReply json_reply(int status, std::string body);

} // namespace dicomcast::sim
