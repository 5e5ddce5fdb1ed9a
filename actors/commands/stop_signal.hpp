// SIGTERM and SIGINT, turned into a call.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace dicomcast::actors {

/// While it lives, the two signals no longer end the process. The first one requests the stop and calls the hook.
class StopSignal {
public:
  StopSignal();
  ~StopSignal();
  std::stop_token token() const;
  bool came() const;
  /// Called on the signal's own thread; at once, on the caller's, if the signal has come already.
  void call(std::function<void()> hook);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace dicomcast::actors
