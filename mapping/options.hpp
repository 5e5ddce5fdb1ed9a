// What the mapping is told by the configuration.
#pragma once

#include "conf/config.hpp"

#include <string>

namespace dicomcast::mapping {

using conf::PatientPolicy;
using conf::Profile;

struct Options {
  Profile profile = Profile::R4;
  std::string patient_system_id;  ///< `Patient:PatientSystemId`; empty: none
  bool is_issuer_id_used = false; ///< `Patient:IsIssuerIdUsed`
  PatientPolicy policy = PatientPolicy::Update;
  std::string source;           ///< ImagingStudy.meta.source: DicomWeb:Endpoint, normalised, with its trailing slash
  std::string endpoint_address; ///< Endpoint.address of the profile, see contract section 5
  std::string default_timezone = "+00:00"; ///< `+hh:mm` or `-hh:mm`
  bool enforce_validation = false;         ///< EnforceValidationOfTagValues
  bool generate_observations = false;      ///< GenerateObservations
  std::string partition;                   ///< `DicomWeb:PartitionName`; empty: all
};

} // namespace dicomcast::mapping
