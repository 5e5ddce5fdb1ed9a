// A server that answers as it is told.
#include "tests/io/stub_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <condition_variable>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace dicomcast::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct StubServer::Impl {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::unique_ptr<asio::ssl::context> tls;
  Handler handler;
  std::thread acceptor_thread;
  std::atomic<int> connections = 0;

  std::mutex mutex; // guards what follows
  std::condition_variable ending;
  bool ended = false;
  std::set<int> sockets;
  std::vector<std::thread> threads;

  void accept() {
    for (;;) {
      boost::system::error_code error;
      tcp::socket socket(context);
      acceptor.accept(socket, error);
      const std::lock_guard lock(mutex);
      if (ended)
        return;
      if (error)
        continue;
      sockets.insert(socket.native_handle());
      threads.emplace_back([this, number = ++connections, moved = std::move(socket)]() mutable {
        const int fd = moved.native_handle();
        try {
          serve(moved, number);
        } catch (const boost::system::system_error&) {
          // The client has gone: what it made of that is the test's to judge.
        }
        const std::lock_guard guard(
            mutex); // closed under the lock, so that the number stays ours while it is in the set
        sockets.erase(fd);
        boost::system::error_code ignored;
        moved.close(ignored);
      });
    }
  }

  void serve(tcp::socket& socket, int number) {
    if (!tls)
      return talk(socket, socket, number);
    asio::ssl::stream<tcp::socket&> stream(socket, *tls);
    stream.handshake(asio::ssl::stream_base::server);
    talk(stream, socket, number);
  }

  template<class Stream>
  void talk(Stream& stream, tcp::socket& socket, int number) {
    std::string buffer;
    for (;;) {
      StubRequest request = read_request(stream, buffer);
      request.connection = number;
      const auto answer = handler(request);
      asio::write(stream, asio::buffer(answer.bytes));
      switch (answer.then) {
      case StubReply::Then::Keep:
        continue;
      case StubReply::Then::Close:
        return;
      case StubReply::Then::Reset:
        socket.set_option(asio::socket_base::linger(true, 0));
        return;
      case StubReply::Then::Silence: {
        std::unique_lock lock(mutex);
        ending.wait(lock, [this] { return ended; });
        return;
      }
      }
    }
  }

  template<class Stream>
  static StubRequest read_request(Stream& stream, std::string& buffer) {
    StubRequest request;
    auto length = asio::read_until(stream, asio::dynamic_buffer(buffer), "\r\n\r\n");
    const std::string head = buffer.substr(0, length);
    buffer.erase(0, length);
    request.method = head.substr(0, head.find(' '));
    request.target = head.substr(request.method.size() + 1);
    request.target.resize(request.target.find(' '));
    for (auto at = head.find("\r\n") + 2; at + 2 < head.size();) {
      const auto end = head.find("\r\n", at), colon = head.find(':', at);
      auto name = head.substr(at, colon - at);
      for (char& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const auto found = request.headers.find("content-length");
    const std::size_t body = found == request.headers.end() ? 0 : std::stoul(found->second);
    if (buffer.size() < body)
      asio::read(stream, asio::dynamic_buffer(buffer), asio::transfer_exactly(body - buffer.size()));
    request.body = buffer.substr(0, body);
    buffer.erase(0, body);
    return request;
  }
};

StubReply reply(int status, const std::string& body, const std::string& headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " Status\r\n" + headers +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          StubReply::Then::Keep};
}

StubServer::StubServer(Handler handler) : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  impl_->acceptor_thread = std::thread([this] { impl_->accept(); });
}

StubServer::StubServer(Handler handler, const StubTls& tls) : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  impl_->tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  impl_->tls->use_certificate_chain_file(tls.certificate);
  impl_->tls->use_private_key_file(tls.key, asio::ssl::context::pem);
  if (!tls.client_ca.empty()) {
    impl_->tls->load_verify_file(tls.client_ca);
    impl_->tls->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  impl_->acceptor_thread = std::thread([this] { impl_->accept(); });
}

StubServer::~StubServer() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ended = true;
    for (const int socket : impl_->sockets)
      ::shutdown(socket, SHUT_RDWR);
  }
  impl_->ending.notify_all();
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);
  impl_->acceptor_thread.join();
  for (auto& thread : impl_->threads)
    thread.join();
}

unsigned short StubServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}
int StubServer::connections() const {
  return impl_->connections;
}
std::string StubServer::url(const std::string& path) const {
  return (impl_->tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port()) + path;
}

} // namespace dicomcast::test
