// A page of the feed: any bytes are refused with a reason, or map to entries whose resources are JSON; merging an entry
// twice changes nothing.
#include "mapping/merge.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/json_mutator.hpp"

#include <cstdint>

using namespace dicomcast::mapping;

namespace {

void check_upsert(const MappedEntry& entry, const Options& options) {
  std::optional<Json> patient;
  fuzz::expect(merge_patient(entry.patient, options, patient), "a Patient that is not there is made");
  fuzz::expect_json(*patient);
  fuzz::expect(!merge_patient(entry.patient, options, patient), "merging a Patient twice changes nothing");

  std::optional<ImagingStudy> study;
  fuzz::expect(merge_study(entry, options, "Patient/1", "Endpoint/1", study), "a study that is not there is made");
  auto text = std::string();
  study->write(text);
  auto document = Json::parse(text);
  fuzz::expect(document.has_value(), "a study is JSON");
  fuzz::expect_json(*document);
  fuzz::expect(!merge_study(entry, options, "Patient/1", "Endpoint/1", study), "merging a study twice changes nothing");
  std::optional<ImagingStudy> again(*document);
  fuzz::expect(!merge_study(entry, options, "Patient/1", "Endpoint/1", again), "nor does it after storing");

  for (auto& observation : entry.observations)
    fuzz::expect_json(observation);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Options> variants = [] {
    Options plain, other;
    plain.source = other.source = "https://dicom/";
    plain.endpoint_address = "https://dicom/v1";
    other.endpoint_address = "https://dicom/";
    other.profile = Profile::Original;
    other.is_issuer_id_used = true;
    other.generate_observations = true;
    return std::vector{plain, other};
  }();
  std::optional<std::size_t> count;
  for (auto& options : variants) {
    std::string error;
    auto entries = read_feed_page({reinterpret_cast<const char*>(data), size}, options, &error);
    fuzz::expect(entries.has_value() == error.empty(), "a refusal has a reason");
    fuzz::expect(&options == &variants.front() || entries.has_value() == count.has_value(),
                 "Options do not make a page malformed");
    if (!entries)
      continue;
    fuzz::expect(!count || count == entries->size(), "nor do they add or lose entries");
    count = entries->size();
    for (auto& entry : *entries) {
      fuzz::expect(entry.sequence >= 0, "a Sequence is not negative");
      fuzz::expect((entry.effect == Effect::Refuse) == !entry.refusal.empty(),
                   "a refusal says why, and nothing else does");
      for (auto& message : entry.invalid_tags)
        fuzz::expect_json(Json(message));
      if (entry.effect == Effect::Upsert)
        check_upsert(entry, options);
    }
  }
  return 0;
}
