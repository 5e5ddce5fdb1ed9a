// A request that a command waits for.
#include "actors/commands/ask.hpp"

#include <atomic>
#include <future>
#include <memory>

namespace dicomcast::actors {

namespace {

/// What comes first counts: the answer or the stop.
struct First {
  std::promise<io::ServiceResult> promise;
  std::atomic<bool> is_set = false;
  void set(io::ServiceResult result) {
    if (!is_set.exchange(true))
      promise.set_value(std::move(result));
  }
};

} // namespace

io::ServiceResult ask(io::Service& service, std::string path, std::stop_token stop) {
  auto first = std::make_shared<First>();
  auto future = first->promise.get_future();
  io::Error stopped;
  stopped.operation = "GET " + path.substr(0, path.find('?'));
  stopped.cause = "stopped before the answer";
  const std::stop_callback on_stop(stop, [first, stopped] { first->set(stopped); });
  service.send("GET", std::move(path), {}, {}, [first](io::ServiceResult result) { first->set(std::move(result)); });
  return future.get();
}

} // namespace dicomcast::actors
