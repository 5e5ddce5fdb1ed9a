// Which instances the entries done last are about: it tells whether a late `delete` comes too late. Bounded: as many
// entries as the feed's gaps may lie back. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

namespace dicomcast::actors {

class DoneInstances {
public:
  void add(std::int64_t sequence, const std::string& sop_instance_uid) {
    done_.push_back({sequence, std::hash<std::string>{}(sop_instance_uid)});
    if (done_.size() <= kept)
      return;
    forgotten_ = std::max(forgotten_, done_.front().sequence);
    done_.pop_front();
  }
  /// Whether an entry of that instance above `sequence` is done, or it can no longer be known that none is.
  bool may_follow(std::int64_t sequence, const std::string& sop_instance_uid) const {
    auto instance = std::hash<std::string>{}(sop_instance_uid);
    return forgotten_ > sequence || std::any_of(done_.begin(), done_.end(), [&](const Done& one) {
             return one.sequence > sequence && one.instance == instance;
           });
  }

private:
  static constexpr std::size_t kept = 4096;
  struct Done {
    std::int64_t sequence;
    std::size_t instance; ///< a hash of 64 bits: 4,096 of them never meet
  };
  std::deque<Done> done_;
  std::int64_t forgotten_ = 0;
};

} // namespace dicomcast::actors
