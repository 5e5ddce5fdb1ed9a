// PN (PS3.5 section 6.2.1) to HumanName.
#include "mapping/person_name.hpp"

#include <algorithm>
#include <array>

namespace dicomcast::mapping {

namespace {

/// Calls `each` with what stands between separators, empty or not.
template<class F>
void split(std::string_view text, char separator, F each) {
  while (true) {
    auto end = text.find(separator);
    each(text.substr(0, end));
    if (end == text.npos)
      return;
    text.remove_prefix(end + 1);
  }
}

} // namespace

std::optional<PatientFacts::Name> person_name(std::string_view value) {
  PatientFacts::Name name;
  const std::array components{&name.family, &name.given, &name.given, &name.prefix, &name.suffix};
  std::size_t at = 0;
  split(value.substr(0, value.find('=')), '^', [&](std::string_view component) {
    if (at == components.size())
      return;
    split(component, ' ', [&](std::string_view part) {
      if (!part.empty())
        components[at]->emplace_back(part);
    });
    ++at;
  });
  if (name == PatientFacts::Name{})
    return std::nullopt;
  return name;
}

} // namespace dicomcast::mapping
