// A commit order driven by hand: for its tests.
#pragma once

#include "tests/actors/commit/fake_outbox.hpp"

#include <catch2/catch.hpp>

namespace dicomcast::actors {

struct Bench {
  FakeOutbox out;
  CommitOptions options;
  std::unique_ptr<CommitOrder> order;
  Clock::time_point now{};

  explicit Bench(CommitOptions given = {}) : options(given) {
    order = std::make_unique<CommitOrder>(options, out, std::make_shared<Progress>());
    order->start();
  }
  void feed(std::int64_t from, std::int64_t to) {
    std::vector<EntryPtr> entries;
    std::vector<std::int64_t> sequences;
    for (auto s = from; s <= to; ++s) {
      entries.push_back(upsert(s));
      sequences.push_back(s);
    }
    order->on_entries(entries);
    order->on_resolved(sequences);
  }
  void prepare() {
    REQUIRE(out.request);
    auto request = *std::exchange(out.request, std::nullopt);
    order->on_prepared(group_of(request), {});
  }
  void answer(std::optional<io::Error> error = std::nullopt) {
    REQUIRE(out.sent);
    auto group = std::exchange(out.sent, nullptr);
    std::vector<io::fhir::Written> written(error ? 0 : group->writes.size(), io::fhir::Written{200, "1", "2"});
    order->on_commit_result(written, error, 1000, now);
  }
  void fail(io::ErrorCode code, int status = 0, std::optional<milliseconds> retry_after = {}) {
    answer(io::Error{code, "POST transaction", status, "said no", "", retry_after});
  }
  void wake() {
    REQUIRE(!out.wakes.empty());
    auto [delay, token] = out.wakes.back();
    out.wakes.pop_back();
    now += delay;
    order->on_wake(token);
  }
  void finish() {
    order->on_feed_end();
    order->on_recorded(out.records);
  }
};

inline CommitOptions grouped() {
  CommitOptions options;
  options.grouped = true;
  return options;
}

inline CommitOptions quick(bool group = false) {
  CommitOptions options;
  options.grouped = group;
  options.retry = {milliseconds(10'000), milliseconds(1'000), milliseconds(4'000)};
  return options;
}

} // namespace dicomcast::actors
