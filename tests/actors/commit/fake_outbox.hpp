// An Outbox that keeps what was asked, and a prepared group made of entries: for tests of the commit order.
#pragma once

#include "actors/commit/commit_order.hpp"

namespace dicomcast::actors {

struct FakeOutbox : Outbox {
  std::size_t demanded = 0;
  std::vector<EntryPtr> to_resolve;
  std::optional<PrepareRequest> request, ahead;
  std::shared_ptr<const PreparedGroup> sent;
  int commits = 0, settled_well = 0, settled_badly = 0;
  std::vector<io::ExceptionRow> rows;
  std::vector<std::int64_t> checkpoints, released;
  std::uint64_t records = 0;
  std::vector<std::pair<milliseconds, std::uint64_t>> wakes;
  std::vector<std::string> notices, fatals;
  std::optional<RunTotals> end;

  void demand(std::size_t entries) override { demanded += entries; }
  void resolve(std::vector<EntryPtr> entries) override {
    to_resolve.insert(to_resolve.end(), entries.begin(), entries.end());
  }
  void prepare(PrepareRequest asked) override { request = std::move(asked); }
  void prepare_ahead(PrepareRequest asked) override { ahead = std::move(asked); }
  void commit(std::shared_ptr<const PreparedGroup> group) override {
    sent = std::move(group);
    ++commits;
  }
  void settle(bool success, std::vector<io::fhir::Written>, bool) override {
    ++(success ? settled_well : settled_badly);
  }
  void release(std::vector<EntryPtr> entries) override {
    for (auto& entry : entries)
      released.push_back(entry->sequence);
  }
  void record(std::optional<std::int64_t> synced, std::vector<io::ExceptionRow> more, std::vector<EntryPtr>) override {
    ++records;
    if (synced)
      checkpoints.push_back(*synced);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  void wake(milliseconds delay, std::uint64_t token) override { wakes.emplace_back(delay, token); }
  void notice(std::string message) override { notices.push_back(std::move(message)); }
  void fatal(std::string message) override { fatals.push_back(std::move(message)); }
  void finished(RunTotals totals) override { end = totals; }

  std::vector<io::ExceptionRow> rows_of(io::ExceptionTable table) const {
    std::vector<io::ExceptionRow> found;
    for (auto& row : rows)
      if (row.table == table)
        found.push_back(row);
    return found;
  }
};

inline EntryPtr upsert(std::int64_t sequence) {
  auto entry = std::make_shared<mapping::MappedEntry>();
  entry->sequence = sequence;
  entry->effect = mapping::Effect::Upsert;
  entry->uids = {"1.2", "1.2.3", "1.2.3." + std::to_string(sequence)};
  return entry;
}

/// A group of all the request's entries, one update a group.
inline std::shared_ptr<const PreparedGroup> group_of(const PrepareRequest& request) {
  auto group = std::make_shared<PreparedGroup>();
  group->entries = request.entries;
  group->results.assign(request.entries.size(), EntryResult::Committed);
  io::fhir::Write write;
  write.kind = io::fhir::Write::Kind::Update;
  write.type = "ImagingStudy";
  group->writes.push_back(write);
  group->bundle = "{}";
  return group;
}

} // namespace dicomcast::actors
