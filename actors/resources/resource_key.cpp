// Keys: their texts, and which of them an entry needs.
#include "actors/resources/resource_key.hpp"

#include "conf/text.hpp"

namespace dicomcast::actors {

const char* type_of(ResourceKind kind) {
  switch (kind) {
  case ResourceKind::Patient:
    return "Patient";
  case ResourceKind::Endpoint:
    return "Endpoint";
  case ResourceKind::Study:
    return "ImagingStudy";
  case ResourceKind::ReportObservations:
  case ResourceKind::StudyObservations:
    return "Observation";
  }
  return "";
}

bool is_list(ResourceKind kind) {
  return kind == ResourceKind::ReportObservations || kind == ResourceKind::StudyObservations;
}

std::string ResourceKey::text() const {
  return std::to_string(static_cast<int>(kind)) + ' ' + std::to_string(identifier.system.size()) + ' ' +
         identifier.system + '|' + identifier.value;
}

std::string ResourceKey::folded_text() const {
  return text::fold_case(text());
}

std::vector<ResourceKey> needs_of(const mapping::MappedEntry& entry, const mapping::Options& options) {
  std::vector<ResourceKey> keys;
  auto study = mapping::study_identifier(entry.uids.study);
  if (entry.effect == mapping::Effect::Upsert) {
    keys.push_back({ResourceKind::Patient, {entry.patient.system, entry.patient.patient_id}});
    keys.push_back({ResourceKind::Endpoint, mapping::endpoint_identifier(options)});
    keys.push_back({ResourceKind::Study, study});
    if (options.generate_observations && (entry.is_structured_report || entry.is_update))
      keys.push_back({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)});
  } else if (entry.effect == mapping::Effect::Delete) {
    keys.push_back({ResourceKind::Study, study});
    if (options.generate_observations)
      keys.push_back({ResourceKind::StudyObservations, study});
  }
  return keys;
}

} // namespace dicomcast::actors
