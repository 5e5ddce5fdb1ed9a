// Records in their turn.
#include "actors/commit/record_queue.hpp"

#include <algorithm>

namespace dicomcast::actors {

void RecordQueue::add(std::vector<io::ExceptionRow> rows, std::vector<io::ExceptionRow> replayed,
                      bool moves_checkpoint) {
  ++added_;
  ++unsent_.records;
  moves_checkpoint_ |= moves_checkpoint;
  std::move(rows.begin(), rows.end(), std::back_inserter(unsent_.rows));
  std::move(replayed.begin(), replayed.end(), std::back_inserter(unsent_.replayed));
}

void RecordQueue::removes_from(const std::string& study_uid) {
  removals_[study_uid] = added_;
  urgent_ = true;
}

std::optional<Record> RecordQueue::next(Clock::time_point now, std::int64_t done_to) {
  if (unsent_.records == 0 || under_way_ || (!urgent_ && now < not_before_))
    return std::nullopt;
  under_way_ = true;
  urgent_ = told_ = false;
  not_before_ = now + interval;
  if (std::exchange(moves_checkpoint_, false)) {
    checkpoint_ = std::max(checkpoint_, done_to);
    unsent_.synced_sequence = checkpoint_;
  }
  return std::exchange(unsent_, {});
}

std::optional<milliseconds> RecordQueue::wait(Clock::time_point now) {
  if (unsent_.records == 0 || under_way_ || std::exchange(told_, true))
    return std::nullopt;
  return std::chrono::ceil<milliseconds>(not_before_ - now);
}

void RecordQueue::on_recorded(const Recorded& recorded) {
  under_way_ = false;
  recorded_ = recorded.records;
  std::erase_if(removals_, [&](auto& removal) { return removal.second <= recorded_; });
}

bool RecordQueue::may_store(const PreparedGroup& group) const {
  if (group.is_compensation)
    return removals_.empty();
  return std::none_of(group.entries.begin(), group.entries.end(), [&](const EntryPtr& entry) {
    return entry->effect == mapping::Effect::Upsert && removals_.contains(entry->uids.study);
  });
}

} // namespace dicomcast::actors
