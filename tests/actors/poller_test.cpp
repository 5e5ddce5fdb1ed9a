// The poller in virtual time, against a feed in memory.
#include "actors/poller.hpp"
#include "tests/actors/feed/feed_model.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <catch2/catch.hpp>

#include <functional>
#include <numeric>

using namespace dicomcast;
using namespace dicomcast::tests;
using namespace std::chrono_literals;
using Sequences = std::vector<std::int64_t>;

namespace {

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
    for (auto& one : answer.entries)
      body += (body.empty() ? "[" : ",") + entry(one->sequence);
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

actors::SequencerActor::behavior_type sequencer(actors::SequencerActor::pointer, Seen* seen) {
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

actors::SupervisorActor::behavior_type supervisor(actors::SupervisorActor::pointer, Seen* seen) {
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

class World {
public:
  std::shared_ptr<FakeFeed> feed = std::make_shared<FakeFeed>();
  Seen seen;
  actors::PollerConfig config;

  World() {
    conf::ServiceConfig service;
    service.endpoint = "http://dicom";
    config.dicom = std::make_shared<io::Service>(service, feed);
    config.feed.page_size = 10;
    config.poll_interval = 60s;
    config.retry = {10min, 2s, 60s};
  }
  ~World() {
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

Sequences up_to(std::int64_t last, std::int64_t first = 1) {
  Sequences result(static_cast<std::size_t>(last - first + 1));
  std::iota(result.begin(), result.end(), first);
  return result;
}

} // namespace

TEST_CASE("a backfill hands on the entries that were demanded, in order, and then the end") {
  World world;
  world.add(up_to(35));
  world.start(20);
  CHECK(world.taken() == up_to(20));
  CHECK(world.seen.latest == 35);
  CHECK_FALSE(world.seen.end);
  world.tell(actors::Demand{7});
  CHECK(world.taken().size() <= 27);
  world.tell(actors::Demand{13});
  CHECK(world.taken() == up_to(35));
  REQUIRE(world.seen.end);
  CHECK(world.seen.end->latest == 35);
  CHECK(world.seen.fatal.empty());
}

TEST_CASE("the smallest window is served, however large the pages") {
  World world;
  world.add(up_to(5));
  world.start(1);
  for (int i = 0; i < 5; ++i) {
    CHECK(world.taken() == up_to(i + 1));
    world.tell(actors::Demand{1});
  }
  CHECK(world.seen.end);
}

TEST_CASE("an empty feed ends a backfill at once") {
  World world;
  world.start();
  REQUIRE(world.seen.end);
  CHECK_FALSE(world.seen.end->latest);
}

TEST_CASE("a replay hands on the listed entries alone") {
  World world;
  world.add(up_to(35));
  world.config.replay = {3, 30, 50};
  world.start();
  CHECK(world.taken() == Sequences{3, 30});
  CHECK(world.seen.end);
}

TEST_CASE("a daemon looks for new entries every PollInterval, and again at once after it found some") {
  World world;
  world.config.is_daemon = true;
  world.start();
  CHECK(world.feed->count("latest") == 1);
  world.wait(59s);
  CHECK(world.feed->count("latest") == 1);
  world.add(up_to(3));
  world.wait(1s);
  CHECK(world.taken() == up_to(3));
  world.wait(1s);
  CHECK(world.feed->count("latest") == 3);
  world.wait(58s);
  CHECK(world.feed->count("latest") == 3);
  world.wait(10min);
  CHECK(world.feed->count("latest") == 13);
  CHECK(world.taken() == up_to(3));
  CHECK_FALSE(world.seen.end);
}

TEST_CASE("a daemon finds what comes late although its window is full") {
  World world;
  world.config.is_daemon = true;
  world.add({1, 2, 3, 5, 6});
  world.start(4);
  world.tell(actors::Demand{0});
  CHECK(world.taken() == Sequences{1, 2, 3});
  world.tell(actors::Demand{2});
  world.tell(actors::Synced{2});
  world.add({4});
  world.wait(60s);
  CHECK(world.taken() == Sequences{1, 2, 3, 5, 6, 4});
}

TEST_CASE("PollIntervalDuringCatchup lies between the pages") {
  World world;
  world.config.is_daemon = true;
  world.config.poll_interval_during_catchup = 5s;
  world.add(up_to(30));
  world.start();
  CHECK(world.taken() == up_to(10));
  world.wait(4s);
  CHECK(world.taken() == up_to(10));
  world.wait(1s);
  CHECK(world.taken() == up_to(20));
  world.wait(5s);
  CHECK(world.taken() == up_to(30));
}

TEST_CASE("a daemon waits for a feed that is out of reach, and says so once and once when it is over") {
  World world;
  world.config.is_daemon = true;
  world.add(up_to(3));
  world.feed->instead = [](auto&) { return io::HttpFailure{io::HttpFailure::Kind::Connect, "refused"}; };
  world.start();
  CHECK(world.feed->paths.size() == 1);
  world.wait(2s);
  CHECK(world.feed->paths.size() == 2);
  world.wait(3s);
  CHECK(world.feed->paths.size() == 2);
  world.wait(1s);
  CHECK(world.feed->paths.size() == 3);
  world.wait(30min);
  CHECK(world.seen.notices.size() == 1);
  CHECK(world.seen.fatal.empty());
  world.feed->instead = nullptr;
  world.wait(60s);
  CHECK(world.taken() == up_to(3));
  CHECK(world.seen.notices.size() == 2);
}

TEST_CASE("a backfill gives up on a feed that stays out of reach for TotalRetryDuration") {
  World world;
  world.feed->instead = [](auto&) { return FakeFeed::text("", 503); };
  world.start();
  world.wait(9min + 59s);
  CHECK(world.seen.fatal.empty());
  world.wait(2s);
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("out of reach") && Catch::Contains("503"));
  CHECK_FALSE(world.seen.fatal[0].at_end);
}

TEST_CASE("a page that stays out of reach ends a backfill, although all else is answered") {
  World world;
  world.add(up_to(15));
  world.add(up_to(30, 17)); // the gap is looked at again at each poll
  world.feed->instead = [](auto& path) {
    bool is_third = path.find("offset=20") != path.npos;
    return is_third ? std::optional(FakeFeed::text("", 503)) : std::nullopt;
  };
  world.start();
  world.wait(9min + 59s);
  CHECK(world.seen.fatal.empty());
  CHECK(world.seen.notices.size() == 1);
  world.wait(2s);
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("offset=20") && Catch::Contains("503"));
}

TEST_CASE("a daemon says once that a page is out of reach, and once when it is there, whatever else is answered") {
  auto version = GENERATE(conf::ApiVersion::V1, conf::ApiVersion::V2);
  World world;
  world.config.is_daemon = true;
  world.config.feed.version = version;
  world.feed->model = FeedModel{version};
  world.add(up_to(30));
  world.feed->instead = [](auto& path) {
    bool is_latest = path.find("latest") != path.npos;
    return is_latest ? std::nullopt : std::optional(FakeFeed::text("", 503));
  };
  world.start();
  world.wait(30min);
  CHECK(world.seen.notices.size() == 1);
  world.feed->instead = nullptr;
  world.wait(2min);
  CHECK(world.taken() == up_to(30));
  CHECK(world.seen.notices.size() == 2);
}

TEST_CASE("a refused token ends a backfill at once, and not a daemon") {
  for (bool is_daemon : {false, true}) {
    World world;
    world.config.is_daemon = is_daemon;
    world.add(up_to(3));
    world.feed->instead = [](auto&) { return FakeFeed::text("", 403); };
    world.start();
    CHECK(world.seen.fatal.size() == (is_daemon ? 0 : 1));
    world.feed->instead = nullptr;
    world.wait(60s);
    CHECK(world.taken() == (is_daemon ? up_to(3) : Sequences()));
  }
}

TEST_CASE("an answer that is cut off to nothing is no page without entries") {
  World world;
  world.add(up_to(3));
  world.feed->instead = [](auto& path) {
    return path.find("latest") == path.npos ? std::optional(FakeFeed::text("")) : std::nullopt;
  };
  world.start();
  CHECK_FALSE(world.seen.end);
  world.feed->instead = nullptr;
  world.wait(2s);
  CHECK(world.taken() == up_to(3));
  CHECK(world.seen.end);
}

TEST_CASE("a malformed entry ends the feed behind those before it, and is named") {
  World world;
  world.add({1, 2, 3, 5});
  world.add({4}, true);
  world.start();
  CHECK(world.taken() == up_to(3));
  REQUIRE(world.seen.fatal.size() == 1);
  CHECK(world.seen.fatal[0].at_end);
  CHECK_THAT(world.seen.fatal[0].message, Catch::Contains("Sequence 4"));
  CHECK(world.seen.end);
}

TEST_CASE("a malformed entry that may be skipped is handed on as one that does nothing") {
  World world;
  world.add({1, 2, 3, 5});
  world.add({4}, true);
  world.config.feed.skip_malformed = true;
  world.start();
  REQUIRE(world.taken() == up_to(5));
  CHECK(world.seen.entries[3]->effect == mapping::Effect::Skip);
  CHECK(world.seen.end);
}
