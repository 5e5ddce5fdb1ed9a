// The DICOM attributes that become FHIR elements of Patient and ImagingStudy: one table, which drives the reading of a
// dataset, its checks and what `map --explain` prints. Source: DICOM PS3.6, chapter 6 (tags, keywords, VRs).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// What a value must look like: the VR (PS3.5 section 6.2), or less where the FHIR element takes less.
enum class Form {
  Uid,    ///< UI
  Code,   ///< CS
  Sex,    ///< CS, of which FHIR's gender knows M, F and O
  Date,   ///< DA
  Time,   ///< TM
  Zone,   ///< SH, an offset from UTC (PS3.3 section C.12.1.1.8)
  Number, ///< IS, which FHIR takes as an unsignedInt
  Text,   ///< LO or SH
  Line,   ///< LO, in which line breaks and tabs become spaces (not in profile Original)
  Name,   ///< PN
};

/// The rows of the table, in its order.
enum class Tag : std::size_t {
  SOPClassUID,
  SOPInstanceUID,
  StudyDate,
  SeriesDate,
  StudyTime,
  SeriesTime,
  AccessionNumber,
  Modality,
  TimezoneOffsetFromUTC,
  StudyDescription,
  SeriesDescription,
  PatientName,
  PatientID,
  IssuerOfPatientID,
  PatientBirthDate,
  PatientSex,
  StudyInstanceUID,
  SeriesInstanceUID,
  SeriesNumber,
  InstanceNumber,
};

struct TagRule {
  Tag tag;
  std::uint32_t number; ///< group and element, four hexadecimal digits each
  const char* keyword;
  const char* vr;
  Form form;
  bool required;       ///< without it the entry is not stored
  const char* element; ///< where it goes
  const char* rule;    ///< how it goes there, for people
};

inline constexpr std::size_t tag_count = 20;
// clang-format off
inline constexpr std::array<TagRule, tag_count> tag_table{{
  {Tag::SOPClassUID,           0x00080016, "SOPClassUID",           "UI", Form::Uid,    true,  "ImagingStudy.series.instance.sopClass", "the class's UID as a code"},
  {Tag::SOPInstanceUID,        0x00080018, "SOPInstanceUID",        "UI", Form::Uid,    true,  "ImagingStudy.series.instance.uid",      "as the entry names it"},
  {Tag::StudyDate,             0x00080020, "StudyDate",             "DA", Form::Date,   false, "ImagingStudy.started",                  "YYYY-MM-DD, with StudyTime if that is there"},
  {Tag::SeriesDate,            0x00080021, "SeriesDate",            "DA", Form::Date,   false, "ImagingStudy.series.started",           "YYYY-MM-DD, with SeriesTime if that is there"},
  {Tag::StudyTime,             0x00080030, "StudyTime",             "TM", Form::Time,   false, "ImagingStudy.started",                  "hh:mm:ss, only beside a StudyDate"},
  {Tag::SeriesTime,            0x00080031, "SeriesTime",            "TM", Form::Time,   false, "ImagingStudy.series.started",           "hh:mm:ss, only beside a SeriesDate"},
  {Tag::AccessionNumber,       0x00080050, "AccessionNumber",       "SH", Form::Text,   false, "ImagingStudy.identifier (ACSN)",        "added if it is not there"},
  {Tag::Modality,              0x00080060, "Modality",              "CS", Form::Code,   true,  "ImagingStudy.modality, series.modality", "the study's: added if it is not there, case apart"},
  {Tag::TimezoneOffsetFromUTC, 0x00080201, "TimezoneOffsetFromUTC", "SH", Form::Zone,   false, "ImagingStudy.started, series.started",  "the zone of the times; absent: Mapping:DefaultTimezone"},
  {Tag::StudyDescription,      0x00081030, "StudyDescription",      "LO", Form::Line,   false, "ImagingStudy.note, description",        "the note is added if it is not there, and changes with the description; no description in profile Original"},
  {Tag::SeriesDescription,     0x0008103E, "SeriesDescription",     "LO", Form::Line,   false, "ImagingStudy.series.description",       "as it is"},
  {Tag::PatientName,           0x00100010, "PatientName",           "PN", Form::Name,   false, "Patient.name (usual)",                  "family^given^middle^prefix^suffix of the alphabetic group, else of the ideographic or phonetic one (not in profile Original)"},
  {Tag::PatientID,             0x00100020, "PatientID",             "LO", Form::Text,   true,  "Patient.identifier.value",              "finds the Patient"},
  {Tag::IssuerOfPatientID,     0x00100021, "IssuerOfPatientID",     "LO", Form::Text,   false, "Patient.identifier.system",             "only with Patient:IsIssuerIdUsed, then it must be valid"},
  {Tag::PatientBirthDate,      0x00100030, "PatientBirthDate",      "DA", Form::Date,   false, "Patient.birthDate",                     "only when the Patient is created"},
  {Tag::PatientSex,            0x00100040, "PatientSex",            "CS", Form::Sex,    false, "Patient.gender",                        "M male, F female, O other"},
  {Tag::StudyInstanceUID,      0x0020000D, "StudyInstanceUID",      "UI", Form::Uid,    true,  "ImagingStudy.identifier",               "urn:oid:{uid}, as the entry names it; finds the study"},
  {Tag::SeriesInstanceUID,     0x0020000E, "SeriesInstanceUID",     "UI", Form::Uid,    true,  "ImagingStudy.series.uid",               "as the entry names it"},
  {Tag::SeriesNumber,          0x00200011, "SeriesNumber",          "IS", Form::Number, false, "ImagingStudy.series.number",            "as it is"},
  {Tag::InstanceNumber,        0x00200013, "InstanceNumber",        "IS", Form::Number, false, "ImagingStudy.series.instance.number",   "as it is"},
}};
// clang-format on

constexpr const TagRule& rule_of(Tag tag) {
  return tag_table[static_cast<std::size_t>(tag)];
}

/// Group and element of a DICOM JSON key: eight hexadecimal digits in any case (PS3.18 section F.2.2). None: it is no
/// key.
constexpr std::optional<std::uint32_t> number_of_key(std::string_view key) {
  std::uint32_t number = 0;
  for (char c : key) {
    char lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
      number = number << 4 | static_cast<std::uint32_t>(c - '0');
    else if (lower >= 'a' && lower <= 'f')
      number = number << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
    else
      return std::nullopt;
  }
  return key.size() == 8 ? std::optional(number) : std::nullopt;
}

/// The row of a tag's number. None: it is not mapped.
constexpr std::optional<Tag> tag_of_number(std::uint32_t number) {
  auto row = std::lower_bound(tag_table.begin(), tag_table.end(), number,
                              [](const TagRule& rule, std::uint32_t sought) { return rule.number < sought; });
  return row != tag_table.end() && row->number == number ? std::optional(row->tag) : std::nullopt;
}

/// `PatientID (0010,0020)`.
std::string label_of(const TagRule& rule);

} // namespace dicomcast::mapping
