// SIGTERM and SIGINT, on a thread of their own.
#include "actors/commands/stop_signal.hpp"

#include "io/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace dicomcast::actors {

namespace {

/// Of the 10 s in which a stopped process exits; the actors are left to themselves after 8 s.
constexpr std::chrono::seconds patience{9};

} // namespace

struct StopSignal::Impl {
  boost::asio::io_context loop{1};
  boost::asio::signal_set signals{loop, SIGTERM, SIGINT};
  boost::asio::steady_timer deadline{loop};
  std::stop_source source;
  std::mutex mutex;
  std::function<void()> hook;
  std::thread thread;
};

StopSignal::StopSignal(int code_by_force) : impl_(std::make_unique<Impl>()) {
  impl_->signals.async_wait([impl = impl_.get(), code_by_force](const boost::system::error_code& error, int) {
    if (error)
      return;
    impl->deadline.expires_after(patience);
    impl->deadline.async_wait([code_by_force](const boost::system::error_code& cancelled) {
      if (cancelled)
        return;
      io::log::warning("ended by force: the state store or a service has not answered since the signal; the checkpoint "
                       "is right, run again to go on");
      std::_Exit(code_by_force);
    });
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
