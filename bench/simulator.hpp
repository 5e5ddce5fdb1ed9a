// dicomcast-sim as a process of its own, and what its services tell of what they were asked.
#pragma once

#include "bench/process.hpp"
#include "io/http/http_client.hpp"
#include "mapping/json/json.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::bench {

/// One request after another, over the engine's own HTTP client. Throws std::runtime_error where no answer comes.
class Http {
public:
  io::HttpResponse send(std::string method, std::string url, std::string body = {});
  /// The body of an answer that must be a success.
  std::string get(const std::string& url);

private:
  io::CurlClient client_;
};

/// What a run asked of the FHIR service, as the service counted it.
struct ServiceCounts {
  std::int64_t requests = 0, transactions = 0, bytes_received = 0;
  double transaction_seconds = 0; ///< the sum of the transactions' own times
  std::string violations;         ///< what a well-behaved client never does; two transactions at once, too
};

/// A request as the service saw it, in seconds of the monotonic clock, which all processes share.
struct SeenRequest {
  std::string kind, target;
  double begin = 0, end = 0;
};

/// What stands in the FHIR service.
struct Contents {
  std::int64_t patients = 0, studies = 0, instances = 0;
  bool operator==(const Contents&) const = default;
};

class Simulator {
public:
  /// `program`: dicomcast-sim's path. Returns once the services answer; throws std::runtime_error.
  Simulator(const std::string& program, const std::vector<std::string>& arguments);
  ~Simulator() { child_->end(); }

  const std::string& dicom_url() const { return dicom_; }
  const std::string& fhir_url() const { return fhir_; }

  /// For `TableStore:ConnectionString`; empty without `--tables`.
  const std::string& table_connection_string() const { return tables_; }

  ServiceCounts counts();
  std::int64_t table_requests(); ///< to the Table service so far, a batch counted once
  std::int64_t feed_pages();     ///< requests for pages so far
  std::vector<SeenRequest> feed_journal() { return journal(dicom_); }
  std::vector<SeenRequest> fhir_journal() { return journal(fhir_); }
  /// From now on counts begin at zero.
  void forget();
  Contents contents();
  std::string normalised_state();

private:
  std::vector<SeenRequest> journal(const std::string& url);

  TemporaryFolder folder_;
  std::unique_ptr<Child> child_;
  std::string dicom_, fhir_, tables_;
  Http http_;
};

/// A member that must be a whole number.
std::int64_t whole(const mapping::Json& json, std::string_view name);

} // namespace dicomcast::bench
