// A small HTTP/1.1 server, by Boost.Beast: the only source that includes it here.
#include "tests/sim/http_server.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <sys/socket.h>
#include <thread>

namespace dicomcast::sim {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

std::string_view reason(int status) {
  auto known = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return known.empty() ? "Status" : std::string_view(known.data(), known.size());
}

std::string head_of(const HttpReply& reply, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  head.append(reason(reply.status)).append("\r\n");
  if (!reply.content_type.empty())
    head.append("Content-Type: ").append(reply.content_type).append("\r\n");
  for (const auto& [name, value] : reply.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  if (reply.status != 204 && reply.status != 304)
    head.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
  if (!keep_alive)
    head.append("Connection: close\r\n");
  return head.append("\r\n");
}

} // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

struct HttpServer::Impl {
  class Session;

  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  Handler handler;
  std::thread thread;

  void accept();
};

class HttpServer::Impl::Session final : public Connection, public std::enable_shared_from_this<Session> {
public:
  Session(tcp::socket socket, Impl& server) : socket_(std::move(socket)), server_(server) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  bool client_gone() const override {
    char byte;
    auto& socket = const_cast<tcp::socket&>(socket_);
    if (!socket.is_open())
      return true;
    auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(boost::none);
    parser_->header_limit(1 << 20);
    http::async_read(socket_, buffer_, *parser_,
                     [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                       if (error)
                         return self->close();
                       self->handle();
                     });
  }

private:
  void handle() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    HttpRequest request;
    request.method = message.method_string();
    request.target = message.target();
    request.body = std::move(message.body());
    for (const auto& field : message.base()) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    auto self = shared_from_this();
    request.connection = self;
    server_.handler(std::move(request), [self](HttpReply reply) { self->write(std::move(reply)); });
  }

  void write(HttpReply reply) {
    switch (reply.delivery) {
    case Delivery::Silence:
      return wait_for_end();
    case Delivery::Reset:
      return reset();
    case Delivery::Whole:
    case Delivery::CutOff:
      break;
    }
    bool whole = reply.delivery == Delivery::Whole;
    head_ = head_of(reply, keep_alive_);
    body_ = std::move(reply.body);
    if (reply.status == 204 || reply.status == 304)
      body_.clear();
    std::array<asio::const_buffer, 2> bytes{asio::buffer(head_),
                                            asio::buffer(body_.data(), whole ? body_.size() : body_.size() / 2)};
    asio::async_write(socket_, bytes, [self = shared_from_this(), whole](boost::system::error_code error, std::size_t) {
      if (error || !whole || !self->keep_alive_)
        return self->close();
      self->read();
    });
  }

  void wait_for_end() {
    socket_.async_wait(tcp::socket::wait_error,
                       [self = shared_from_this()](boost::system::error_code) { self->close(); });
  }

  void reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  Impl& server_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool keep_alive_ = true;
  std::string head_, body_;
};

void HttpServer::Impl::accept() {
  acceptor.async_accept([this](boost::system::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted)
      return;
    if (!error)
      std::make_shared<Session>(std::move(socket), *this)->read();
    accept();
  });
}

HttpServer::HttpServer(std::uint16_t port) : impl_(std::make_unique<Impl>()) {
  tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  impl_->acceptor.open(endpoint.protocol());
  impl_->acceptor.set_option(tcp::acceptor::reuse_address(true));
  impl_->acceptor.bind(endpoint);
  impl_->acceptor.listen(1024);
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::start(Handler handler) {
  impl_->handler = std::move(handler);
  impl_->accept();
  impl_->thread = std::thread([this] { impl_->context.run(); });
}

void HttpServer::stop() {
  impl_->context.stop();
  if (impl_->thread.joinable())
    impl_->thread.join();
}

std::uint16_t HttpServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}

std::string HttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port());
}

void HttpServer::after(std::chrono::microseconds delay, std::function<void()> then) {
  if (delay <= std::chrono::microseconds::zero())
    return then();
  auto timer = std::make_shared<asio::steady_timer>(impl_->context, delay);
  timer->async_wait([timer, then = std::move(then)](boost::system::error_code error) {
    if (!error)
      then();
  });
}

} // namespace dicomcast::sim
