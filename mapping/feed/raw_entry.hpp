// An entry of the feed as read, not yet checked: views into the page's document, which must outlive it.
#pragma once

#include "mapping/json/json.hpp"
#include "mapping/options.hpp"
#include "mapping/tags.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::mapping {

/// The Value of one attribute that is mapped (PS3.18 section F.2.3).
struct Attribute {
  enum class Kind {
    Absent,  ///< no such attribute
    Empty,   ///< no Value, or null
    Text,    ///< a JSON string; of a person name given as an object its groups, with `=` between them
    Integer, ///< a JSON number without fraction
    Other,   ///< of any other kind, or several values, or a person name with a broken group: `other` says what
  };
  Kind kind = Kind::Absent;
  std::string_view text;
  std::int64_t integer = 0;
  /// Of Other, to be read after the tag: `2 values, but may have one`. Of a Text that stands nowhere in the page, what
  /// `text` views. By pointer, since it is rare and entries are many.
  std::unique_ptr<std::string> other;

  void set_other(std::string what) {
    kind = Kind::Other;
    other = std::make_unique<std::string>(std::move(what));
  }
  void set_text(std::string whole) {
    kind = Kind::Text;
    other = std::make_unique<std::string>(std::move(whole));
    text = *other;
  }
};

struct RawEntry {
  std::int64_t sequence = 0;
  std::string_view action, state, timestamp, partition;
  std::array<Attribute, 3> uids; ///< StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID
  bool has_metadata = false;
  bool has_content_sequence = false;
  std::array<Attribute, tag_count> attributes;
  Groups groups; ///< of which groups `extended` is picked; set before the reading
  Json extended; ///< see pick_extended; null: no group
  /// Attributes that held what is no Unicode text, and rows for what else of the entry did.
  std::bitset<tag_count> mended;
  std::vector<std::string> mended_elsewhere;
};

} // namespace dicomcast::mapping
