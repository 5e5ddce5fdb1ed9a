// SIGTERM and SIGINT, turned into a call, and into the end of the process whatever hangs.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace dicomcast::actors {

/// While it lives, the two signals no longer end the process. The first one requests the stop and calls the hook. If it
/// still lives 9 s later, something hangs that knows no end: the process ends then and there with `code_by_force`. A
/// kill at any moment harms nothing, so neither does that.
class StopSignal {
public:
  explicit StopSignal(int code_by_force);
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
