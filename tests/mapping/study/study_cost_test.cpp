// What a merge costs: as much for an instance in a large study as for one in a small study.
#include "tests/mapping/support.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

/// CPU time of this thread in nanoseconds: what others do meanwhile does not count.
std::int64_t cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

/// A study of so many instances, as it comes from the FHIR service.
std::optional<ImagingStudy> study_of_size(int instances) {
  auto study = study_of(map(entry()));
  auto& listed = study.array_at("series")[0].array_at("instance");
  auto one = listed.front();
  for (int n = 1; n < instances; ++n) {
    one.set("uid", "1.2.3.4.9." + std::to_string(n));
    listed.push_back(one);
  }
  return ImagingStudy(std::move(study));
}

struct Cost {
  std::int64_t adding, changing, removing; ///< nanoseconds an instance, the least of several tries
};

/// Of merging new instances, then other values of them, then their removal, without writing the study out.
Cost cost_in(int instances) {
  constexpr int tries = 7, times = 100;
  std::vector<MappedEntry> added, changed, removed;
  for (int n = 0; n < times; ++n) {
    auto one = entry();
    one.set("SopInstanceUid", "1.2.3.4.8." + std::to_string(n));
    added.push_back(map(one));
    changed.push_back(added.back());
    changed.back().study.instance_number = 7;
    one.set("Action", "delete");
    removed.push_back(map(one));
  }
  auto study = study_of_size(instances);
  merge_study(added.front(), options(), "Patient/1", "Endpoint/2", study); // goes through all series once
  remove_instance(removed.front(), options(), study);

  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  Cost least{most, most, most};
  auto timed = [&](std::int64_t& cost, const std::vector<MappedEntry>& entries, const auto& each) {
    int done = 0;
    auto begin = cpu_time();
    for (auto& mapped : entries)
      done += each(mapped);
    cost = std::min(cost, (cpu_time() - begin) / times);
    CHECK(done == times);
  };
  auto merge = [&](const MappedEntry& mapped) {
    return merge_study(mapped, options(), "Patient/1", "Endpoint/2", study);
  };
  for (int attempt = 0; attempt < tries; ++attempt) {
    timed(least.adding, added, merge);
    timed(least.changing, changed, merge);
    timed(least.removing, removed,
          [&](const MappedEntry& mapped) { return remove_instance(mapped, options(), study) == Removal::Changed; });
  }
  CHECK(study->instance_count() == static_cast<std::size_t>(instances));
  return least;
}

} // namespace

TEST_CASE("an instance more costs at most 3 times as much in a study of 10,000 as in one of 1,000") {
  auto small = cost_in(1'000), large = cost_in(10'000);
  CAPTURE(small.adding, large.adding, small.changing, large.changing, small.removing, large.removing);
  CHECK(large.adding <= 3 * small.adding);
  CHECK(large.changing <= 3 * small.changing);
  CHECK(large.removing <= 3 * small.removing);
}
