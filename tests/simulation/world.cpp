// Making a world from a seed.
#include "tests/simulation/world.hpp"

#include "tests/simulation/random.hpp"

#include <algorithm>

namespace dicomcast::simulation {

namespace {

struct Sizes {
  int entries_min, entries_max, studies, instances_a_study, faults, outside, stops;
  int steps; ///< about as many does a run without faults take
};

constexpr Sizes small_sizes{4, 12, 2, 3, 4, 3, 2, 500};
constexpr Sizes large_sizes{60, 120, 5, 10, 12, 6, 4, 4000};

constexpr int fault_kinds = static_cast<int>(FaultKind::StoreFails) + 1;

void make_instances(World& world, Random& random, const Sizes& sizes) {
  for (int study = 0; study < sizes.studies; ++study) {
    int count = random.between(1, sizes.instances_a_study);
    for (int i = 0; i < count; ++i) {
      Instance instance{study, random.between(0, 1), -1};
      if (random.chance(25))
        instance.events = random.chance(25) ? random.between(6, 20) : random.between(0, 4);
      world.instances.push_back(instance);
    }
  }
}

Flaw random_flaw(Random& random) {
  if (!random.chance(10))
    return Flaw::None;
  return static_cast<Flaw>(random.between(1, 4));
}

Action random_action(Random& random, bool is_there) {
  if (!is_there)
    return random.chance(88) ? Action::Create : random.chance(50) ? Action::Delete : Action::Update;
  return random.chance(45) ? Action::Delete : random.chance(65) ? Action::Update : Action::Create;
}

void make_entries(World& world, Random& random, const Sizes& sizes) {
  int count = random.between(sizes.entries_min, sizes.entries_max);
  std::vector<int> patients; // of each study
  for (int study = 0; study < sizes.studies; ++study)
    patients.push_back(study % 2 == 0 ? 0 : random.between(1, 2));
  std::vector<bool> there(world.instances.size());
  std::int64_t sequence = random.chance(20) ? random.between(2, 9) : 1;
  for (int i = 0; i < count; ++i) {
    WorldEntry entry;
    entry.sequence = sequence;
    entry.instance = static_cast<int>(random.below(world.instances.size()));
    auto at = static_cast<std::size_t>(entry.instance);
    const auto& instance = world.instances[at];
    entry.action = random_action(random, there[at]);
    there[at] = entry.action != Action::Delete;
    entry.flaw = random_flaw(random);
    entry.patient = patients[static_cast<std::size_t>(instance.study)];
    if (entry.action == Action::Update && random.chance(15)) // the study was another patient's
      entry.patient = patients[static_cast<std::size_t>(instance.study)] = random.between(0, 2);
    entry.version = random.between(0, 2);
    entry.events = instance.events;
    if (entry.events >= 0 && entry.action == Action::Update)
      entry.events = random.chance(15) ? -1 : random.between(0, std::max(instance.events, 2));
    entry.shared_event = random.chance(30);
    world.entries.push_back(entry);
    sequence += random.chance(20) ? random.between(2, 5) : 1;
  }
}

/// Some are appended while the engine runs, and some appear late: below what is there already.
void make_appearances(World& world, Random& random, const Sizes& sizes) {
  auto size = world.entries.size();
  std::size_t at_start = random.chance(40) ? size : random.below(size + 1);
  int step = 0;
  for (auto i = at_start; i < size; ++i)
    world.entries[i].appears = step += random.between(1, sizes.steps / 6);
  if (random.chance(35))
    for (int late = random.between(1, 2); late > 0; --late)
      world.entries[random.below(size)].appears = random.between(1, sizes.steps);
}

void make_faults(World& world, Random& random, const Sizes& sizes) {
  if (random.chance(25))
    return;
  int count = random.between(1, sizes.faults);
  for (int i = 0; i < count; ++i) {
    Fault fault;
    fault.kind = static_cast<FaultKind>(random.between(0, fault_kinds - 1));
    fault.nth = random.between(1, target_of(fault.kind) == FaultTarget::Store ? 4 : 10);
    int burst = random.chance(25) ? random.between(2, 4) : 1;
    for (; burst > 0; --burst, ++fault.nth)
      world.faults.push_back(fault);
  }
}

void make_outside(World& world, Random& random, const Sizes& sizes) {
  if (random.chance(55))
    return;
  static const std::vector<std::string> types{"Patient", "ImagingStudy", "Endpoint", "Observation"};
  for (int count = random.between(1, sizes.outside); count > 0; --count) {
    OutsideWrite write;
    write.kind = static_cast<OutsideKind>(random.between(0, 4));
    if (write.kind == OutsideKind::Edit || write.kind == OutsideKind::Delete)
      write.type = random.pick(types);
    write.which = random.between(0, write.type == "ImagingStudy" ? sizes.studies - 1 : 2);
    if (random.chance(60))
      write.before_transaction = random.between(1, 8);
    else
      write.step = random.between(1, sizes.steps);
    world.outside.push_back(std::move(write));
  }
}

void make_stops(World& world, Random& random, const Sizes& sizes) {
  if (random.chance(50))
    return;
  int step = 0;
  for (int count = random.between(1, sizes.stops); count > 0; --count)
    world.stops.push_back({random.chance(60), step += random.between(1, sizes.steps)});
}

/// Of instances that one entry alone speaks of, so that what is refused is so in a group, too.
void make_poisons(World& world, Random& random) {
  if (!random.chance(20))
    return;
  static const std::vector<int> statuses{400, 422, 422, 500, 413};
  for (const auto& entry : world.entries) {
    auto same = [&](const WorldEntry& other) { return other.instance == entry.instance; };
    if (std::count_if(world.entries.begin(), world.entries.end(), same) == 1 && entry.action != Action::Delete &&
        entry.events < 0 && random.chance(50))
      world.poisons.push_back({entry.instance, random.pick(statuses)});
  }
}

void make_services(World& world, Random& random) {
  world.patient_stands = random.chance(15);
  world.twin_stands = random.chance(8);
  world.study_stands = random.chance(15);
  world.endpoint_stands = random.chance(10);
  world.loose = random.chance(50);
  world.tells_versions = !random.chance(15);
  world.next_links = !random.chance(10);
  world.offers_patch = random.chance(40);
  world.page_size = random.chance(25) ? random.between(1, 4) : 50;
  world.max_entries = random.chance(20) ? random.between(4, 10) : 0;
  world.slowness = random.chance(50) ? random.between(1, 3000) : 0;
}

void make_engine(World& world, Random& random) {
  world.is_daemon = random.chance(40);
  world.grouped = random.chance(60);
  world.v2 = random.chance(30);
  world.patch = world.offers_patch && random.chance(70);
  world.reports = random.chance(60);
  world.pause = random.chance(20);
  world.look_ahead = random.between(1, 6);
  world.group_max = random.between(1, 5);
  world.page = random.between(1, 5);
  world.concurrency = random.between(1, 4);
  if (random.chance(12))
    world.total_retry = milliseconds(random.between(3'000, 30'000));
  world.recorder_lags = random.chance(20);
  world.replay = random.chance(20);
}

} // namespace

World make_world(std::uint64_t seed, Layer layer) {
  const Sizes& sizes = layer == Layer::Small ? small_sizes : large_sizes;
  Random random(seed);
  World world;
  world.seed = seed;
  world.schedule_seed = random.next();
  make_instances(world, random, sizes);
  make_entries(world, random, sizes);
  make_appearances(world, random, sizes);
  make_faults(world, random, sizes);
  make_outside(world, random, sizes);
  make_stops(world, random, sizes);
  make_poisons(world, random);
  make_services(world, random);
  make_engine(world, random);
  if (layer == Layer::Large) {
    world.look_ahead = random.between(5, 40);
    world.group_max = random.between(2, 30);
    world.page = random.between(5, 40);
  }
  return world;
}

} // namespace dicomcast::simulation
