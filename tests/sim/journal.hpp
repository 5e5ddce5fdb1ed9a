// What a service was asked and when: for tests that look at order and overlap, and for the benches' figures.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::sim {

class Connection;

/// One request and its answer. Times in microseconds of the monotonic clock, which all processes share.
struct Exchange {
  std::int64_t number = 0; ///< counted from 1
  std::int64_t begin = 0;  ///< when the request was there whole
  std::int64_t end = 0;    ///< when its answer was ready to go out; 0: not yet
  std::string kind; ///< FHIR: metadata, search, batch, transaction, read, write; DICOM: feed, latest; both: other
  std::string method, target;
  std::string type;                                  ///< resource type of a search, read or write
  int status = 0;                                    ///< of the answer; 0: none was sent
  std::string fault;                                 ///< the fault that befell it; empty: none
  std::size_t request_bytes = 0, response_bytes = 0; ///< of the bodies
  std::string request_body, response_body;           ///< only where bodies are kept
};

/// Figures over all requests, also those that the journal let go.
struct Stats {
  std::map<std::string, std::int64_t> requests; ///< by kind
  std::map<int, std::int64_t> statuses;         ///< by status, 0: none was sent
  std::int64_t max_concurrent_searches = 0;     ///< searches and batches
  std::int64_t overlapping_transactions = 0;    ///< that began while another was under way
  std::int64_t transaction_microseconds = 0;    ///< sum of their times
  std::int64_t search_microseconds = 0;
  std::int64_t transaction_entries = 0;
  std::int64_t bytes_in = 0, bytes_out = 0; ///< of the bodies
};

/// Not thread-safe: its service holds its lock.
class Journal {
public:
  bool keep_bodies = false;
  std::size_t limit = 200'000; ///< exchanges kept; the oldest are let go

  /// A request has come; the number names it from now on.
  std::int64_t begin(Exchange exchange, std::shared_ptr<const Connection> connection);
  /// Its answer is ready. `status` 0: none will be sent.
  void end(std::int64_t number, int status, std::string_view response_body);
  /// Something that a well-behaved client never does.
  void violation(std::string what);
  void count_transaction_entries(std::size_t entries) {
    stats_.transaction_entries += static_cast<std::int64_t>(entries);
  }

  std::vector<Exchange> exchanges() const;
  const std::vector<std::string>& violations() const { return violations_; }
  const Stats& stats() const { return stats_; }
  void clear();

  std::string to_json() const;       ///< an array of exchanges
  std::string stats_to_json() const; ///< an object, with the violations

private:
  struct Open {
    std::int64_t number;
    std::shared_ptr<const Connection> connection;
  };
  std::map<std::int64_t, Exchange> exchanges_;
  std::vector<Open> open_transactions_;
  std::int64_t last_number_ = 0, open_searches_ = 0;
  Stats stats_;
  std::vector<std::string> violations_;
};

/// Now, in microseconds of the monotonic clock.
std::int64_t monotonic_microseconds();

} // namespace dicomcast::sim
