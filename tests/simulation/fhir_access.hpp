// The FHIR resources of a world, as somebody other than the engine sees them: of the simulated service, or of the
// oracle's own store. So that what is done from outside is done to both in the same way.
#pragma once

#include "mapping/json/json.hpp"
#include "tests/simulation/world.hpp"

#include <string>
#include <vector>

namespace dicomcast::simulation {

class FhirAccess {
public:
  virtual ~FhirAccess() = default;
  virtual std::vector<mapping::Json> all(const std::string& type) const = 0; ///< in order of creation
  /// With an id: a new version of it, or made with that id; else made with a new one.
  virtual void put(const mapping::Json& resource) = 0;
  virtual void remove(const std::string& type, const std::string& id) = 0;
};

/// What stands at the start.
void make_standing(const World& world, FhirAccess& fhir);

/// Does it. False: there is nothing that it could be done to, and nothing was changed.
bool perform(const OutsideWrite& write, std::size_t number, FhirAccess& fhir);

/// Whether the resource has an identifier of that value, letter by letter.
bool has_identifier_value(const mapping::Json& resource, std::string_view value);
/// The URLs of the extensions that outside writes have added.
std::vector<std::string> marks_of(const mapping::Json& resource);

} // namespace dicomcast::simulation
