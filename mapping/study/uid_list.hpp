// An ordered list whose elements are found, added and removed by UID in (amortised) constant time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dicomcast::mapping {

/// T has a member `std::string uid`. An element with an empty uid is kept and never found; of several with the same uid
/// the first is found. Adding and removing invalidate pointers and iterators. A value type.
template<class T>
class UidList {
  using Slots = std::vector<std::optional<T>>; // an empty one was removed

  template<class Slot, class Value>
  class Iterator {
  public:
    Iterator(Slot* at, Slot* end) : at_(at), end_(end) { skip(); }
    Value& operator*() const { return **at_; }
    Iterator& operator++() {
      ++at_;
      skip();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

  private:
    void skip() {
      while (at_ != end_ && !*at_)
        ++at_;
    }
    Slot* at_;
    Slot* end_;
  };

public:
  auto begin() { return Iterator<std::optional<T>, T>(slots_.data(), slots_.data() + slots_.size()); }
  auto end() { return Iterator<std::optional<T>, T>(slots_.data() + slots_.size(), slots_.data() + slots_.size()); }
  auto begin() const { return Iterator<const std::optional<T>, const T>(slots_.data(), slots_.data() + slots_.size()); }
  auto end() const {
    return Iterator<const std::optional<T>, const T>(slots_.data() + slots_.size(), slots_.data() + slots_.size());
  }
  std::size_t size() const { return slots_.size() - removed_; }
  bool empty() const { return size() == 0; }

  T* find(std::string_view uid) {
    auto found = index_.find(uid);
    return found == index_.end() ? nullptr : &*slots_[found->second];
  }

  T& add(T element) {
    if (!element.uid.empty())
      has_twins_ |= !index_.emplace(element.uid, slots_.size()).second;
    return *slots_.emplace_back(std::move(element));
  }

  /// Removes the first of that uid. False: there was none.
  bool remove(std::string_view uid) {
    auto found = index_.find(uid);
    if (found == index_.end())
      return false;
    slots_[found->second].reset();
    ++removed_;
    index_.erase(found);
    if (has_twins_ || removed_ > size())
      close_gaps();
    return true;
  }

private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  void close_gaps() {
    std::erase_if(slots_, [](auto& slot) { return !slot; });
    removed_ = 0;
    has_twins_ = false;
    index_.clear();
    for (std::size_t at = 0; at < slots_.size(); ++at)
      if (!slots_[at]->uid.empty())
        has_twins_ |= !index_.emplace(slots_[at]->uid, at).second;
  }

  Slots slots_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
  std::size_t removed_ = 0;
  bool has_twins_ = false; ///< several elements of one uid: rare, and then removing takes a whole pass
};

} // namespace dicomcast::mapping
