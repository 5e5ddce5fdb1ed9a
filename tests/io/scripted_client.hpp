// An HttpClient that answers from a script, on the sender's thread or when told to, and keeps what it was asked.
#pragma once

#include "io/http/http_client.hpp"

#include <deque>
#include <stdexcept>

namespace dicomcast::test {

class ScriptedClient final : public io::HttpClient {
public:
  struct Pending {
    io::HttpRequest request;
    std::function<void(io::HttpResult)> done;
  };

  void send(io::HttpRequest request, std::function<void(io::HttpResult)> done) override {
    sent.push_back(request);
    if (by_hand) {
      pending.push_back({std::move(request), std::move(done)});
      return;
    }
    if (answers.empty())
      throw std::logic_error("not expected: " + request.method + " " + request.url);
    auto answer = std::move(answers.front());
    answers.pop_front();
    if (auto* redirect = std::get_if<io::HttpResponse>(&answer); redirect && redirect->status / 100 == 3)
      redirect->request_body = std::move(request.body);
    done(std::move(answer));
  }

  /// Answers the oldest that waits.
  void answer(io::HttpResult result) {
    auto first = std::move(pending.front());
    pending.pop_front();
    first.done(std::move(result));
  }

  bool by_hand = false;
  std::deque<io::HttpResult> answers;
  std::deque<Pending> pending;
  std::vector<io::HttpRequest> sent;
};

inline io::HttpResponse response(int status, std::string body = {}, io::Headers headers = {}) {
  return {status, std::move(headers), std::move(body), {}};
}

inline std::string header_of(const io::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name)
      return value;
  return "(none)";
}

} // namespace dicomcast::test
