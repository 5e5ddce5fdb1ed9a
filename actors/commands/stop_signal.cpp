// SIGTERM and SIGINT, on a thread of their own.
#include "actors/commands/stop_signal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <mutex>
#include <thread>

namespace dicomcast::actors {

struct StopSignal::Impl {
  boost::asio::io_context loop{1};
  boost::asio::signal_set signals{loop, SIGTERM, SIGINT};
  std::stop_source source;
  std::mutex mutex;
  std::function<void()> hook;
  std::thread thread;
};

StopSignal::StopSignal() : impl_(std::make_unique<Impl>()) {
  impl_->signals.async_wait([impl = impl_.get()](const boost::system::error_code& error, int) {
    if (error)
      return;
    impl->source.request_stop();
    std::lock_guard lock(impl->mutex);
    if (impl->hook)
      impl->hook();
  });
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop.run(); });
}

StopSignal::~StopSignal() {
  impl_->loop.stop();
  impl_->thread.join();
}

std::stop_token StopSignal::token() const {
  return impl_->source.get_token();
}

bool StopSignal::came() const {
  return impl_->source.stop_requested();
}

void StopSignal::call(std::function<void()> hook) {
  std::lock_guard lock(impl_->mutex);
  impl_->hook = std::move(hook);
  if (came() && impl_->hook)
    impl_->hook();
}

} // namespace dicomcast::actors
