#include "actors/mapping_options.hpp"

#include "mapping/identity.hpp"

namespace dicomcast::actors {

namespace {

mapping::PatientPolicy policy_of(conf::PatientPolicy policy) {
  switch (policy) {
  case conf::PatientPolicy::Update:
    return mapping::PatientPolicy::Update;
  case conf::PatientPolicy::CreateOnly:
    return mapping::PatientPolicy::CreateOnly;
  case conf::PatientPolicy::LinkOnly:
    return mapping::PatientPolicy::LinkOnly;
  }
  return {};
}

std::string endpoint_address(const conf::Config& config) {
  if (config.profile == conf::Profile::Original)
    return config.dicom_source;
  auto address = config.dicom_source;
  while (address.ends_with('/'))
    address.pop_back();
  address += config.api_version == conf::ApiVersion::V1 ? "/v1" : "/v2";
  if (!config.partition_name.empty())
    address += "/partitions/" + mapping::percent_encode(config.partition_name);
  return address;
}

} // namespace

mapping::Options mapping_options(const conf::Config& config) {
  mapping::Options options;
  options.profile = config.profile == conf::Profile::R4 ? mapping::Profile::R4 : mapping::Profile::Original;
  options.patient_system_id = config.patient_system_id;
  options.is_issuer_id_used = config.is_issuer_id_used;
  options.policy = policy_of(config.patient_policy);
  options.source = config.dicom_source;
  options.endpoint_address = endpoint_address(config);
  options.default_timezone = config.default_timezone;
  options.enforce_validation = config.enforce_validation;
  options.generate_observations = config.generate_observations;
  options.partition = config.partition_name;
  return options;
}

} // namespace dicomcast::actors
