// What waits to be written to the state store, and when it goes: one write at a time, and between two of them a few
// milliseconds, so that a service that answers at once does not make each commit a write of the store. Driven by calls
// with the time passed in; one thread at a time.
//
// A delete must be recorded before an instance of its study is stored again: after a kill in between it would be done
// once more, and take that away. Another delete may follow at once: to repeat the first changes nothing then.
#pragma once

#include "actors/commit/steps.hpp"

#include <map>
#include <string>

namespace dicomcast::actors {

class RecordQueue {
public:
  /// Adds rows, and whether the checkpoint may move with them.
  void add(std::vector<io::ExceptionRow> rows, std::vector<io::ExceptionRow> replayed = {},
           bool moves_checkpoint = false);
  /// What was added last removes an instance of that study. It is written at once.
  void removes_from(const std::string& study_uid);
  /// Nothing more is on its way: what waits is written at once.
  void hurry() { urgent_ = true; }

  /// The next write, if it is due; it is under way from then on. `done_to`: everything known up to it is done, as of
  /// now, since a late entry may have come after the rows were added.
  std::optional<Record> next(Clock::time_point now, std::int64_t done_to);
  /// How long until next() has something, if that is known and nobody was told so yet.
  std::optional<milliseconds> wait(Clock::time_point now);
  void on_recorded(const Recorded& recorded);

  /// Whether a write may go that stores an instance of these studies, as far as deletes are concerned.
  bool may_store(const PreparedGroup& group) const;
  bool is_empty() const { return recorded_ == added_; }

private:
  static constexpr milliseconds interval{5};

  Record unsent_;
  bool moves_checkpoint_ = false; ///< with what is unsent
  std::int64_t checkpoint_ = 0;   ///< of the last write
  std::uint64_t added_ = 0, recorded_ = 0;
  bool under_way_ = false, urgent_ = false, told_ = false;
  Clock::time_point not_before_{};
  std::map<std::string, std::uint64_t> removals_; ///< by study: the record, not yet made, of its last delete
};

} // namespace dicomcast::actors
