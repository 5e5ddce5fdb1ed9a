// The order of commits: what follows a failure. Retries, splitting, giving up, outages.
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

std::ptrdiff_t writers(const PreparedGroup& group) {
  return std::count_if(group.entries.begin(), group.entries.end(), [](auto& entry) { return writes(*entry); });
}

/// A service that stores a Bundle in part, or not at all, says so with these where it means its size.
bool may_be_for_size(const io::Error& error) {
  return error.status == 400 || error.status == 413;
}

/// What the Bundle rested on may be gone, or have become another's.
bool may_be_for_age(const io::Error& error) {
  return error.status == 400 || error.status == 404 || error.status == 410 || error.status == 422;
}

bool was_answered_well(const io::Error& error) {
  return error.status >= 200 && error.status < 300;
}

} // namespace

void CommitOrder::handle(const FetchFailed& message) {
  auto* item = window_.find(message.sequence);
  if (!item)
    return;
  if (is_draining())
    attempt_.may_be_tied = false; // nothing can be taken back now: the next run looks for it
  if (stops_all(message.error.code)) {
    item->failing.reset(); // no time of the entry's runs while nobody is let in
    head_clock_.answered();
    head_clock_.reset();
    return locked_out(Outage::Of::Searches, message.error);
  }
  head_clock_.failed();
  item->failing = message.error;
  item->retries = message.retry;
  retry_row(*item->entry, message.error, message.retry);
}

/// Of the head, which waits for its searches. True: it is done with.
bool CommitOrder::watch_head() {
  auto& head = window_.front();
  auto sequence = head.entry->sequence;
  auto left = attempt_.retry.left(now_);
  if (head_clock_.start(sequence, head.failing.has_value(), now_ + left))
    wake_after(left, Timer::Head);
  if (!head_clock_.is_due(sequence, now_) || !head.failing)
    return false;
  head_clock_.reset();
  search_exhausted(*std::exchange(head.failing, std::nullopt));
  return true;
}

void CommitOrder::search_exhausted(const io::Error& error) {
  if (!options_.pause_on_exhausted)
    return give_up_head(ExceptionTable::TransientFailure, error);
  if (!options_.is_daemon)
    return stop("TotalRetryDuration is used up: " + io::to_log_text(error));
  say(outage_.pause(Outage::Of::Searches, io::to_log_text(error)));
}

void CommitOrder::failed(const GroupPtr& group, const io::Error& error) {
  if (stops_all(error.code)) {
    locked_out(Outage::Of::Transactions, error);
    if (!is_draining())
      return resend_after(group, options_.retry.max_delay);
    return settle_failure();
  }
  if (error.code == ErrorCode::Conflict)
    return conflict(group, error, attempt_.maybe_applied);
  auto& head = window_.front();
  if (error.code == ErrorCode::ServerError && head.server_errors >= server_error_retries)
    return refused(group, error);
  if (!io::is_transient(error.code))
    return refused(group, error);
  head.server_errors += error.code == ErrorCode::ServerError;
  transient(group, error);
}

void CommitOrder::transient(const GroupPtr& group, const io::Error& error) {
  if (error.code != ErrorCode::Unavailable)
    attempt_.was_maybe_applied(*group);
  if (error.code == ErrorCode::Timeout && writers(*group) > 1)
    size_.too_large(group->entries.size());
  auto delay = attempt_.retry.next(now_, error.retry_after);
  if (!delay)
    return exhausted(group, error);
  retry_row(*window_.front().entry, error, attempt_.retry.retries());
  if (is_draining())
    return settle_failure();
  resend_after(group, *delay);
}

void CommitOrder::conflict(const GroupPtr& group, const io::Error& error, bool was_applied) {
  if (was_applied)
    attempt_.was_maybe_applied(*group);
  settle_failure();
  std::optional<milliseconds> delay = milliseconds(0);
  if (attempt_.conflicts++ == 0)
    attempt_.retry.at_once(now_);
  else
    delay = attempt_.retry.next(now_);
  if (!delay)
    return exhausted(group, error);
  retry_row(*window_.front().entry, error, attempt_.retry.retries());
  if (delay->count() > 0 && !is_draining())
    merge_after(*delay);
}

void CommitOrder::refused(const GroupPtr& group, const io::Error& error) {
  if (was_answered_well(error))
    attempt_.was_maybe_applied(*group);
  settle_failure();
  if (group->has_patch) { // before an entry is at fault: it may be the patch that the service does not take
    say("the FHIR service refuses a JSON Patch (status " + std::to_string(error.status) +
        "); whole updates are sent from now on");
    put_only_ = true;
    return;
  }
  if (try_smaller(group, error))
    return;
  if (may_be_for_age(error) && now_ - group->oldest > options_.patient_max_age && !attempt_.found_anew) {
    attempt_.found_anew = true;
    return;
  }
  if (attempt_.may_be_tied && was_answered_well(error)) {
    attempt_.verdict = error;
    return;
  }
  give_up(group, ExceptionTable::FhirFailToStore, error);
}

/// In halves, down to one entry; a dose report in pieces, down to one Observation. False: it is as small as can be.
bool CommitOrder::try_smaller(const GroupPtr& group, const io::Error& error) {
  bool is_size = may_be_for_size(error);
  if (writers(*group) > 1) {
    if (is_size)
      size_.too_large(group->entries.size());
    size_.split(group->entries.size(), group->entries.back()->sequence);
    attempt_ = Attempt(options_.retry);
    return true;
  }
  auto piece = attempt_.piece;
  if (!is_size || group->is_compensation || group->observations == 0 || (piece && *piece <= 1))
    return false;
  bool is_delete = window_.front().entry->effect == mapping::Effect::Delete;
  attempt_.piece = piece ? *piece / 2 : is_delete ? first_piece : 0;
  return true;
}

void CommitOrder::exhausted(const GroupPtr& group, const io::Error& error) {
  bool is_settled = error.code == ErrorCode::Conflict;
  if (writers(*group) > 1) {
    if (!is_settled)
      settle_failure();
    size_.one_by_one(group->entries.back()->sequence);
    attempt_ = Attempt(options_.retry);
    return;
  }
  if (!options_.pause_on_exhausted) {
    if (!is_settled)
      settle_failure();
    return give_up(group, ExceptionTable::TransientFailure, error);
  }
  if (!options_.is_daemon) {
    if (!is_settled)
      settle_failure();
    return stop("TotalRetryDuration is used up: " + io::to_log_text(error));
  }
  say(outage_.pause(Outage::Of::Transactions, io::to_log_text(error)));
  if (error.code == ErrorCode::Conflict)
    merge_after(options_.retry.max_delay);
  else
    resend_after(group, options_.retry.max_delay);
}

/// Nobody is let in. A daemon tries on; a backfill ends.
void CommitOrder::locked_out(Outage::Of what, const io::Error& error) {
  if (options_.is_daemon)
    say(outage_.lock_out(what, io::to_log_text(error)));
  else
    stop("the FHIR service does not let us in: " + io::to_log_text(error));
}

/// The group has one entry that writes: it is recorded, and what stands beside it is done.
void CommitOrder::give_up(const GroupPtr& group, ExceptionTable table, const io::Error& error) {
  auto culprit = std::find_if(group->entries.begin(), group->entries.end(), [](auto& entry) { return writes(*entry); });
  if (culprit == group->entries.end())
    return give_up_head(table, error);
  auto rows = group->rows;
  rows.push_back(row_of(**culprit, table, io::name_of(error.code), io::to_string(error), attempt_.retry.retries()));
  auto results = group->results;
  results[static_cast<std::size_t>(culprit - group->entries.begin())] = EntryResult::Failed;
  attempt_ = Attempt(options_.retry);
  pop(group->entries.size(), std::move(rows), results);
}

void CommitOrder::give_up_head(ExceptionTable table, const io::Error& error) {
  auto& head = window_.front();
  std::vector<io::ExceptionRow> rows;
  for (auto& message : head.entry->invalid_tags)
    rows.push_back(row_of(*head.entry, ExceptionTable::InvalidDicomTag,
                          mapping::name_of(mapping::DicomFault::InvalidTag), message));
  int retries = attempt_.retry.retries() ? attempt_.retry.retries() : head.retries;
  rows.push_back(row_of(*head.entry, table, io::name_of(error.code), io::to_string(error), retries));
  attempt_ = Attempt(options_.retry);
  pop(1, std::move(rows), {EntryResult::Failed});
}

/// What the group touched is thrown out and searched anew.
void CommitOrder::settle_failure() {
  actions_.push_back(Settle{{}, false, attempt_.maybe_applied});
}

void CommitOrder::retry_row(const mapping::MappedEntry& entry, const io::Error& error, int retry) {
  ++totals_.retries;
  ++progress_->retries;
  if (!outage_.is_paused())
    records_.add({row_of(entry, ExceptionTable::TransientRetry, io::name_of(error.code), io::to_string(error), retry)});
}

void CommitOrder::resend_after(const GroupPtr& group, milliseconds delay) {
  state_ = AwaitingResend{group, wake_after(delay, Timer::Retry)};
}

void CommitOrder::merge_after(milliseconds delay) {
  state_ = AwaitingMerge{wake_after(delay, Timer::Retry)};
}

std::uint64_t CommitOrder::wake_after(milliseconds delay, Timer timer) {
  actions_.push_back(WakeAfter{delay, {timer, ++wakes_}});
  return wakes_;
}

void CommitOrder::stop(std::string message) {
  phase_ = Phase::Draining;
  actions_.push_back(Fatal{std::move(message)});
}

void CommitOrder::say(std::optional<std::string> message) {
  if (message)
    actions_.push_back(Notice{std::move(*message)});
}

void CommitOrder::answered(Outage::Of what) {
  for (auto& message : outage_.answered(what))
    say(std::move(message));
}

} // namespace dicomcast::actors
