// libcurl tells which sockets it watches and when it wants to be called; Asio waits for that. All of it on one thread;
// send() alone is called from others and leaves its request in a queue.
#include "io/http/http_client.hpp"

#include "io/http/curl_failure.hpp"
#include "io/http/curl_transfer.hpp"
#include "io/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

namespace dicomcast::io {

namespace asio = boost::asio;

namespace {

constexpr long connections_per_host = 128, connections_kept = 256;
constexpr auto longest_timeout = std::chrono::hours(24);

/// A socket that libcurl uses. It stays registered between exchanges, and is waited for only while libcurl wants to
/// know.
struct Watch {
  Watch(asio::io_context& loop, curl_socket_t socket, bool is_ours)
      : descriptor(loop, socket), fd(socket), ours(is_ours) {}
  asio::posix::stream_descriptor descriptor;
  curl_socket_t fd;
  bool ours; ///< opened by us; else the resolver's, which closes it itself
  int want = 0;
  bool reading = false, writing = false; ///< a wait is under way
};

struct Queued {
  HttpRequest request;
  Transfer::Done done;
  Transfer::Clock::time_point sent;
};

HttpFailure shut_down() {
  return {HttpFailure::Kind::Broken, "the HTTP client was shut down"};
}

void init_curl() {
  static const auto code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    throw std::runtime_error(std::string("libcurl cannot start: ") + curl_easy_strerror(code));
}

} // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
  const auto seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0)
    return {};
  return std::chrono::system_clock::from_time_t(seconds);
}

class CurlClient::Impl {
public:
  explicit Impl(TlsOptions tls) : tls_(std::move(tls)) {
    init_curl();
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_kept);
  }
  ~Impl() { curl_multi_cleanup(multi_); }

  void send(Queued queued) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopped_) {
        queue_.push_back(std::move(queued));
        if (queue_.size() == 1)
          asio::post(loop_, [this] { start_queued(); });
        return;
      }
    }
    queued.done(shut_down());
  }

  void stop() {
    asio::post(loop_, [this] { fail_all(); });
  }

  void run() {
    loop_.run();
    idle_.clear();
    curl_multi_cleanup(std::exchange(multi_, nullptr));
    watches_.clear();
  }

  HttpTraffic traffic() const { return {requests_, bytes_sent_, bytes_received_, resent_}; }

private:
  void start_queued() {
    std::vector<Queued> queued;
    {
      const std::lock_guard lock(mutex_);
      queued.swap(queue_);
    }
    for (auto& one : queued) {
      auto transfer = take_idle();
      transfer->prepare(std::move(one.request), std::move(one.done), one.sent);
      const auto timeout = std::min<std::chrono::milliseconds>(transfer->timeout(), longest_timeout);
      transfer->deadline = under_way_.emplace(one.sent + timeout, transfer.get());
      ++requests_;
      curl_multi_add_handle(multi_, transfer.release()->easy());
    }
    arm_deadline();
  }

  std::unique_ptr<Transfer> take_idle() {
    if (idle_.empty())
      return std::make_unique<Transfer>(tls_, SocketHooks{&Impl::on_open, &Impl::on_close, this});
    auto transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }

  /// Takes the transfer out of libcurl's hands and tells its sender.
  template<class MakeResult>
  void complete(Transfer* under_way, MakeResult make_result) {
    std::unique_ptr<Transfer> transfer(under_way);
    curl_multi_remove_handle(multi_, transfer->easy());
    under_way_.erase(transfer->deadline);
    bytes_sent_ += transfer->bytes_sent();
    bytes_received_ += transfer->bytes_received();
    if (const int times = transfer->times_resent(); times > 0)
      tell_resent(*transfer, times);
    HttpResult result = make_result(*transfer);
    const auto done = transfer->take_done();
    if (idle_.size() < std::size_t{connections_per_host})
      idle_.push_back(std::move(transfer));
    done(std::move(result));
  }

  void tell_resent(const Transfer& transfer, int times) {
    resent_ += static_cast<std::uint64_t>(times);
    const auto& request = transfer.request();
    log::debug("a kept connection to " + authority_of(request.url) + " had died: the " + request.method +
               " went out again on a new one");
  }

  /// libcurl works on what has happened on `fd`, or on what is due.
  void act(curl_socket_t fd, int happened) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, happened, &running);
    // A transfer started within this loop would not be reported by it: senders only queue.
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      const auto code = message->data.result;
      char* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      complete(reinterpret_cast<Transfer*>(transfer), [code](Transfer& t) { return t.finish(code); });
    }
  }

  void arm_deadline() {
    if (under_way_.empty() || under_way_.begin()->first >= deadline_armed_)
      return;
    deadline_armed_ = under_way_.begin()->first;
    deadline_timer_.expires_at(deadline_armed_);
    deadline_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error)
        return;
      deadline_armed_ = Transfer::Clock::time_point::max();
      while (!under_way_.empty() && under_way_.begin()->first <= Transfer::Clock::now())
        complete(under_way_.begin()->second, [](Transfer& t) { return t.timed_out(); });
      arm_deadline();
    });
  }

  void fail_all() {
    for (;;) {
      while (!under_way_.empty())
        complete(under_way_.begin()->second, [](Transfer&) { return shut_down(); });
      std::vector<Queued> queued;
      {
        const std::lock_guard lock(mutex_);
        queued.swap(queue_);
        if (queued.empty()) {
          stopped_ = true;
          break;
        }
      }
      for (auto& one : queued)
        one.done(shut_down());
    }
    loop_.stop();
  }

  void arm(const std::shared_ptr<Watch>& watch) {
    wait(watch, CURL_POLL_IN, watch->reading, asio::posix::stream_descriptor::wait_read);
    wait(watch, CURL_POLL_OUT, watch->writing, asio::posix::stream_descriptor::wait_write);
  }

  void wait(const std::shared_ptr<Watch>& watch, int direction, bool& waiting,
            asio::posix::stream_descriptor::wait_type type) {
    static_assert(CURL_POLL_IN == CURL_CSELECT_IN && CURL_POLL_OUT == CURL_CSELECT_OUT);
    if (waiting || !(watch->want & direction))
      return;
    waiting = true;
    watch->descriptor.async_wait(type, [this, watch, direction, &waiting](const boost::system::error_code& error) {
      waiting = false;
      if (error == asio::error::operation_aborted)
        return;
      if (watch->want & direction)
        act(watch->fd, direction);
      arm(watch); // of a socket closed meanwhile nothing is wanted
    });
  }

  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address) {
    auto& impl = *static_cast<Impl*>(self);
    const auto fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
      return CURL_SOCKET_BAD;
    impl.watches_.emplace(fd, std::make_shared<Watch>(impl.loop_, fd, true));
    return fd;
  }

  static int on_close(void* self, curl_socket_t fd) {
    auto& impl = *static_cast<Impl*>(self);
    if (const auto found = impl.watches_.find(fd); found != impl.watches_.end()) {
      found->second->want = 0;
      boost::system::error_code ignored;
      found->second->descriptor.close(ignored);
      impl.watches_.erase(found);
    }
    return 0;
  }

  static int on_socket(CURL*, curl_socket_t fd, int want, void* self, void*) {
    auto& impl = *static_cast<Impl*>(self);
    auto found = impl.watches_.find(fd);
    if (want == CURL_POLL_REMOVE) {
      if (found == impl.watches_.end())
        return 0;
      found->second->want = 0;
      if (!found->second->ours) {
        found->second->descriptor.release();
        impl.watches_.erase(found);
      }
      return 0;
    }
    if (found == impl.watches_.end())
      found = impl.watches_.emplace(fd, std::make_shared<Watch>(impl.loop_, fd, false)).first;
    found->second->want = want;
    impl.arm(found->second);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    const auto round = ++impl.timer_round_; // outdates what was set before
    const auto due = [&impl, round] {
      if (round == impl.timer_round_)
        impl.act(CURL_SOCKET_TIMEOUT, 0);
    };
    if (milliseconds == 0) { // never from within: libcurl is not to be entered twice
      asio::post(impl.loop_, due);
    } else if (milliseconds > 0) {
      impl.timer_.expires_after(std::chrono::milliseconds(milliseconds));
      impl.timer_.async_wait([due](const boost::system::error_code& error) {
        if (!error)
          due();
      });
    }
    return 0;
  }

  const TlsOptions tls_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_{loop_.get_executor()};
  asio::steady_timer timer_{loop_}, deadline_timer_{loop_};
  std::uint64_t timer_round_ = 0;
  Transfer::Clock::time_point deadline_armed_ = Transfer::Clock::time_point::max();
  CURLM* multi_ = nullptr;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  Deadlines under_way_; ///< owns what it names
  std::atomic<std::uint64_t> requests_ = 0, bytes_sent_ = 0, bytes_received_ = 0, resent_ = 0;

  std::mutex mutex_; // guards what follows
  std::vector<Queued> queue_;
  bool stopped_ = false;
};

CurlClient::CurlClient(TlsOptions tls) : impl_(std::make_shared<Impl>(std::move(tls))) {
  // A new thread inherits the mask: signals are the main thread's, and a broken pipe is an error of write().
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([impl = impl_] { impl->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CurlClient::~CurlClient() {
  impl_->stop();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach(); // the thread keeps impl_ until it has ended
  else
    thread_.join();
}

void CurlClient::send(HttpRequest request, std::function<void(HttpResult)> done) {
  impl_->send({std::move(request), std::move(done), Transfer::Clock::now()});
}

HttpTraffic CurlClient::traffic() const {
  return impl_->traffic();
}

} // namespace dicomcast::io
