// The network of a world: the DICOM and the FHIR service (tests/sim, without sockets) and the requests under way to
// them. A request arrives at its service, then its answer comes; each is one step, taken when the scheduler picks it.
// The faults of the world strike here.
#pragma once

#include "io/http/http_client.hpp"
#include "tests/sim/dicom_service.hpp"
#include "tests/sim/fhir_service.hpp"
#include "tests/simulation/fhir_access.hpp"
#include "tests/simulation/random.hpp"
#include "tests/simulation/trace.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dicomcast::simulation {

/// Who wants to know. All are called at once, in the middle of a step.
class NetworkEvents {
public:
  virtual ~NetworkEvents() = default;
  virtual void request_sent(FaultTarget target) = 0;
  virtual void transaction_under_way(bool begins) = 0; ///< as the engine sees it
  virtual void transaction_arrives(int nth) = 0;       ///< before anything of it is done
  virtual void before_apply(const std::vector<sim::Operation>& operations) = 0;
  virtual void after_apply(const std::vector<sim::Operation>& operations, int status) = 0;
  /// The engine has been given these entries: each as the feed's JSON, by Sequence.
  virtual void entries_delivered(const std::map<std::int64_t, std::string>& entries) = 0;
};

class Network {
public:
  Network(const World& world, Random& random, Trace& trace, NetworkEvents& events);
  ~Network();

  /// For one run of the engine: what it sends after cut_off() goes nowhere.
  std::shared_ptr<io::HttpClient> client();
  /// The engine is gone: answers are nobody's; a transaction on its way is done or not, as chance will have it.
  void cut_off();
  void end_faults() { faults_on_ = false; }

  // what the scheduler may pick
  std::size_t due() const;
  void run(std::size_t which); ///< one of those that are due
  std::optional<VirtualTime> next() const;
  std::size_t under_way(FaultTarget target) const;

  sim::FhirService& fhir() { return *fhir_; }
  sim::DicomService& dicom() { return *dicom_; }
  FhirAccess& access() { return *access_; }
  int failed_answers() const { return failed_answers_; } ///< that may each have caused a row of a retry
  int count(FaultTarget target) const;                   ///< requests so far
  void mend_poisons() { poisons_.clear(); }

  static constexpr const char* dicom_root = "http://dicom";
  static constexpr const char* fhir_root = "http://fhir";

private:
  class Client;
  struct Exchange {
    int number = 0, nth = 0; ///< of all, and of its target
    FaultTarget target = FaultTarget::Search;
    io::HttpRequest request;
    std::function<void(io::HttpResult)> done;
    std::optional<FaultKind> fault;
    std::optional<io::HttpResult> answer; ///< none: it has not arrived yet
    VirtualTime due{};
    VirtualTime deadline{};
  };

  void send(io::HttpRequest request, std::function<void(io::HttpResult)> done);
  void arrive(Exchange& exchange);
  io::HttpResult transaction(Exchange& exchange);
  io::HttpResult search(Exchange& exchange);
  io::HttpResult feed(Exchange& exchange);
  io::HttpResponse apply(Exchange& exchange);
  std::optional<io::HttpResponse> refusal(const std::vector<sim::Operation>& operations);
  io::HttpResponse ask(sim::Service& service, const io::HttpRequest& request);
  void page(Exchange& exchange, io::HttpResponse& response);
  void deliver(Exchange exchange);
  VirtualTime delay();
  bool is_due(const Exchange& one) const { return one.due <= trace_.now; }

  const World& world_;
  Random& random_;
  Trace& trace_;
  NetworkEvents& events_;
  std::unique_ptr<sim::FhirService> fhir_;
  std::unique_ptr<sim::DicomService> dicom_;
  std::unique_ptr<FhirAccess> access_;
  std::vector<Poison> poisons_;
  std::shared_ptr<Client> client_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::map<FaultTarget, int> counts_;
  std::set<std::string> loops_; ///< URLs of searches whose next link leads to themselves
  int numbers_ = 0, failed_answers_ = 0;
  bool faults_on_ = true;
};

/// One line for the trace.
std::string describe(const std::vector<sim::Operation>& operations);

} // namespace dicomcast::simulation
