// Values of the keys `Mapping:*` that the mapping is told as they are.
#pragma once

#include <bitset>
#include <cstddef>

namespace dicomcast::conf {

/// `Mapping:Include`: what is written beyond profile R4, by group.
enum class Group : std::size_t {
  Orders,
  Encounter,
  Procedure,
  People,
  Anatomy,
  Equipment,
  Titles,
  NameForms,
  PatientIds,
  Animal,
};
inline constexpr std::size_t group_count = 10;

/// A value type.
class Groups {
public:
  constexpr Groups() = default;
  bool has(Group group) const { return groups_.test(static_cast<std::size_t>(group)); }
  void add(Group group) { groups_.set(static_cast<std::size_t>(group)); }
  void remove(Group group) { groups_.reset(static_cast<std::size_t>(group)); }
  bool any() const { return groups_.any(); }
  static Groups all() {
    Groups every;
    every.groups_.set();
    return every;
  }
  bool operator==(const Groups&) const = default;

private:
  std::bitset<group_count> groups_;
};

/// `Mapping:References`: what stands for a resource that dicomcast does not own.
enum class References {
  Logical, ///< type, identifier, display
  Display, ///< the display alone
  None,    ///< the element is left out
};

/// `Mapping:DoseProfile`.
enum class DoseProfile {
  None,
  Summary, ///< HL7 Radiation Dose Summary 1.0.0
};

} // namespace dicomcast::conf
