// What the keys that follow the profile come to.
#include "conf/config.hpp"

namespace dicomcast::conf {

Groups Config::groups() const {
  if (include)
    return *include;
  if (profile != Profile::Extended)
    return {};
  auto groups = Groups::all();
  groups.remove(Group::Animal);
  return groups;
}

DoseProfile Config::dose() const {
  return dose_profile.value_or(profile == Profile::Extended ? DoseProfile::Summary : DoseProfile::None);
}

} // namespace dicomcast::conf
