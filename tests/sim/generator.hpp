// A change feed by arithmetic: any entry of a feed of millions can be made from its index and the seed, and none is
// kept. Studies arrive in blocks: first the creates of a block's instances, then its updates, deletes and re-creates.
// The states are those after the whole feed.
#pragma once

#include "tests/sim/feed_item.hpp"

#include <cstdint>

namespace dicomcast::sim {

struct GeneratorOptions {
  std::uint64_t seed = 1;
  std::int64_t studies = 10;
  std::int64_t instances_per_study = 10;
  std::int64_t series_per_study = 2;
  std::int64_t studies_per_patient = 2;
  std::int64_t interleave = 1;     ///< studies that arrive at once, instance by instance
  double update_rate = 0;          ///< updates, as a share of the creates
  double delete_rate = 0;          ///< deletes, as a share of the creates; with the updates at most 1
  double recreate_rate = 0;        ///< of the deleted instances, those that are created again
  double odd_rate = 0;             ///< instances with values that are valid, but unusual
  double broken_rate = 0;          ///< instances with a broken value of an optional tag
  double broken_required_rate = 0; ///< instances with a required tag missing or broken
  double dose_report_rate = 0;     ///< studies whose last instance is a CT radiation dose report
  std::int64_t first_sequence = 1;
  std::int64_t gap_every = 0;       ///< after so many entries sequences are missing; 0: none are
  std::int64_t gap_length = 3;      ///< so many; each tenth gap is twenty times as long
  std::int64_t same_timestamp = 1;  ///< entries in a row that share their timestamp
  std::int64_t malformed_every = 0; ///< each so-manyth entry is malformed; 0: none is
  std::int64_t partitions = 0;      ///< data partitions that studies are spread over; 0: entries name none
  bool case_twins = false;          ///< each second patient's ID differs from the one before in case only
};

class Generator {
public:
  explicit Generator(GeneratorOptions options);

  std::int64_t size() const { return size_; }      ///< entries in all
  std::int64_t sequence(std::int64_t index) const; ///< of the entry at `index`, counted from 0
  Ticks timestamp(std::int64_t index) const;
  std::int64_t first_after(std::int64_t sequence) const; ///< index of the first entry with a greater sequence
  std::int64_t first_since(Ticks time) const;            ///< index of the first entry of that time or later
  /// `with_metadata` false leaves the dataset out, which is most of the work.
  FeedItem item(std::int64_t index, bool with_metadata) const;
  const GeneratorOptions& options() const { return options_; }

private:
  /// How a block of that many studies is made up.
  struct Shape {
    std::int64_t studies = 0, creates = 0, updates = 0, deletes = 0, recreates = 0;
    std::int64_t stride = 1, inverse = 1; ///< of the order in which creates are updated or deleted
    std::int64_t size() const { return creates + updates + deletes + recreates; }
  };
  Shape shape_of(std::int64_t studies) const;

  GeneratorOptions options_;
  Shape full_, last_; ///< last_: the rest that does not fill a block
  std::int64_t full_blocks_ = 0, size_ = 0;
};

/// Which instance a dataset is of, and which of its versions.
struct InstanceKey {
  std::int64_t study = 0, instance = 0;
  int version = 0; ///< 0 as created first, 1 updated, 2 created again
};

/// Appends the instance's dataset as DICOM JSON (PS3.18 annex F).
void write_dataset(const GeneratorOptions& options, const InstanceKey& key, std::string& out);
std::string study_uid(const GeneratorOptions& options, std::int64_t study);
std::string series_uid(const GeneratorOptions& options, const InstanceKey& key);
std::string instance_uid(const GeneratorOptions& options, const InstanceKey& key);
/// Whether the instance is its study's dose report.
bool is_dose_report(const GeneratorOptions& options, const InstanceKey& key);
/// The number of the instance's series in its study, from 1.
std::int64_t series_number(const GeneratorOptions& options, const InstanceKey& key);

/// Appends the content of a CT radiation dose report (PS3.16 TID 10011) of some events, from ConceptNameCodeSequence
/// on: the members with tags 0040xxxx.
void write_dose_content(const GeneratorOptions& options, const InstanceKey& key, std::string& out);

/// A number from the seed and the places given: equal places, equal number.
std::uint64_t scatter(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0);

} // namespace dicomcast::sim
