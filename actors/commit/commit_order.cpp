// The order of commits: what comes next. What follows a failure is in commit_failures.cpp.
#include "actors/commit/commit_order.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::ErrorCode;
using io::ExceptionTable;
using mapping::Effect;

namespace {

/// The create met a resource that was there already; an Observation that is there is as good as one created.
std::optional<io::Error> met_another(const PreparedGroup& group, const std::vector<io::fhir::Written>& written) {
  for (std::size_t w = 0; w < written.size(); ++w) {
    auto& write = group.writes[w];
    if (write.kind == io::fhir::Write::Kind::Create && written[w].status == 200 && write.type != "Observation")
      return io::Error{ErrorCode::Conflict,
                       "POST transaction",
                       200,
                       "the create of the " + write.type + " met " + write.type + "/" + written[w].id +
                           ", which is there already",
                       {},
                       {}};
  }
  return std::nullopt;
}

} // namespace

CommitOrder::CommitOrder(CommitOptions options, std::shared_ptr<Progress> progress)
    : options_(std::move(options)), progress_(std::move(progress)), attempt_(options_.retry),
      size_(options_.grouped ? options_.group_max_entries : 1) {}

std::vector<Action> CommitOrder::on(const Event& event, Clock::time_point now) {
  now_ = now;
  std::visit([this](auto& message) { handle(message); }, event);
  while (step()) {
  }
  look_ahead();
  record();
  return std::exchange(actions_, {});
}

void CommitOrder::handle(const Start&) {
  actions_.push_back(Demand{options_.look_ahead});
}

void CommitOrder::handle(const Entries& message) {
  totals_.entries += static_cast<std::int64_t>(message.passed_over.size());
  totals_.skipped += static_cast<std::int64_t>(message.passed_over.size());
  Resolve needy;
  for (auto entry : message.entries) {
    if (!options_.replay.empty() && entry->effect == Effect::Delete && !entry->is_deleted)
      entry = passed_over(*entry); // the instance is there again
    window_.add(entry, totals_.last_sequence);
    if (writes(*entry))
      needy.entries.push_back(entry);
  }
  if (!needy.entries.empty())
    actions_.push_back(std::move(needy));
}

void CommitOrder::handle(const FeedEnd&) {
  if (!is_draining())
    phase_ = Phase::FeedEnded;
}

void CommitOrder::handle(const Resolved& message) {
  if (message.was_asked && !message.sequences.empty()) {
    head_clock_.answered();
    answered(Outage::Of::Searches);
  }
  for (auto sequence : message.sequences)
    if (auto* item = window_.find(sequence)) {
      item->ready = true;
      item->failing.reset();
    }
}

/// One thing that can be done now, if there is one. True: there may be another.
bool CommitOrder::step() {
  if (!std::holds_alternative<Idle>(state_))
    return false;
  if (attempt_.is_fresh() && !is_draining()) {
    take_in_late();
    pass_idle_entries();
  }
  bool ends = is_draining() ? !attempt_.may_be_tied || window_.empty() : phase_ == Phase::FeedEnded && window_.empty();
  if (ends) {
    end();
    return false;
  }
  if (window_.size() == 0)
    return false;
  if (!window_.front().ready)
    return watch_head();
  head_clock_.reset();
  prepare_head();
  return false;
}

void CommitOrder::take_in_late() {
  if (!window_.has_late())
    return;
  Release gone;
  for (auto* item : window_.take_in_late(gone.entries))
    if (comes_too_late(*item->entry)) {
      gone.entries.push_back(item->entry);
      *item = {passed_over(*item->entry), true};
    }
  std::erase_if(gone.entries, [](auto& entry) { return !writes(*entry); });
  if (!gone.entries.empty())
    actions_.push_back(std::move(gone));
}

/// A `delete` that comes after a later entry of the same instance is done counts only if the instance is gone now.
bool CommitOrder::comes_too_late(const mapping::MappedEntry& entry) const {
  return entry.effect == Effect::Delete && !entry.is_deleted &&
         done_instances_.may_follow(entry.sequence, entry.uids.instance);
}

/// Entries at the head that write nothing are done by themselves.
void CommitOrder::pass_idle_entries() {
  std::vector<io::ExceptionRow> rows;
  std::vector<EntryResult> results;
  while (results.size() < window_.size() && !writes(*window_[results.size()].entry))
    results.push_back(result_of_idle(*window_[results.size()].entry, rows));
  if (!results.empty())
    pop(results.size(), std::move(rows), results);
}

void CommitOrder::prepare_head() {
  PrepareRequest request;
  request.put_only = put_only_;
  request.piece = attempt_.piece;
  // What is due to one entry is done for it alone.
  bool alone = attempt_.piece || attempt_.verdict || is_draining();
  auto entries = alone ? 1 : size_.run_from(window_, 0).entries;
  for (std::size_t at = 0; at < entries; ++at)
    request.entries.push_back(window_[at].entry);
  state_ = Preparing{};
  actions_.push_back(Prepare{std::move(request)});
}

/// While a commit is under way the group after it is merged, so that it can go as soon as the answer is there.
void CommitOrder::look_ahead() {
  auto* under_way = std::get_if<Committing>(&state_);
  if (!under_way || under_way->looked_ahead || is_draining() || attempt_.piece || under_way->group->is_compensation ||
      window_.has_late() || window_.size() <= under_way->group->entries.size())
    return;
  auto first = under_way->group->entries.size();
  auto run = size_.run_from(window_, first);
  bool is_last = phase_ == Phase::FeedEnded && first + run.entries == window_.size();
  if (!run.is_full && !is_last)
    return;
  under_way->looked_ahead = true;
  PrepareRequest request;
  request.put_only = put_only_;
  for (auto at = first; at < first + run.entries; ++at)
    request.entries.push_back(window_[at].entry);
  actions_.push_back(PrepareAhead{std::move(request)});
}

void CommitOrder::handle(const Prepared& message) {
  if (!std::holds_alternative<Preparing>(state_))
    return;
  state_ = Idle{};
  if (!message.group) {
    for (auto sequence : message.unresolved)
      if (auto* item = window_.find(sequence))
        item->ready = false;
    return;
  }
  auto& group = message.group;
  if (group->bundle.empty())
    actions_.push_back(Settle{{}, true, false});
  if ((is_draining() || attempt_.verdict) && !group->is_compensation) { // nothing is tied (any more)
    if (!group->bundle.empty())
      actions_.push_back(Settle{});
    attempt_.may_be_tied = false;
    if (auto verdict = std::exchange(attempt_.verdict, std::nullopt))
      give_up_head(ExceptionTable::FhirFailToStore, *verdict);
    return;
  }
  if (group->bundle.empty())
    return done(group);
  if (records_.may_store(*group))
    return send(group);
  records_.hurry();
  state_ = AwaitingRecord{group};
}

void CommitOrder::send(GroupPtr group) {
  ++totals_.transactions;
  actions_.push_back(Commit{group});
  state_ = Committing{std::move(group)};
}

/// What it rests on may have grown old while it waited.
void CommitOrder::send_if_fresh(const GroupPtr& group) {
  if (now_ - group->oldest <= options_.patient_max_age)
    return send(group);
  settle_failure();
  state_ = Idle{};
}

void CommitOrder::handle(const CommitResult& message) {
  auto* under_way = std::get_if<Committing>(&state_);
  if (!under_way)
    return;
  auto group = under_way->group;
  state_ = Idle{};
  totals_.commit_microseconds += message.microseconds;
  if (message.error)
    return failed(group, *message.error);
  answered(Outage::Of::Transactions);
  if (auto met = met_another(*group, message.written))
    return conflict(group, *met, true);
  actions_.push_back(Settle{message.written, true, false});
  done(group);
}

/// The group stands in the FHIR service, or there was nothing to send.
void CommitOrder::done(const GroupPtr& group) {
  if (group->is_compensation) {
    auto verdict = std::move(attempt_.verdict);
    attempt_ = Attempt(options_.retry);
    attempt_.verdict = std::move(verdict);
    return;
  }
  auto results = group->results;
  if (attempt_.piece) {
    if (group->more) {
      auto piece = *attempt_.piece == 0 ? first_piece : *attempt_.piece;
      attempt_ = Attempt(options_.retry);
      attempt_.piece = piece;
      return;
    }
    results.assign(1, EntryResult::Committed); // by its pieces, whatever the last of them was
  }
  attempt_ = Attempt(options_.retry);
  if (!group->bundle.empty())
    size_.taken();
  pop(group->entries.size(), group->rows, results);
}

void CommitOrder::pop(std::size_t entries, std::vector<io::ExceptionRow> rows,
                      const std::vector<EntryResult>& results) {
  Release gone;
  std::vector<io::ExceptionRow> replayed;
  std::vector<std::string> removals;
  for (std::size_t e = 0; e < entries; ++e) {
    auto entry = window_.front().entry;
    window_.pop_front();
    count(*entry, results[e]);
    if (writes(*entry))
      gone.entries.push_back(entry);
    if (entry->effect == Effect::Delete)
      removals.push_back(entry->uids.study);
    if (auto at = options_.replay.find(entry->sequence); at != options_.replay.end())
      replayed.insert(replayed.end(), at->second.begin(), at->second.end());
  }
  for (auto& row : rows)
    totals_.invalid_tags += row.table == ExceptionTable::InvalidDicomTag;
  progress_->last_sequence = totals_.last_sequence;
  if (!gone.entries.empty())
    actions_.push_back(std::move(gone));
  records_.add(std::move(rows), std::move(replayed), options_.move_checkpoint);
  for (auto& study : removals)
    records_.removes_from(study);
  actions_.push_back(Synced{low_water()});
  actions_.push_back(Demand{entries});
}

void CommitOrder::count(const mapping::MappedEntry& entry, EntryResult result) {
  if (totals_.first_sequence == 0)
    totals_.first_sequence = entry.sequence;
  totals_.last_sequence = std::max(totals_.last_sequence, entry.sequence); // a late one may stand below
  done_instances_.add(entry.sequence, entry.uids.instance);
  ++totals_.entries;
  ++progress_->entries;
  switch (result) {
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
    ++totals_.failed;
    ++progress_->errors;
    break;
  }
}

/// Everything that is known up to it is done.
std::int64_t CommitOrder::low_water() const {
  auto lowest = window_.lowest();
  return lowest ? std::min(totals_.last_sequence, *lowest - 1) : totals_.last_sequence;
}

void CommitOrder::handle(const Recorded& message) {
  records_.on_recorded(message);
  auto* waiting = std::get_if<AwaitingRecord>(&state_);
  if (waiting && records_.may_store(*waiting->group))
    send_if_fresh(GroupPtr(waiting->group));
}

void CommitOrder::handle(const Wake& message) {
  auto* resend = std::get_if<AwaitingResend>(&state_);
  auto* merge = std::get_if<AwaitingMerge>(&state_);
  if (message.timer != Timer::Retry)
    return; // the time that the event brings is what counts
  if (resend && resend->wake == message.number)
    send_if_fresh(GroupPtr(resend->group));
  else if (merge && merge->wake == message.number)
    state_ = Idle{};
}

void CommitOrder::handle(const Drain&) {
  phase_ = Phase::Draining;
  if (auto* resend = std::get_if<AwaitingResend>(&state_))
    settle_failure();
  else if (std::holds_alternative<AwaitingRecord>(state_))
    actions_.push_back(Settle{});
  else if (!std::holds_alternative<AwaitingMerge>(state_))
    return;
  state_ = Idle{};
}

/// Nothing more is committed: the run ends when all is recorded.
void CommitOrder::end() {
  if (!records_.is_empty())
    return records_.hurry();
  state_ = Ended{};
  actions_.push_back(Finished{totals_});
}

void CommitOrder::record() {
  if (auto next = records_.next(now_, low_water()))
    actions_.push_back(std::move(*next));
  else if (auto wait = records_.wait(now_))
    wake_after(*wait, Timer::Record);
}

} // namespace dicomcast::actors
