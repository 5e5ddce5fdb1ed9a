// The DICOM attributes beyond profile R4 and where they go, by the groups of `Mapping:Include`: what is read of a
// dataset and what `map --explain` prints. Source: DICOM PS3.6, chapter 6 (tags, keywords, VRs); contract's table
// "Extended".
#pragma once

#include "mapping/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace dicomcast::mapping {

struct ExtendedTag {
  Group group;
  std::uint32_t number; ///< group and element, four hexadecimal digits each
  const char* keyword;
  const char* vr;
  const char* element; ///< where it goes
  const char* rule;    ///< how it goes there, for people
};

// clang-format off
inline constexpr ExtendedTag extended_tags[] = {
  {Group::Orders,     0x00080051, "IssuerOfAccessionNumberSequence",        "SQ", "ImagingStudy.identifier (ACSN).system, basedOn", "by issuer; an equal identifier without system takes it"},
  {Group::Orders,     0x00400275, "RequestAttributesSequence",              "SQ", "ImagingStudy.basedOn",            "a ServiceRequest for each accession number, where the study has none of its own"},
  {Group::Encounter,  0x00380010, "AdmissionID",                            "LO", "ImagingStudy.encounter",          "an identifier of type VN"},
  {Group::Encounter,  0x00380014, "IssuerOfAdmissionIDSequence",            "SQ", "ImagingStudy.encounter",          "the identifier's system"},
  {Group::Procedure,  0x00081032, "ProcedureCodeSequence",                  "SQ", "ImagingStudy.procedureCode",      "code and meaning"},
  {Group::Procedure,  0x00321064, "RequestedProcedureCodeSequence",         "SQ", "ImagingStudy.procedureCode",      "where no code of the performed procedure is given"},
  {Group::Procedure,  0x0040100A, "ReasonForRequestedProcedureCodeSequence","SQ", "ImagingStudy.reasonCode",         "code and meaning"},
  {Group::Procedure,  0x00401002, "ReasonForTheRequestedProcedure",         "LO", "ImagingStudy.reasonCode",         "as text, where no code is given"},
  {Group::Procedure,  0x00400275, "RequestAttributesSequence",              "SQ", "ImagingStudy.procedureCode, reasonCode", "where the study has none of its own"},
  {Group::People,     0x00080090, "ReferringPhysicianName",                 "PN", "ImagingStudy.referrer",           "Family, Given"},
  {Group::People,     0x00080096, "ReferringPhysicianIdentificationSequence","SQ","ImagingStudy.referrer",           "the person's identifier"},
  {Group::People,     0x00081060, "NameOfPhysiciansReadingStudy",           "PN", "ImagingStudy.interpreter",        "Family, Given of each"},
  {Group::People,     0x00081062, "PhysiciansReadingStudyIdentificationSequence","SQ","ImagingStudy.interpreter",   "the identifier of each"},
  {Group::People,     0x00081040, "InstitutionalDepartmentName",            "LO", "ImagingStudy.location",           "department, institution"},
  {Group::People,     0x00080080, "InstitutionName",                        "LO", "ImagingStudy.location",           "department, institution"},
  {Group::People,     0x00081050, "PerformingPhysicianName",                "PN", "ImagingStudy.series.performer",   "function PRF"},
  {Group::People,     0x00081052, "PerformingPhysicianIdentificationSequence","SQ","ImagingStudy.series.performer",  "the identifier of each"},
  {Group::People,     0x00081070, "OperatorsName",                          "PN", "ImagingStudy.series.performer",   "function SPRF"},
  {Group::People,     0x00081072, "OperatorIdentificationSequence",         "SQ", "ImagingStudy.series.performer",   "the identifier of each"},
  {Group::Equipment,  0x00181002, "DeviceUID",                              "UI", "ImagingStudy.series.performer",   "a Device, without function"},
  {Group::Equipment,  0x00181000, "DeviceSerialNumber",                     "LO", "ImagingStudy.series.performer",   "the Device's identifier (SNO), where it has no UID"},
  {Group::Equipment,  0x00080070, "Manufacturer",                           "LO", "ImagingStudy.series.performer",   "the Device's display: manufacturer, model, station"},
  {Group::Equipment,  0x00081090, "ManufacturerModelName",                  "LO", "ImagingStudy.series.performer",   "the Device's display"},
  {Group::Equipment,  0x00081010, "StationName",                            "SH", "ImagingStudy.series.performer",   "the Device's display"},
  {Group::Anatomy,    0x00082218, "AnatomicRegionSequence",                 "SQ", "ImagingStudy.series.bodySite",    "its first code"},
  {Group::Anatomy,    0x00180015, "BodyPartExamined",                       "CS", "ImagingStudy.series.bodySite",    "by PS3.16 table L-1, where no code is given"},
  {Group::Anatomy,    0x00200060, "Laterality",                             "CS", "ImagingStudy.series.laterality",  "L, R or B; left and right of one series come to both"},
  {Group::Anatomy,    0x00200062, "ImageLaterality",                        "CS", "ImagingStudy.series.laterality",  "where the series has none; U: none"},
  {Group::Titles,     0x00700080, "ContentLabel",                           "CS", "ImagingStudy.series.instance.title", "the first of the four that is there"},
  {Group::Titles,     0x00420010, "DocumentTitle",                          "ST", "ImagingStudy.series.instance.title", "the second"},
  {Group::Titles,     0x0040A043, "ConceptNameCodeSequence",                "SQ", "ImagingStudy.series.instance.title", "the third: its meaning"},
  {Group::Titles,     0x00080008, "ImageType",                              "CS", "ImagingStudy.series.instance.title", "the fourth: its values with \\ between them"},
  {Group::Titles,     0x0008002A, "AcquisitionDateTime",                    "DT", "ImagingStudy.series.started",     "the earliest, where there is no SeriesDate"},
  {Group::NameForms,  0x00100010, "PatientName",                            "PN", "Patient.name",                    "one name for each of the ideographic (IDE) and phonetic (SYL) group"},
  {Group::PatientIds, 0x00101002, "OtherPatientIDsSequence",                "SQ", "Patient.identifier (MR)",         "added; system by issuer"},
  {Group::Animal,     0x00102201, "PatientSpeciesDescription",              "LO", "Patient.extension (patient-animal)", "species, where no code is given"},
  {Group::Animal,     0x00102202, "PatientSpeciesCodeSequence",             "SQ", "Patient.extension (patient-animal)", "species"},
  {Group::Animal,     0x00102203, "PatientSexNeutered",                     "CS", "Patient.extension (patient-animal)", "genderStatus: ALTERED neutered, UNALTERED intact"},
  {Group::Animal,     0x00102292, "PatientBreedDescription",                "LO", "Patient.extension (patient-animal)", "breed, where no code is given"},
  {Group::Animal,     0x00102293, "PatientBreedCodeSequence",               "SQ", "Patient.extension (patient-animal)", "breed"},
  {Group::Animal,     0x00102297, "ResponsiblePerson",                      "PN", "Patient.contact",                 "the responsible person's name"},
};
// clang-format on

/// Whether a dataset's attribute is read for one of these groups.
bool is_extended(std::uint32_t number, const Groups& groups);

} // namespace dicomcast::mapping
