// From an entry as read to what it does. Source: contract's sections on mapping and validity, kept in
// mapping/README.md.
#pragma once

#include "mapping/feed/entry.hpp"
#include "mapping/feed/raw_entry.hpp"

#include <string>

namespace dicomcast::mapping {

/// Checks and maps all but the Observations, into an entry that is new.
void map_entry(const RawEntry& raw, const Options& options, MappedEntry& entry);

/// Adds the Observations of a structured report. `dataset` is the entry's metadata. Only of an Upsert, and only where
/// Options say so; what they hold of broken values is judged as any optional tag's.
void map_observations(MappedEntry& entry, const Json& dataset, const Options& options);

/// What a checked attribute came to.
struct CheckedValue {
  enum class State { Absent, Empty, Valid, Invalid };
  State state = State::Absent;
  std::int32_t number = 0; ///< of a Valid Form::Number
  std::string_view text;   ///< of a Valid one, without its padding: a view into what was read
};
/// `problem` is set of an Invalid one, to be read after the tag: `"19991345" is no date YYYYMMDD`.
CheckedValue check(const Attribute& attribute, Form form, std::string& problem);

} // namespace dicomcast::mapping
