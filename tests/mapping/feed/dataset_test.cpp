// What becomes of each tag of a dataset.
#include "mapping/feed/dataset.hpp"

#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

TagFinding finding(const Json& of, Tag tag, const Options& with = options()) {
  return explain_dataset(of, with)[static_cast<std::size_t>(tag)];
}

} // namespace

TEST_CASE("a dataset is told from an entry, and mapped as the entry that a feed would give") {
  CHECK(is_dataset(dataset()));
  CHECK(is_dataset(Json::Array{dataset()}));
  CHECK_FALSE(is_dataset(entry()));
  CHECK_FALSE(is_dataset(Json::object()));
  CHECK_FALSE(is_dataset(Json("x")));
  auto mapped = map(entry_of_dataset(Json::Array{dataset()}));
  CHECK(mapped.uids == InstanceUids{"1.2.3", "1.2.3.4", "1.2.3.4.5"});
  CHECK(study_of(mapped) == study_of(map(entry())));
}

TEST_CASE("for each tag it is said where its value goes, or why nowhere") {
  CHECK(explain_dataset(dataset(), options()).size() == tag_count);
  auto modality = finding(dataset(), Tag::Modality);
  CHECK(modality.is_mapped);
  CHECK(modality.value == "CT");
  CHECK(modality.outcome.find("ImagingStudy.modality") == 0);
  CHECK(finding(dataset(), Tag::SeriesNumber).value == "7");
  CHECK(finding(dataset_without("00100040"), Tag::PatientSex).outcome == "absent");
  CHECK(finding(dataset_without("00080060"), Tag::Modality).outcome == "absent, but required");
  CHECK(finding(dataset_with("00100040", "\" \""), Tag::PatientSex).outcome == "empty");
  CHECK(finding(dataset_with("00100040", "\"X\""), Tag::PatientSex).outcome == "\"X\" is none of M, F and O");
  CHECK(finding(dataset_with("00080020", "\"X\""), Tag::StudyTime).outcome == "there is no valid StudyDate for it");
  CHECK(finding(dataset_without("00080021"), Tag::SeriesTime).outcome == "there is no valid SeriesDate for it");
  auto issuer = finding(dataset(), Tag::IssuerOfPatientID);
  CHECK_FALSE(issuer.is_mapped);
  CHECK(issuer.outcome == "Patient:IsIssuerIdUsed is false");
  auto with = options();
  with.is_issuer_id_used = true;
  CHECK(finding(dataset(), Tag::IssuerOfPatientID, with).is_mapped);
}
