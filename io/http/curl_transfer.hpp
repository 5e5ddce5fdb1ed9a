// One exchange on an easy handle that is used again and again. Lives on the client's thread.
#pragma once

#include "io/http/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace dicomcast::io {

class Transfer;
/// What is to be done by when.
using Deadlines = std::multimap<std::chrono::steady_clock::time_point, Transfer*>;

/// Opens and closes sockets for libcurl; `self` is the client.
struct SocketHooks {
  curl_opensocket_callback open;
  curl_closesocket_callback close;
  void* self;
};

class Transfer {
public:
  using Done = std::function<void(HttpResult)>;
  using Clock = std::chrono::steady_clock;

  Transfer(const TlsOptions& tls, const SocketHooks& hooks);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Sets the handle up. The body is not copied: it stays in this object until the exchange is over.
  void prepare(HttpRequest request, Done done, Clock::time_point sent);
  /// The outcome after libcurl's `code`, moved out.
  HttpResult finish(CURLcode code);
  HttpFailure timed_out() const;
  /// How often the request went out again since a kept connection had died.
  int times_resent() const { return std::max(0, times_sent_ - 1); }
  const HttpRequest& request() const { return request_; }
  std::uint64_t bytes_sent() const;
  std::uint64_t bytes_received() const;

  CURL* easy() const { return easy_; }
  const std::chrono::milliseconds& timeout() const { return request_.timeout; }
  Clock::time_point sent() const { return sent_; }
  Done take_done() { return std::exchange(done_, nullptr); }

  Deadlines::iterator deadline; ///< where the client keeps this while it is under way

private:
  static int on_send(void* self, char*, char*, int, int);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  void set_method();
  void set_headers();

  const TlsOptions& tls_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  HttpRequest request_;
  HttpResponse response_;
  Done done_;
  Clock::time_point sent_;
  bool too_large_ = false;
  int times_sent_ = 0;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

} // namespace dicomcast::io
