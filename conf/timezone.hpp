// A zone for local times: an offset from UTC, or the offsets of an IANA zone as they held and will hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::conf {

/// A value type, cheap to copy. Any thread.
class Timezone {
public:
  /// UTC, as an offset.
  Timezone() = default;
  /// Of `+hh:mm` or `-hh:mm` (see is_timezone) or of a name of the IANA time zone database such as `Europe/Berlin`,
  /// letter by letter. Reads the system's copy of that database (package tzdata). Nothing: it is neither.
  static std::optional<Timezone> read(std::string_view text);
  /// Of a text for which is_timezone holds.
  static Timezone of_offset(std::string_view text) { return Timezone(std::string(text), {}); }

  /// As it was read.
  const std::string& text() const { return text_; }
  /// Whether the offset is the same at all times: then it is the text.
  bool is_offset() const { return !changes_; }
  /// The offset `+hh:mm` or `-hh:mm` at a local time: the seconds from 1970-01-01T00:00:00 to it, both local. Of a time
  /// that a change leaves out or repeats, the offset that held before the change. After the last change that the
  /// database lists (today's: 2037) its offset stays.
  std::string offset_at(std::int64_t local_seconds) const;

  bool operator==(const Timezone& other) const { return text_ == other.text_; }

private:
  struct Change {
    std::int64_t until; ///< local seconds up to which, exclusive, `offset` counts
    int offset;         ///< minutes
  };
  using Changes = std::vector<Change>; ///< in order of time; the last one has no end
  Timezone(std::string text, std::shared_ptr<const Changes> changes)
      : text_(std::move(text)), changes_(std::move(changes)) {}

  std::string text_ = "+00:00";
  std::shared_ptr<const Changes> changes_; ///< null: `text_` is the offset
};

} // namespace dicomcast::conf
