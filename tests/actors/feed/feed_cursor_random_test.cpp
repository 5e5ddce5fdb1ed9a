// Seeded random feeds against a naive model: every entry once, in order, none lost, whatever fails, grows or comes
// late.
#include "tests/actors/feed/feed_model.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace dicomcast;
using namespace dicomcast::tests;
using conf::ApiVersion;

namespace {

constexpr auto second = actors::ticks_per_second;
const auto epoch = *actors::parse_feed_time("2024-05-01T10:00:00Z");

/// A feed, a cursor, and a window that takes and does entries; answers come in any order, some fail.
class World {
public:
  World(ApiVersion version, unsigned seed)
      : random_(seed), feed_(version), now_(epoch), credit_(20 + below(200)), failures_(below(3) * 10) {
    config_.version = version;
    config_.page_size = 4 + static_cast<int>(below(16));
    config_.parallel_pages = 1 + static_cast<int>(below(5));
    config_.hold_rows = 30;
    config_.rebase_rows = 10 + static_cast<int>(below(60));
    config_.skip_malformed = true;
    if (below(4) == 0)
      feed_.set_greatest_page(3 + below(13));
    // Sequences count from 1, or end near the greatest of 64 bits.
    base_ = below(4) == 0 ? INT64_MAX - 20'000 : 0;
    grow(below(400));
    auto most = static_cast<std::size_t>(std::max<std::int64_t>(0, feed_.latest() - base_) + 2);
    config_.start_after = base_ + (below(3) == 0 ? static_cast<std::int64_t>(below(most)) : 0);
    done_ = config_.start_after;
    cursor_ = make_feed_cursor(config_);
  }

  /// New entries at the end: some numbers are missing, some entries are malformed, some rows stand a little behind
  /// newer ones, and some numbers are kept for entries that come late.
  void grow(std::size_t count) {
    auto sequence = std::max(base_, feed_.latest());
    for (std::size_t i = 0; i < count; ++i) {
      sequence += below(8) == 0 ? static_cast<std::int64_t>(1 + below(below(6) == 0 ? 60 : 4)) : 1;
      now_ += static_cast<actors::FeedTime>(below(3)) * second;
      if (below(12) == 0)
        kept_.insert(sequence);
      else
        feed_.add(
            {sequence, now_ + static_cast<actors::FeedTime>(below(10) == 0 ? below(10) : 0) * second, below(40) == 0});
    }
  }

  /// Entries appear in gaps above what is done. Nothing more is done until the next poll has seen them.
  void appear() {
    for (auto at = kept_.begin(); at != kept_.end();) {
      bool is_now = *at < feed_.latest() && below(3) == 0;
      if (is_now && *at > done_)
        feed_.add({*at, now_ - static_cast<actors::FeedTime>(below(60)) * second});
      at = is_now ? kept_.erase(at) : std::next(at);
    }
  }

  void step() {
    for (auto& request : cursor_->next(credit_ - std::min(credit_, in_flight_.size())))
      requests_.push_back(std::move(request));
    if (!requests_.empty()) {
      std::swap(requests_[below(requests_.size())], requests_.back());
      auto request = std::move(requests_.back());
      requests_.pop_back();
      if (below(100) < failures_)
        cursor_->on_failure(request.id);
      else
        show(request);
    }
    for (auto& entry : cursor_->take(below(30)))
      taken(entry->sequence, entry->sequence > last_taken_);
    CHECK(cursor_->take_late().empty());
  }

  /// Nothing above a late entry may be taken for done once the feed has shown it: it is handed on at once.
  void show(const actors::FeedRequest& request) {
    std::vector<std::int64_t> late;
    auto answer = feed_.answer(request.path);
    for (auto& row : answer.rows)
      if (row.entry && !answer.malformed && row.sequence > config_.start_after && row.sequence < last_taken_)
        late.push_back(row.sequence);
    deliver(*cursor_, request, feed_);
    for (auto& entry : cursor_->take_late())
      taken(entry->sequence, entry->sequence < last_taken_);
    for (auto sequence : late) {
      INFO("Sequence " << sequence << " is late");
      CHECK(seen_.contains(sequence));
    }
  }

  void taken(std::int64_t sequence, bool is_in_place) {
    INFO("Sequence " << sequence << " after " << last_taken_);
    REQUIRE(is_in_place);
    REQUIRE(seen_.insert(sequence).second);
    last_taken_ = std::max(last_taken_, sequence);
    in_flight_.insert(sequence);
  }

  void work() {
    for (auto count = below(20); count > 0 && !in_flight_.empty(); --count) {
      done_ = std::max(done_, *in_flight_.begin());
      in_flight_.erase(in_flight_.begin());
    }
    cursor_->on_done(done_);
  }

  void settle() {
    for (int steps = 0; !cursor_->caught_up(); ++steps) {
      REQUIRE(steps < 200'000);
      step();
      work();
    }
  }

  void live() {
    for (auto rounds = below(6); rounds > 0; --rounds) {
      for (auto steps = below(60); steps > 0; --steps) {
        step();
        work();
      }
      grow(below(50));
      appear();
      cursor_->poll();
      for (int steps = 0; steps < 2'000 && !(cursor_->caught_up() && requests_.empty()); ++steps)
        step(); // nothing is done meanwhile
      settle();
    }
    settle();
    cursor_->poll();
    settle();
  }

  void check() const {
    auto all = feed_.sequences(config_.start_after);
    std::vector<std::int64_t> lost, invented;
    std::set_difference(all.begin(), all.end(), seen_.begin(), seen_.end(), std::back_inserter(lost));
    std::set_difference(seen_.begin(), seen_.end(), all.begin(), all.end(), std::back_inserter(invented));
    CHECK(lost == std::vector<std::int64_t>());
    CHECK(invented == std::vector<std::int64_t>());
  }

private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  std::mt19937 random_;
  FeedModel feed_;
  actors::FeedTime now_;
  std::size_t credit_, failures_;
  actors::FeedCursorConfig config_;
  std::unique_ptr<actors::FeedCursor> cursor_;
  std::set<std::int64_t> kept_, seen_, in_flight_;
  std::int64_t base_ = 0, last_taken_ = 0, done_ = 0;
  std::vector<actors::FeedRequest> requests_;
};

void live(ApiVersion version) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    World world(version, seed);
    world.live();
    world.check();
  }
}

} // namespace

TEST_CASE("v1: every entry is given once and in order, whatever fails, grows or comes late") {
  live(ApiVersion::V1);
}

TEST_CASE("v2: every entry is given once and in order, whatever fails, grows or comes late", "[slow]") {
  live(ApiVersion::V2);
}

TEST_CASE("on one feed served both ways, v1 and v2 give the same entries in the same order") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    FeedModel v1(ApiVersion::V1), v2(ApiVersion::V2);
    std::int64_t sequence = 0;
    auto time = epoch;
    for (unsigned i = 0; i < 20 + random() % 400; ++i) {
      sequence += random() % 10 == 0 ? 1 + random() % 5 : 1;
      time += random() % 3 * second;
      auto behind = static_cast<actors::FeedTime>(random() % 12 == 0 ? random() % 9 : 0);
      FeedItem item{sequence, time + behind * second, random() % 50 == 0};
      v1.add(item);
      v2.add(item);
    }
    actors::FeedCursorConfig config;
    config.page_size = 1 + random() % 30;
    config.hold_rows = 40;
    config.rebase_rows = 10 + random() % 80;
    config.skip_malformed = true;
    config.start_after = random() % 2 ? random() % static_cast<unsigned>(sequence) : 0;
    auto expected = run(*make_feed_cursor(config), v1).taken;
    config.version = ApiVersion::V2;
    CHECK(run(*make_feed_cursor(config), v2).taken == expected);
    auto all = v1.sequences(config.start_after);
    CHECK(expected == std::vector<std::int64_t>(all.begin(), all.end()));
  }
}
