// The concepts of radiation dose reports that become something, as tables. Sources: DICOM PS3.16 TID 10001 to 10024,
// CID of the DICOM Controlled Terminology.
#pragma once

#include "mapping/code/code.hpp"

namespace dicomcast::mapping {

/// How an item's value is written.
enum class ComponentKind {
  Plain, ///< a number becomes valueQuantity, a code valueCodeableConcept
  Count, ///< a number becomes valueInteger
  Text,  ///< a text or a code's meaning becomes valueString; with the dose profile: valueCodeableConcept
};

/// An item of this name becomes a component.
struct ComponentRule {
  Concept name;
  ComponentKind kind = ComponentKind::Plain;
  bool in_original = true; ///< also in profile Original
};

namespace concepts {

// Which items become an Observation, and what tells them.
inline constexpr Concept dose_reports[] = {{"113500", dcm_system}, {"113701", dcm_system}};
inline constexpr Concept administration[] = {{"113502", dcm_system}};
inline constexpr Concept exposures[] = {{"113706", dcm_system}, {"113819", dcm_system}};
inline constexpr Concept exposure_uids[] = {{"113769", dcm_system}};
inline constexpr Concept administration_uids[] = {{"113769", dcm_system}, {"113503", dcm_system}};
inline constexpr Concept accession_number[] = {{"121022", dcm_system}};

// Where and when.
inline constexpr Concept target_region[] = {{"123014", dcm_system}};
inline constexpr Concept laterality[] = {{"272741003", snomed_system}};
inline constexpr Concept acquisition_plane[] = {{"113764", dcm_system}};
inline constexpr Concept single_plane = {"113622", dcm_system};
inline constexpr Concept start_of_event = {"111526", dcm_system};          ///< DateTime Started
inline constexpr Concept start_of_irradiation = {"113809", dcm_system};    ///< Start of X-Ray Irradiation
inline constexpr Concept end_of_irradiation = {"113810", dcm_system};      ///< End of X-Ray Irradiation
inline constexpr Concept start_of_administration = {"123003", dcm_system}; ///< Radiopharmaceutical Start DateTime

// What the dose profile asks for.
inline constexpr Concept procedure_reported[] = {{"121058", dcm_system}};
inline constexpr Concept procedure[] = {{"363589002", snomed_system}}; ///< Associated procedure
inline constexpr Concept person_name[] = {{"113870", dcm_system}};
inline constexpr Concept person_identifier[] = {{"113871", dcm_system}};
inline constexpr Concept person_issuer[] = {{"113872", dcm_system}};

inline constexpr Concept irradiation_authorizing = {"113850", dcm_system};

} // namespace concepts

// clang-format off
inline constexpr ComponentRule summary_components[] = {
    {{"113725", dcm_system}},                                    // Dose (RP) Total
    {{"111637", dcm_system}},                                    // Accumulated Average Glandular Dose
    {{"113722", dcm_system}},                                    // Dose Area Product Total
    {{"113726", dcm_system}},                                    // Fluoro Dose Area Product Total
    {{"113727", dcm_system}},                                    // Acquisition Dose Area Product Total
    {{"113728", dcm_system}, ComponentKind::Plain, false},       // Fluoro Dose (RP) Total
    {{"113729", dcm_system}, ComponentKind::Plain, false},       // Acquisition Dose (RP) Total
    {{"113730", dcm_system}},                                    // Total Fluoro Time
    {{"113731", dcm_system}, ComponentKind::Count},              // Total Number of Radiographic Frames
    {{"113507", dcm_system}},                                    // Administered activity
    {{"113813", dcm_system}},                                    // CT Dose Length Product Total
    {{"113814", dcm_system}, ComponentKind::Plain, false},       // CT Effective Dose Total
    {{"113812", dcm_system}, ComponentKind::Count},              // Total Number of Irradiation Events
    {{"113830", dcm_system}},                                    // Mean CTDIvol
    {{"123005", dcm_system}},                                    // Radiopharmaceutical Volume
    {{"349358000", snomed_system}, ComponentKind::Text},         // Radiopharmaceutical agent
    {{"89457008", snomed_system}, ComponentKind::Text},          // Radionuclide
    {{"410675002", snomed_system}},                              // Route of administration
};
inline constexpr ComponentRule event_components[] = {
    {{"113830", dcm_system}},                                    // Mean CTDIvol
    {{"113838", dcm_system}},                                    // DLP
    {{"113835", dcm_system}},                                    // CTDIw Phantom Type
    {{"122130", dcm_system}, ComponentKind::Plain, false},       // Dose Area Product
    {{"113738", dcm_system}, ComponentKind::Plain, false},       // Dose (RP)
    {{"111631", dcm_system}, ComponentKind::Plain, false},       // Average Glandular Dose
    {{"113742", dcm_system}, ComponentKind::Plain, false},       // Irradiation Duration
    {{"113507", dcm_system}, ComponentKind::Plain, false},       // Administered activity
    {{"123005", dcm_system}, ComponentKind::Plain, false},       // Radiopharmaceutical Volume
    {{"349358000", snomed_system}, ComponentKind::Text, false},  // Radiopharmaceutical agent
    {{"89457008", snomed_system}, ComponentKind::Text, false},   // Radionuclide
    {{"410675002", snomed_system}, ComponentKind::Plain, false}, // Route of administration
};
// clang-format on

} // namespace dicomcast::mapping
