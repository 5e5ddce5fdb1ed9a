// From the configuration to the options of the mapping.
#include "actors/mapping_options.hpp"

#include "conf/text.hpp"

namespace dicomcast::actors {

namespace {

std::string endpoint_address(const conf::Config& config) {
  if (config.profile == conf::Profile::Original)
    return config.dicom_source;
  std::string address(text::without_trailing_slashes(config.dicom_source));
  address += config.api_version == conf::ApiVersion::V1 ? "/v1" : "/v2";
  if (!config.partition_name.empty())
    address += "/partitions/" + text::percent_encoded(config.partition_name);
  return address;
}

} // namespace

mapping::Options mapping_options(const conf::Config& config) {
  mapping::Options options;
  options.profile = config.profile;
  options.patient_system_id = config.patient_system_id;
  options.is_issuer_id_used = config.is_issuer_id_used;
  options.policy = config.patient_policy;
  options.source = config.dicom_source;
  options.endpoint_address = endpoint_address(config);
  options.issuer_systems = config.issuer_systems;
  options.groups = config.groups();
  options.references = config.references;
  options.dose_profile = config.dose();
  options.accession_system_id = config.accession_system_id;
  options.encounter_system_id = config.encounter_system_id;
  options.staff_system_id = config.staff_system_id;
  options.default_timezone = config.default_timezone.value_or(conf::Timezone());
  options.rewrite_observations = config.rewrite_observations;
  options.enforce_validation = config.enforce_validation;
  options.generate_observations = config.generate_observations;
  options.partition = config.partition_name;
  return options;
}

} // namespace dicomcast::actors
