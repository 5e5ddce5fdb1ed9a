// A commit order driven by hand, and what it wanted done: for its tests.
#pragma once

#include "actors/commit/commit_order.hpp"

#include <catch2/catch.hpp>

namespace dicomcast::actors {

inline EntryPtr upsert(std::int64_t sequence) {
  auto entry = std::make_shared<mapping::MappedEntry>();
  entry->sequence = sequence;
  entry->effect = mapping::Effect::Upsert;
  entry->uids = {"1.2", "1.2.3", "1.2.3." + std::to_string(sequence)};
  return entry;
}

inline EntryPtr skip(std::int64_t sequence) {
  return passed_over(*upsert(sequence));
}

inline EntryPtr removal(std::int64_t sequence) {
  auto entry = std::make_shared<mapping::MappedEntry>(*upsert(sequence));
  entry->effect = mapping::Effect::Delete;
  return entry;
}

/// A group of all the request's entries, one update a group.
inline std::shared_ptr<PreparedGroup> group_of(const PrepareRequest& request) {
  auto group = std::make_shared<PreparedGroup>();
  group->entries = request.entries;
  for (auto& entry : request.entries)
    group->results.push_back(writes(*entry) ? EntryResult::Committed : result_of_idle(*entry, group->rows));
  io::fhir::Write write;
  write.kind = io::fhir::Write::Kind::Update;
  write.type = "ImagingStudy";
  group->writes.push_back(write);
  group->bundle = "{}";
  return group;
}

/// What it wanted done so far: of each kind of action, what a test looks at.
struct OrderHarness {
  CommitOptions options;
  std::unique_ptr<CommitOrder> order;
  Clock::time_point now{};
  std::size_t demanded = 0;
  std::vector<EntryPtr> to_resolve;
  std::optional<PrepareRequest> request, ahead;
  GroupPtr sent;
  int commits = 0, settled_well = 0, settled_badly = 0;
  std::vector<io::ExceptionRow> rows;
  std::vector<std::int64_t> checkpoints, released;
  std::uint64_t records = 0;    ///< asked to be written
  bool time_stands = false;     ///< a record that is not due yet waits
  bool store_lags = false;      ///< a Record is not answered by itself
  std::vector<WakeAfter> wakes; ///< of retries and searches
  std::vector<std::string> notices, fatals;
  std::optional<RunTotals> end;

  explicit OrderHarness(CommitOptions given = {}) : options(std::move(given)) {
    order = std::make_unique<CommitOrder>(options, std::make_shared<Progress>());
    on(Start{});
  }

  void on(const Event& event) {
    for (auto& action : order->on(event, now))
      std::visit([this](auto& message) { take(message); }, action);
    if (!time_stands && std::exchange(has_record_due_, false)) {
      now += milliseconds(5);
      on(Wake{Timer::Record, 0});
    }
    if (!store_lags && recorded_ < records)
      recorded();
  }
  void recorded() {
    recorded_ = records;
    on(Recorded{records});
  }

  void entries(std::vector<EntryPtr> given) { on(Entries{std::move(given), {}}); }
  void resolved(std::vector<std::int64_t> sequences, bool was_asked = true) {
    on(Resolved{std::move(sequences), was_asked});
  }
  void feed(std::int64_t from, std::int64_t to) {
    std::vector<EntryPtr> given;
    for (auto s = from; s <= to; ++s)
      given.push_back(upsert(s));
    feed(given);
  }
  void feed(const std::vector<EntryPtr>& given) {
    std::vector<std::int64_t> sequences;
    for (auto& entry : given)
      if (writes(*entry))
        sequences.push_back(entry->sequence);
    entries(given);
    resolved(sequences);
  }
  void prepare() {
    REQUIRE(request);
    auto asked = *std::exchange(request, std::nullopt);
    prepare(group_of(asked));
  }
  void prepare(std::shared_ptr<PreparedGroup> group) {
    request.reset();
    group->oldest = now;
    on(Prepared{std::move(group), {}});
  }
  void answer(std::optional<io::Error> error = std::nullopt) {
    REQUIRE(sent);
    auto group = std::exchange(sent, nullptr);
    std::vector<io::fhir::Written> written(error ? 0 : group->writes.size(), io::fhir::Written{200, "1", "2"});
    on(CommitResult{written, error, 1000});
  }
  void fail(io::ErrorCode code, int status = 0, std::optional<milliseconds> retry_after = {}) {
    answer(io::Error{code, "POST transaction", status, "said no", "", retry_after});
  }
  void search_fails(std::int64_t sequence, int retry) {
    on(FetchFailed{sequence, {io::ErrorCode::Unavailable, "GET Patient?identifier=...", 503, "busy", "", {}}, retry});
  }
  /// Lets the time of the last WakeAfter pass. What grew old meanwhile is merged anew.
  void wake() {
    REQUIRE(!wakes.empty());
    auto last = wakes.back();
    wakes.pop_back();
    now += last.delay;
    on(last.wake);
  }
  /// The same, and merges what has to be merged again.
  void wake_and_send() {
    wake();
    if (request)
      prepare();
  }
  void finish() { on(FeedEnd{}); }

  std::vector<io::ExceptionRow> rows_of(io::ExceptionTable table) const {
    std::vector<io::ExceptionRow> found;
    for (auto& row : rows)
      if (row.table == table)
        found.push_back(row);
    return found;
  }

private:
  void take(Demand& message) { demanded += message.entries; }
  void take(Resolve& message) { to_resolve.insert(to_resolve.end(), message.entries.begin(), message.entries.end()); }
  void take(Prepare& message) { request = std::move(message.request); }
  void take(PrepareAhead& message) { ahead = std::move(message.request); }
  void take(Commit& message) {
    sent = std::move(message.group);
    ++commits;
  }
  void take(Settle& message) { ++(message.success ? settled_well : settled_badly); }
  void take(Release& message) {
    for (auto& entry : message.entries)
      released.push_back(entry->sequence);
  }
  void take(Record& message) {
    records += message.records;
    if (message.synced_sequence)
      checkpoints.push_back(*message.synced_sequence);
    rows.insert(rows.end(), message.rows.begin(), message.rows.end());
  }
  void take(Synced&) {}
  void take(WakeAfter& message) {
    if (message.wake.timer == Timer::Record)
      has_record_due_ = true;
    else
      wakes.push_back(message);
  }
  void take(Notice& message) { notices.push_back(message.message); }
  void take(Fatal& message) { fatals.push_back(message.message); }
  void take(Finished& message) { end = message.totals; }

  std::uint64_t recorded_ = 0;
  bool has_record_due_ = false;
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
