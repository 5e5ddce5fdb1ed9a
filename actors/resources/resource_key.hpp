// What identifies a FHIR resource, or a list of Observations, that an entry needs.
#pragma once

#include "mapping/feed/entry.hpp"
#include "mapping/identity.hpp"
#include "mapping/options.hpp"

#include <string>
#include <vector>

namespace dicomcast::actors {

enum class ResourceKind { Patient, Endpoint, Study, ReportObservations, StudyObservations };

/// The FHIR resource type.
const char* type_of(ResourceKind kind);
/// A list of Observations, where any number may be found.
bool is_list(ResourceKind kind);

struct ResourceKey {
  ResourceKind kind = ResourceKind::Patient;
  mapping::Identifier identifier;
  bool operator==(const ResourceKey&) const = default;
  /// Unlike for unlike keys: for maps.
  std::string text() const;
  /// Equal for keys that differ in the case of letters only.
  std::string folded_text() const;
};

/// The keys that an entry needs: none for a Skip or a Refuse. An `update` needs the Observations that name its instance
/// as their report, whatever it is now: it may have been a report before.
std::vector<ResourceKey> needs_of(const mapping::MappedEntry& entry, const mapping::Options& options);

} // namespace dicomcast::actors
