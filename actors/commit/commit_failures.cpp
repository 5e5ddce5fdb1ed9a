// What the commit order does when something fails: retries, splitting, giving up, outages. The loop is in
// commit_order.cpp.
#include "actors/commit/commit_order.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::ErrorCode;
using io::ExceptionTable;

namespace {

constexpr int server_error_retries = 3;

/// Not the entry's fault, and no other entry would fare better: nothing is recorded.
bool stops_all(ErrorCode code) {
  return code == ErrorCode::Unauthorised || code == ErrorCode::Certificate;
}

} // namespace

void CommitOrder::on_fetch_failed(std::int64_t sequence, const io::Error& error, int retry) {
  auto* one = window_.find(sequence);
  if (!one)
    return;
  if (stops_all(error.code)) {
    one->failing.reset(); // no time of the entry's runs while nobody is let in
    searches_fail_ = false;
    head_sequence_ = -1;
    unauthorised(error);
    return;
  }
  searches_fail_ = true;
  one->failing = error;
  one->retries = retry;
  retry_row(*one->entry, error, retry);
  watch_head();
}

/// The time spent on an entry counts from when all before it is done: an outage costs one entry at a time, not the
/// window. Of a search that fails only the first entry that waits for it is told; the one after it may wait for the
/// same, so its time begins with its turn, but it is given up only for a failure of its own.
void CommitOrder::watch_head() {
  if (state_ != State::Idle || window_.empty() || window_.front().ready)
    return;
  auto& head = window_.front();
  if (head_sequence_ != head.entry->sequence) {
    if (!head.failing && !searches_fail_)
      return;
    head_sequence_ = head.entry->sequence;
    head_due_ = false;
    head_token_ = ++tokens_;
    return out_.wake(options_.retry.total, head_token_);
  }
  if (!head_due_ || !head.failing)
    return;
  auto error = *head.failing;
  head_sequence_ = -1;
  if (!options_.pause_on_exhausted || !options_.is_daemon)
    return exhausted(error);
  if (!std::exchange(paused_, true))
    out_.notice("TotalRetryDuration is used up, trying on: " + io::to_log_text(error));
}

void CommitOrder::retry_row(const mapping::MappedEntry& entry, const io::Error& error, int retry) {
  ++totals_.retries;
  ++progress_->retries;
  if (!paused_)
    record(std::nullopt,
           {row_of(entry, ExceptionTable::TransientRetry, io::name_of(error.code), io::to_string(error), retry)}, {});
}

void CommitOrder::stop(std::string message) {
  draining_ = true;
  out_.fatal(std::move(message));
}

bool CommitOrder::unauthorised(const io::Error& error) {
  if (!options_.is_daemon) {
    stop("the FHIR service does not let us in: " + io::to_log_text(error));
    return false;
  }
  if (!std::exchange(refused_token_, true))
    out_.notice("the FHIR service does not let us in, trying again every MaxDelay: " + io::to_log_text(error));
  return true;
}

void CommitOrder::end_outage() {
  if (std::exchange(refused_token_, false))
    out_.notice("the FHIR service lets us in again");
  if (std::exchange(paused_, false))
    out_.notice("the FHIR service answers again");
}

void CommitOrder::fail(Clock::time_point now, const io::Error& error) {
  if (stops_all(error.code)) {
    if (unauthorised(error))
      retry_after(options_.retry.max_delay, false);
    return;
  }
  if (error.code == ErrorCode::Conflict)
    return conflict(now, error, maybe_applied_);
  if (!io::is_transient(error.code) ||
      (error.code == ErrorCode::ServerError && ++server_errors_ > server_error_retries))
    return refused(error);
  maybe_applied_ |= error.code != ErrorCode::Unavailable;
  if (error.code == ErrorCode::Timeout && group_->entries.size() > 1)
    group_size_ = std::max<std::size_t>(1, group_size_ / 2);
  auto delay = retry_.next(now, error.retry_after);
  if (!delay)
    return exhausted(error);
  retry_row(*window_.front().entry, error, retry_.retries());
  retry_after(*delay, false);
}

void CommitOrder::conflict(Clock::time_point now, const io::Error& error, bool maybe_applied) {
  out_.settle(false, {}, maybe_applied);
  std::optional<milliseconds> delay = milliseconds(0);
  if (conflicts_++ == 0)
    retry_.at_once(now);
  else
    delay = retry_.next(now);
  if (!delay)
    return exhausted(error);
  retry_row(*window_.front().entry, error, retry_.retries());
  if (delay->count() == 0) {
    group_.reset();
    return try_next();
  }
  retry_after(*delay, true);
}

void CommitOrder::retry_after(milliseconds delay, bool prepare_anew) {
  if (draining_)
    delay = milliseconds(0);
  state_ = State::AwaitingRetry;
  prepare_anew_ = prepare_anew;
  token_ = ++tokens_;
  out_.wake(delay, token_);
}

void CommitOrder::split(std::size_t limit_now) {
  split_limit_ = std::max<std::size_t>(1, limit_now);
  split_end_ = std::max(split_end_, group_->entries.back()->sequence);
  group_.reset();
  retry_.reset();
  conflicts_ = server_errors_ = 0;
}

void CommitOrder::refused(const io::Error& error) {
  out_.settle(false, {}, maybe_applied_);
  std::size_t entries = group_->entries.size();
  if (group_->has_patch) { // before an entry is at fault: it may be the patch that the service does not take
    out_.notice("the FHIR service refuses a JSON Patch (status " + std::to_string(error.status) +
                "); whole updates are sent from now on");
    put_only_ = true;
    group_.reset();
    return try_next();
  }
  bool size = error.status == 400 || error.status == 413;
  if (entries > 1) {
    if (size)
      group_size_ = std::max<std::size_t>(1, std::min(group_size_, entries) / 2);
    split(entries / 2);
    return try_next();
  }
  if (size && !group_->is_compensation && group_->observations > 0 && (!piece_ || *piece_ > 1)) {
    piece_ = piece_ ? *piece_ / 2 : 0;
    group_.reset();
    return try_next();
  }
  give_up(ExceptionTable::FhirFailToStore, error);
}

void CommitOrder::exhausted(const io::Error& error) {
  if (group_ && group_->entries.size() > 1) {
    out_.settle(false, {}, true);
    split(1);
    return try_next();
  }
  if (options_.pause_on_exhausted) {
    if (!options_.is_daemon)
      return stop("TotalRetryDuration is used up: " + io::to_log_text(error));
    if (!std::exchange(paused_, true))
      out_.notice("TotalRetryDuration is used up, trying on every MaxDelay: " + io::to_log_text(error));
    return retry_after(options_.retry.max_delay, error.code == ErrorCode::Conflict);
  }
  if (group_)
    out_.settle(false, {}, true);
  give_up(ExceptionTable::TransientFailure, error);
}

void CommitOrder::give_up(ExceptionTable table, const io::Error& error) {
  auto entry = window_.front().entry;
  std::vector<io::ExceptionRow> rows;
  for (auto& message : entry->invalid_tags)
    rows.push_back(
        row_of(*entry, ExceptionTable::InvalidDicomTag, mapping::name_of(mapping::DicomFault::InvalidTag), message));
  int retries = retry_.retries() ? retry_.retries() : window_.front().retries;
  rows.push_back(row_of(*entry, table, io::name_of(error.code), io::to_string(error), retries));
  group_.reset();
  piece_.reset();
  retry_.reset();
  conflicts_ = server_errors_ = 0;
  maybe_applied_ = false;
  pop(1, std::move(rows), {EntryResult::Failed});
  try_next();
}

} // namespace dicomcast::actors
