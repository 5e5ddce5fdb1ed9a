// The order of commits: see the header for the loop, commit_failures.cpp for what fails.
#include "actors/commit/commit_order.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::ErrorCode;
using io::ExceptionTable;

namespace {
constexpr std::size_t first_piece = 8; ///< Observations a transaction: what the strictest service seen takes

} // namespace

CommitOrder::CommitOrder(CommitOptions options, Outbox& out, std::shared_ptr<Progress> progress)
    : options_(options), out_(out), progress_(std::move(progress)), retry_(options.retry),
      group_size_(options.group_max_entries) {}

void CommitOrder::start() {
  out_.demand(options_.look_ahead);
}

void CommitOrder::on_entries(const std::vector<EntryPtr>& entries) {
  std::vector<EntryPtr> needy;
  for (auto& entry : entries) {
    window_.add(entry);
    if (writes(*entry))
      needy.push_back(entry);
  }
  if (!needy.empty())
    out_.resolve(std::move(needy));
  try_next();
}

void CommitOrder::on_passed_over(std::size_t entries) {
  totals_.entries += static_cast<std::int64_t>(entries);
  totals_.skipped += static_cast<std::int64_t>(entries);
}

void CommitOrder::on_feed_end() {
  feed_ended_ = true;
  try_next();
}

void CommitOrder::on_resolved(const std::vector<std::int64_t>& sequences, bool was_asked) {
  if (was_asked && !sequences.empty()) {
    searches_fail_ = false;
    end_outage();
  }
  for (auto sequence : sequences)
    if (auto* one = window_.find(sequence)) {
      one->ready = true;
      one->failing.reset();
    }
  try_next();
}

std::size_t CommitOrder::limit(std::int64_t sequence) const {
  std::size_t most = options_.grouped ? group_size_ : 1;
  return sequence <= split_end_ ? std::min(most, split_limit_) : most;
}

void CommitOrder::try_next() {
  if (state_ != State::Idle)
    return look_ahead();
  if (!group_ && !piece_)
    window_.take_in_late();
  if (draining_ || (feed_ended_ && window_.empty())) {
    if (recorded_ >= records_) {
      state_ = State::Finished;
      out_.finished(totals_);
    }
    return;
  }
  if (window_.empty())
    return;
  if (!window_.front().ready)
    return watch_head();
  bool is_full = false;
  auto request = run_from(0, is_full);
  if (piece_) {
    request.entries.resize(1);
    request.piece = piece_;
  }
  state_ = State::Preparing;
  out_.prepare(std::move(request));
}

/// The entries of one transaction, from the window's `first` on. Full: no more would go in, whatever is resolved next.
PrepareRequest CommitOrder::run_from(std::size_t first, bool& is_full) const {
  PrepareRequest request;
  request.put_only = put_only_;
  std::size_t writers = 0, most = limit(window_[first].entry->sequence);
  bool splitting = window_[first].entry->sequence <= split_end_;
  for (auto at = first; at < window_.size(); ++at) {
    auto& one = window_[at];
    bool is_write = writes(*one.entry);
    if (!one.ready || (is_write && writers == most) || request.entries.size() >= options_.group_max_entries + most)
      break;
    if (splitting && one.entry->sequence > split_end_)
      break;
    request.entries.push_back(one.entry);
    writers += is_write;
  }
  is_full = writers == most || (feed_ended_ && first + request.entries.size() == window_.size());
  return request;
}

/// While a commit is under way the group after it is merged, so that it can go as soon as the answer is there.
void CommitOrder::look_ahead() {
  if (state_ != State::Committing || looked_ahead_ || draining_ || piece_ || group_->is_compensation ||
      window_.has_late() || window_.size() <= group_->entries.size())
    return;
  bool is_full = false;
  auto request = run_from(group_->entries.size(), is_full);
  if (!is_full)
    return;
  looked_ahead_ = true;
  out_.prepare_ahead(std::move(request));
}

void CommitOrder::on_prepared(std::shared_ptr<const PreparedGroup> group, const std::vector<std::int64_t>& unresolved) {
  state_ = State::Idle;
  if (!group) {
    for (auto sequence : unresolved)
      if (auto* one = window_.find(sequence))
        one->ready = false;
    return try_next();
  }
  group_ = std::move(group);
  looked_ahead_ = false;
  if (group_->bundle.empty()) {
    out_.settle(true, {}, false);
    return done();
  }
  if (draining_) {
    out_.settle(false, {}, false);
    group_.reset();
    return try_next();
  }
  if (recorded_ < record_to_await())
    state_ = State::AwaitingRecord;
  else
    send();
}

/// A delete must be recorded before an instance of its study is stored again: after a kill in between it would be done
/// once more, and take that away. Another delete may follow at once: to repeat the first changes nothing then.
std::uint64_t CommitOrder::record_to_await() const {
  std::uint64_t last = 0;
  if (group_->is_compensation)
    for (auto& [study, record] : deletes_)
      last = std::max(last, record);
  for (auto& entry : group_->entries)
    if (auto found = deletes_.find(entry->uids.study);
        found != deletes_.end() && entry->effect == mapping::Effect::Upsert)
      last = std::max(last, found->second);
  return last;
}

void CommitOrder::send() {
  state_ = State::Committing;
  ++totals_.transactions;
  out_.commit(group_);
  look_ahead();
}

void CommitOrder::on_commit_result(const std::vector<io::fhir::Written>& written, const std::optional<io::Error>& error,
                                   std::int64_t microseconds, Clock::time_point now) {
  state_ = State::Idle;
  totals_.commit_microseconds += microseconds;
  if (error)
    return fail(now, *error);
  end_outage();
  for (std::size_t w = 0; w < written.size(); ++w) {
    auto& write = group_->writes[w];
    if (write.kind == io::fhir::Write::Kind::Create && written[w].status == 200 && write.type != "Observation") {
      io::Error met{ErrorCode::Conflict,
                    "POST transaction",
                    200,
                    "the create of the " + write.type + " met " + write.type + "/" + written[w].id +
                        ", which is there already",
                    {},
                    {}};
      return conflict(now, met, true);
    }
  }
  out_.settle(true, written, false);
  done();
}

void CommitOrder::done() {
  auto group = std::exchange(group_, nullptr);
  retry_.reset();
  conflicts_ = server_errors_ = 0;
  maybe_applied_ = false;
  if (group->is_compensation)
    return try_next();
  auto results = group->results;
  if (piece_) {
    if (*piece_ == 0)
      piece_ = first_piece;
    if (group->more)
      return try_next();
    piece_.reset();
    results.assign(1, EntryResult::Committed); // by its pieces, whatever the last of them was
  }
  if (!group->bundle.empty() && group_size_ < options_.group_max_entries)
    group_size_ += std::max<std::size_t>(1, group_size_ / 8);
  group_size_ = std::min(group_size_, options_.group_max_entries);
  pop(group->entries.size(), group->rows, results);
  for (auto& entry : group->entries)
    if (entry->effect == mapping::Effect::Delete)
      deletes_[entry->uids.study] = records_;
  try_next();
}

void CommitOrder::pop(std::size_t entries, std::vector<io::ExceptionRow> rows,
                      const std::vector<EntryResult>& results) {
  std::vector<EntryPtr> gone, done;
  std::int64_t failed = 0;
  for (std::size_t e = 0; e < entries; ++e) {
    auto& entry = window_.front().entry;
    if (totals_.entries == 0 || totals_.first_sequence == 0)
      totals_.first_sequence = entry->sequence;
    totals_.last_sequence = std::max(totals_.last_sequence, entry->sequence); // a late one may stand below
    ++totals_.entries;
    switch (results[e]) {
    case EntryResult::Committed:
      ++totals_.committed;
      break;
    case EntryResult::Unchanged:
      ++totals_.unchanged;
      break;
    case EntryResult::Skipped:
      ++totals_.skipped;
      break;
    case EntryResult::Failed:
      ++failed;
      break;
    }
    if (writes(*entry))
      gone.push_back(entry);
    done.push_back(entry);
    window_.pop_front();
  }
  for (auto& row : rows)
    totals_.invalid_tags += row.table == ExceptionTable::InvalidDicomTag;
  totals_.failed += failed;
  progress_->entries += static_cast<std::int64_t>(entries);
  progress_->errors += failed;
  progress_->last_sequence = totals_.last_sequence;
  if (!gone.empty())
    out_.release(std::move(gone));
  record(options_.move_checkpoint ? std::optional(totals_.last_sequence) : std::nullopt, std::move(rows),
         std::move(done));
  out_.demand(entries);
}

void CommitOrder::record(std::optional<std::int64_t> synced_sequence, std::vector<io::ExceptionRow> rows,
                         std::vector<EntryPtr> done) {
  ++records_;
  out_.record(synced_sequence, std::move(rows), std::move(done));
}

void CommitOrder::on_recorded(std::uint64_t records) {
  recorded_ = records;
  std::erase_if(deletes_, [&](auto& study) { return study.second <= recorded_; });
  if (state_ == State::AwaitingRecord && recorded_ >= record_to_await())
    send();
  else
    try_next();
}

void CommitOrder::on_wake(std::uint64_t token) {
  if (token == token_ && state_ == State::AwaitingRetry) {
    state_ = State::Idle;
    if (prepare_anew_ || draining_) {
      if (!prepare_anew_)
        out_.settle(false, {}, maybe_applied_);
      group_.reset();
      return try_next();
    }
    return send();
  }
  if (token == head_token_ && !window_.empty() && window_.front().entry->sequence == head_sequence_) {
    head_due_ = true;
    if (window_.front().ready || state_ != State::Idle)
      head_sequence_ = -1; // its searches were answered: the next failure begins anew
    watch_head();
  }
}

void CommitOrder::on_drain() {
  draining_ = true;
  if (state_ == State::AwaitingRetry || state_ == State::AwaitingRecord || state_ == State::Preparing) {
    out_.settle(false, {}, false);
    group_.reset();
    if (state_ != State::Preparing)
      state_ = State::Idle;
  }
  try_next();
}

} // namespace dicomcast::actors
