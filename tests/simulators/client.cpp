// A plain HTTP client for these tests.
#include "tests/simulators/client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace dicomcast::test {

mapping::Json Answer::json() const {
  return mapping::Json::parse(body).value_or(mapping::Json());
}

Client::Client(const std::string& url) {
  auto colon = url.rfind(':');
  auto slash = url.find('/', colon);
  port_ = std::stoi(url.substr(colon + 1, slash - colon - 1));
  if (slash != std::string::npos)
    prefix_ = url.substr(slash);
}

Client::~Client() {
  close();
}

void Client::close() {
  if (socket_ >= 0)
    ::close(socket_);
  socket_ = -1;
  buffer_.clear();
}

void Client::connect() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no connection to port " + std::to_string(port_));
  ++connections_;
}

Answer Client::get(const std::string& target, const std::vector<std::string>& headers) {
  return send("GET", target, "", headers);
}

Answer Client::post(const std::string& target, const std::string& body, const std::vector<std::string>& headers) {
  return send("POST", target, body, headers);
}

Answer Client::send(const std::string& method, const std::string& target, const std::string& body,
                    const std::vector<std::string>& headers) {
  begin(method, target, body, headers);
  return receive();
}

void Client::begin(const std::string& method, const std::string& target, const std::string& body,
                   const std::vector<std::string>& headers) {
  if (socket_ < 0)
    connect();
  auto path = prefix_ + target;
  auto request = method + " " + (path.empty() ? "/" : path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const auto& header : headers)
    request += header + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t sent = 0; sent < request.size();) {
    auto count = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0)
      return;
    sent += static_cast<std::size_t>(count);
  }
}

Answer Client::receive() {
  Answer answer;
  std::size_t head = std::string::npos, length = 0;
  char bytes[65536];
  for (;;) {
    if (head == std::string::npos && (head = buffer_.find("\r\n\r\n")) != std::string::npos) {
      head += 4;
      answer.status = std::stoi(buffer_.substr(9, 3));
      for (auto line = buffer_.find("\r\n") + 2; line + 2 < head;) {
        auto end = buffer_.find("\r\n", line), colon = buffer_.find(':', line);
        auto name = buffer_.substr(line, colon - line);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        answer.headers[name] = buffer_.substr(colon + 2, end - colon - 2);
        line = end + 2;
      }
      length = answer.headers.count("content-length") ? std::stoul(answer.headers["content-length"]) : 0;
    }
    if (head != std::string::npos && buffer_.size() >= head + length) {
      answer.body = buffer_.substr(head, length);
      answer.whole = true;
      buffer_.erase(0, head + length);
      return answer;
    }
    auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      answer.reset = got < 0 && errno == ECONNRESET;
      if (head != std::string::npos)
        answer.body = buffer_.substr(head);
      close();
      return answer;
    }
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

} // namespace dicomcast::test
