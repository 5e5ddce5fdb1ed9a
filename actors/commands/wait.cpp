#include "actors/commands/wait.hpp"

#include <condition_variable>
#include <mutex>

namespace dicomcast::actors {

void wait(std::stop_token stop, std::chrono::milliseconds delay) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, delay, [] { return false; });
}

} // namespace dicomcast::actors
