// The poller's actor in virtual time, against a feed in memory that answers at once.
#pragma once

#include "actors/poller.hpp"
#include "tests/actors/feed/cursor_support.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <catch2/catch.hpp>

#include <functional>

namespace dicomcast::tests {

using namespace std::chrono_literals;

/// Answers at once, out of a FeedModel; or as `instead` says.
class FakeFeed final : public io::HttpClient {
public:
  FeedModel model{conf::ApiVersion::V1};
  std::function<std::optional<io::HttpResult>(const std::string& path)> instead;
  std::vector<std::string> paths;

  void send(io::HttpRequest request, std::function<void(io::HttpResult)> done) override {
    auto path = request.url.substr(std::string("http://dicom/").size());
    paths.push_back(path);
    if (instead)
      if (auto result = instead(path))
        return done(std::move(*result));
    auto answer = model.answer(path);
    if (answer.is_latest)
      return done(text(answer.latest ? entry(*answer.latest) : "null"));
    std::string body;
    for (auto& one : answer.rows)
      body += (body.empty() ? "[" : ",") + entry(one.sequence);
    done(text(answer.malformed ? body + ",{\"Sequence\"" : body.empty() ? "[]" : body + "]"));
  }

  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(
        std::count_if(paths.begin(), paths.end(), [&](auto& path) { return path.find(part) != path.npos; }));
  }

  static io::HttpResult text(std::string body, int status = 200) {
    io::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

private:
  static std::string entry(std::int64_t sequence) {
    auto number = std::to_string(sequence);
    return R"({"sequence":)" + number +
           R"(,"studyInstanceUid":"1.2","seriesInstanceUid":"1.3","sopInstanceUid":"1.4.)" + number +
           R"(","action":"delete","state":")" + (sequence % 2 ? "deleted" : "replaced") + R"("})";
  }
};

struct Seen {
  std::vector<actors::EntryPtr> entries;
  std::optional<actors::FeedEnd> end;
  std::vector<actors::Fatal> fatal;
  std::vector<std::string> notices;
  std::int64_t latest = -1;
};

inline actors::SequencerActor::behavior_type sequencer(actors::SequencerActor::pointer, Seen* seen) {
  return {
      [seen](const actors::Entries& message) {
        seen->entries.insert(seen->entries.end(), message.entries.begin(), message.entries.end());
      },
      [seen](const actors::FeedEnd& message) { seen->end = message; },
      [](const actors::Resolved&) { FAIL("unexpected"); },
      [](const actors::FetchFailed&) { FAIL("unexpected"); },
      [](const actors::Prepared&) { FAIL("unexpected"); },
      [](const actors::CommitResult&) { FAIL("unexpected"); },
      [](const actors::Recorded&) { FAIL("unexpected"); },
      [](const actors::Drain&) { FAIL("unexpected"); },
  };
}

inline actors::SupervisorActor::behavior_type supervisor(actors::SupervisorActor::pointer, Seen* seen) {
  return {
      [seen](const actors::Fatal& message) {
        CHECK_FALSE(seen->end); // the sequencer may finish at once
        seen->fatal.push_back(message);
      },
      [seen](const actors::Notice& message) { seen->notices.push_back(message.message); },
      [seen](const actors::FeedLatest& message) { seen->latest = message.sequence; },
      [](const actors::Finished&) { FAIL("unexpected"); },
      [](const actors::Drain&) { FAIL("unexpected"); },
  };
}

struct SystemConfig : caf::actor_system_config {
  SystemConfig() { set("scheduler.policy", caf::atom("testing")); }
};

class PollerWorld {
public:
  std::shared_ptr<FakeFeed> feed = std::make_shared<FakeFeed>();
  Seen seen;
  actors::PollerConfig config;

  PollerWorld() {
    conf::ServiceConfig service;
    service.endpoint = "http://dicom";
    config.dicom = std::make_shared<io::Service>(service, feed);
    config.feed.page_size = 10;
    config.poll_interval = 60s;
    config.retry = {10min, 2s, 60s};
  }
  ~PollerWorld() {
    caf::anon_send_exit(poller_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(sequencer_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
    scheduler_.run();
  }

  void add(const Sequences& sequences, bool malformed = false) {
    for (auto sequence : sequences)
      feed->model.add({sequence, 0, malformed});
  }
  void start(std::size_t window = 1000) {
    config.feed.stop_at_latest = !config.is_daemon;
    sequencer_ = system_.spawn(sequencer, &seen);
    supervisor_ = system_.spawn(supervisor, &seen);
    poller_ = actors::spawn_poller(system_, config, sequencer_, supervisor_);
    tell(actors::Demand{window});
  }
  template<class Message>
  void tell(Message message) {
    caf::anon_send(poller_, std::move(message));
    scheduler_.run();
  }
  void wait(actors::milliseconds time) {
    for (auto left = time; left > 0ms; left -= 1s) {
      scheduler_.advance_time(std::min<actors::milliseconds>(left, 1s));
      scheduler_.run();
    }
  }
  Sequences taken() const { return sequences_of(seen.entries); }

private:
  SystemConfig system_config_;
  caf::actor_system system_{system_config_};
  caf::scheduler::test_coordinator& scheduler_ = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  actors::SequencerActor sequencer_;
  actors::SupervisorActor supervisor_;
  actors::PollerActor poller_;
};

} // namespace dicomcast::tests
