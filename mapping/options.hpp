// What the mapping is told by the configuration.
#pragma once

#include "conf/config.hpp"

#include <map>
#include <string>

namespace dicomcast::mapping {

using conf::DoseProfile;
using conf::Group;
using conf::Groups;
using conf::PatientPolicy;
using conf::Profile;
using conf::References;

struct Options {
  Profile profile = Profile::R4;
  std::string patient_system_id;  ///< `Patient:PatientSystemId`; empty: none
  bool is_issuer_id_used = false; ///< `Patient:IsIssuerIdUsed`
  PatientPolicy policy = PatientPolicy::Update;
  std::string source;              ///< ImagingStudy.meta.source: DicomWeb:Endpoint, normalised, with its trailing slash
  std::string endpoint_address;    ///< Endpoint.address of the profile, see contract section 5
  conf::Timezone default_timezone; ///< `Mapping:DefaultTimezone`
  /// `Patient:IssuerSystems`: the URI that is the system of an issuer's identifiers, by the issuer's text.
  std::map<std::string, std::string, std::less<>> issuer_systems;
  Groups groups;                                ///< `Mapping:Include`
  References references = References::Logical;  ///< `Mapping:References`
  DoseProfile dose_profile = DoseProfile::None; ///< `Mapping:DoseProfile`
  /// `Mapping:...SystemId`: systems of such identifiers where the data name none; empty: none.
  std::string accession_system_id, encounter_system_id, staff_system_id;
  bool enforce_validation = false;    ///< EnforceValidationOfTagValues
  bool generate_observations = false; ///< GenerateObservations
  bool rewrite_observations = false;  ///< every report brings its Observations over as an `update` would
  std::string partition;              ///< `DicomWeb:PartitionName`; empty: all

  /// Whether resources are written as the original DICOMcast does.
  bool is_original() const { return profile == Profile::Original; }
};

} // namespace dicomcast::mapping
