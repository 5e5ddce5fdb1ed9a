// What follows the answer to a search.
#include "actors/resources/search_desk.hpp"

#include <algorithm>

namespace dicomcast::actors {

namespace {

constexpr int server_error_retries = 3;

io::fhir::Outcome<io::fhir::SearchPage> read(const Search& search, const io::ServiceResult& result) {
  auto type = type_of(search.keys.front().kind);
  if (search.by != Search::By::Id)
    return io::fhir::read_search(result, type, search.operation);
  auto resource = io::fhir::read_resource(result, type, search.operation);
  if (auto* error = std::get_if<io::Error>(&resource))
    return *error;
  io::fhir::SearchPage page;
  page.resources.push_back(std::get<mapping::Json>(std::move(resource)));
  return page;
}

/// Nobody is let in: every search would fare the same.
bool is_locked_out(io::ErrorCode code) {
  return code == io::ErrorCode::Unauthorised || code == io::ErrorCode::Certificate;
}

} // namespace

SearchDesk::SearchDesk(ResourceCache& cache, io::RetryLimits retry, std::size_t concurrency, std::string root)
    : cache_(cache), retry_(retry), limit_(concurrency), root_(std::move(root)) {}

void SearchDesk::send(Steps& steps, std::shared_ptr<Search> search, std::string path) {
  ++under_way_;
  steps.send.push_back({std::move(search), std::move(path)});
}

void SearchDesk::send_more(Steps& steps) {
  while (under_way_ < limit_.now()) {
    auto search = cache_.next_search();
    if (!search)
      return;
    auto path = search->path;
    send(steps, std::make_shared<Search>(std::move(*search)), std::move(path));
  }
}

SearchDesk::Steps SearchDesk::pump() {
  Steps steps;
  send_more(steps);
  return steps;
}

SearchDesk::Steps SearchDesk::answered(const std::shared_ptr<Search>& search, const io::ServiceResult& result,
                                       Clock::time_point now) {
  --under_way_;
  Steps steps;
  auto outcome = read(*search, result);
  if (auto* error = std::get_if<io::Error>(&outcome))
    failed(steps, search, *error, now);
  else
    page(steps, search, std::move(std::get<io::fhir::SearchPage>(outcome)), now);
  send_more(steps);
  return steps;
}

void SearchDesk::page(Steps& steps, const std::shared_ptr<Search>& search, io::fhir::SearchPage page,
                      Clock::time_point now) {
  limit_.answered();
  ++search->pages;
  search->total = page.total;
  search->attempt = 0;
  search->retry.reset();
  std::move(page.resources.begin(), page.resources.end(), std::back_inserter(search->found));
  if (page.next.empty()) {
    steps.resolved = cache_.found(*search, now);
    return;
  }
  auto next = next_page(*search, page.next, root_);
  if (next.error) {
    steps.resolved = cache_.not_whole(*search, *next.error, now);
    return;
  }
  search->links.insert(std::move(page.next));
  send(steps, search, std::move(next.path));
}

void SearchDesk::failed(Steps& steps, const std::shared_ptr<Search>& search, const io::Error& error,
                        Clock::time_point now) {
  bool too_often = error.code == io::ErrorCode::ServerError && search->attempt >= server_error_retries;
  bool again = is_locked_out(error.code) || io::is_transient(error.code);
  search->begin_anew(cache_.commits());
  if (!again || too_often) {
    steps.resolved = cache_.refused(*search, error, now);
    return;
  }
  if (error.code == io::ErrorCode::Unavailable || error.code == io::ErrorCode::Timeout)
    limit_.overloaded();
  ++search->attempt;
  if (auto first = cache_.first_waiting(*search))
    steps.failed = Failed{*first, error, search->attempt};
  if (!search->retry) { // the last attempt comes before the entry that waits for it is given up
    auto limits = retry_;
    limits.total -= limits.total / 10;
    search->retry.emplace(limits);
  }
  auto delay = retry_.max_delay;
  if (!is_locked_out(error.code))
    delay = search->retry->next(now, error.retry_after).value_or(delay);
  ++under_way_;
  steps.retry = Retry{search, delay};
}

SearchDesk::Steps SearchDesk::again(const std::shared_ptr<Search>& search) {
  --under_way_;
  Steps steps;
  if (cache_.first_waiting(*search)) {
    search->begin_anew(cache_.commits());
    send(steps, search, search->path);
  } else {
    cache_.drop(*search);
  }
  send_more(steps);
  return steps;
}

} // namespace dicomcast::actors
