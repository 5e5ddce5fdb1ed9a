// A request that a command waits for.
#include "actors/commands/ask.hpp"

#include <future>
#include <memory>

namespace dicomcast::actors {

io::ServiceResult ask(io::Service& service, std::string path) {
  auto answer = std::make_shared<std::promise<io::ServiceResult>>();
  auto future = answer->get_future();
  service.send("GET", std::move(path), {}, {},
               [answer](io::ServiceResult result) { answer->set_value(std::move(result)); });
  return future.get();
}

} // namespace dicomcast::actors
