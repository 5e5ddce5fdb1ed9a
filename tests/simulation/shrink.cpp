// One thing after the other is left out; what still fails is kept.
#include "tests/simulation/shrink.hpp"

#include <algorithm>

namespace dicomcast::simulation {

namespace {

constexpr std::uint64_t schedules = 4; ///< a smaller world may need another order of events to fail

class Shrinker {
public:
  Shrinker(World world, std::string rule, std::chrono::seconds time)
      : world_(std::move(world)), rule_(std::move(rule)), end_(std::chrono::steady_clock::now() + time) {}

  Shrunk run() {
    while (round() && has_time()) {
    }
    return {world_, simulate(world_, true), tries_};
  }

private:
  bool has_time() const { return std::chrono::steady_clock::now() < end_; }

  bool accept(World candidate) {
    for (std::uint64_t schedule = 0; schedule < schedules && has_time(); ++schedule) {
      candidate.schedule_seed = schedule == 0 ? world_.schedule_seed : schedule;
      ++tries_;
      auto report = simulate(candidate, false);
      if (report.failure && report.failure->rule == rule_) {
        world_ = std::move(candidate);
        return true;
      }
    }
    return false;
  }

  template<class T>
  bool without_each(std::vector<T> World::*list) {
    bool smaller = false;
    for (auto i = (world_.*list).size(); i-- > 0 && has_time();) {
      auto candidate = world_;
      (candidate.*list).erase((candidate.*list).begin() + static_cast<std::ptrdiff_t>(i));
      smaller |= accept(std::move(candidate));
    }
    return smaller;
  }

  bool round() {
    bool smaller = without_each(&World::stops);
    smaller |= without_each(&World::outside);
    smaller |= without_each(&World::faults);
    smaller |= without_each(&World::poisons);
    smaller |= without_each(&World::entries);
    auto text = to_text(world_);
    for (const auto& feature : feature_names()) {
      auto candidate = world_;
      leave_out(candidate, {feature});
      if (to_text(candidate) != text && has_time() && accept(std::move(candidate))) {
        smaller = true;
        text = to_text(world_);
      }
    }
    return smaller;
  }

  World world_;
  std::string rule_;
  std::chrono::steady_clock::time_point end_;
  int tries_ = 0;
};

} // namespace

Shrunk shrink(World world, const Failure& failure, std::chrono::seconds time) {
  return Shrinker(std::move(world), failure.rule, time).run();
}

} // namespace dicomcast::simulation
