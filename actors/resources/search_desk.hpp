// The searches under way: which are sent, and what follows each answer.
//
//   pump()      -> send while fewer than the limit are under way
//   answered()  -> the next page, or the cache and the entries that have all they need now; or, of a failure, a retry
//   again()     -> the retry, if anybody still waits for it
//
// Invariants. Each search is under way (sent, or waiting for its retry) from next_search() until the cache has been
// told what became of it: found, refused, not whole, or dropped. One that waits for its retry counts as under way: a
// service in trouble is not asked more. A failure is told for the first entry that waits for it, before the retry.
//
// A plain class; the time is an argument.
#pragma once

#include "actors/resources/resource_cache.hpp"
#include "actors/resources/search_limit.hpp"
#include "io/service.hpp"

namespace dicomcast::actors {

class SearchDesk {
public:
  /// `cache` outlives it. `root`: the service's, without trailing slash.
  SearchDesk(ResourceCache& cache, io::RetryLimits retry, std::size_t concurrency, std::string root);

  struct Send {
    std::shared_ptr<Search> search;
    std::string path; ///< to GET; relative to the service's root, or absolute within it
  };
  struct Retry {
    std::shared_ptr<Search> search;
    milliseconds delay{};
  };
  struct Failed {
    std::int64_t sequence = 0; ///< the first entry that waits for it
    io::Error error;
    int retry = 0; ///< which comes next, from 1
  };
  /// What is to be done.
  struct Steps {
    std::vector<Send> send;
    std::optional<Retry> retry;
    std::optional<Failed> failed;
    std::vector<std::int64_t> resolved;
  };
  Steps pump();
  Steps answered(const std::shared_ptr<Search>& search, const io::ServiceResult& result, Clock::time_point now);
  Steps again(const std::shared_ptr<Search>& search);

private:
  void send(Steps& steps, std::shared_ptr<Search> search, std::string path);
  void send_more(Steps& steps);
  void page(Steps& steps, const std::shared_ptr<Search>& search, io::fhir::SearchPage page, Clock::time_point now);
  void failed(Steps& steps, const std::shared_ptr<Search>& search, const io::Error& error, Clock::time_point now);

  ResourceCache& cache_;
  io::RetryLimits retry_;
  SearchLimit limit_;
  std::string root_;
  std::size_t under_way_ = 0;
};

} // namespace dicomcast::actors
