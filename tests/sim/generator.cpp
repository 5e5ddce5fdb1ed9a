// Feeds made from a seed.
#include "tests/sim/generator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace dicomcast::sim {

namespace {

constexpr Ticks first_time = 17'356'896'000'000'000; // 2025-01-01T00:00:00Z
constexpr Ticks time_step = 2'500'000;               // 250 ms

std::int64_t share(double rate, std::int64_t of) {
  return std::llround(rate * static_cast<double>(of));
}

/// The number that times `a` is 1 modulo `m`.
std::int64_t inverse_of(std::int64_t a, std::int64_t m) {
  std::int64_t r = m, next_r = a, t = 0, next_t = 1;
  while (next_r) {
    auto quotient = r / next_r;
    r = std::exchange(next_r, r - quotient * next_r);
    t = std::exchange(next_t, t - quotient * next_t);
  }
  return (t % m + m) % m;
}

std::int64_t modulo(std::int64_t a, std::int64_t m) {
  return (a % m + m) % m;
}

/// The first index in [0, size) for which `is_past` holds, which then holds for all that follow.
template<class IsPast>
std::int64_t bisect(std::int64_t size, IsPast is_past) {
  std::int64_t low = 0, high = size;
  while (low < high) {
    auto middle = low + (high - low) / 2;
    if (is_past(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

} // namespace

std::uint64_t scatter(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  std::uint64_t x = seed;
  for (auto part : {a, b, c}) {
    x += 0x9e3779b97f4a7c15 + part * 0xd1342543de82ef95;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
  }
  return x;
}

Generator::Shape Generator::shape_of(std::int64_t studies) const {
  Shape shape;
  shape.studies = studies;
  shape.creates = studies * options_.instances_per_study;
  shape.updates = share(options_.update_rate, shape.creates);
  shape.deletes = std::min(share(options_.delete_rate, shape.creates), shape.creates - shape.updates);
  shape.recreates = share(options_.recreate_rate, shape.deletes);
  if (shape.creates > 2) {
    shape.stride =
        1 + static_cast<std::int64_t>(scatter(options_.seed, 7) % static_cast<std::uint64_t>(shape.creates - 1));
    while (std::gcd(shape.stride, shape.creates) != 1)
      ++shape.stride;
    shape.inverse = inverse_of(shape.stride % shape.creates, shape.creates);
  }
  return shape;
}

Generator::Generator(GeneratorOptions options) : options_(options) {
  if (options.studies < 0 || options.instances_per_study < 1 || options.series_per_study < 1 ||
      options.studies_per_patient < 1 || options.interleave < 1 || options.same_timestamp < 1 ||
      options.gap_every < 0 || options.gap_length < 0 || options.first_sequence < 1 ||
      options.update_rate + options.delete_rate > 1)
    throw std::invalid_argument("the generator's options make no feed");
  // Large enough for the rates to come out.
  auto mixed = options.interleave * options.instances_per_study;
  auto block = options.interleave * ((1000 + mixed - 1) / mixed);
  full_ = shape_of(block);
  full_blocks_ = options.studies / block;
  last_ = shape_of(options.studies % block);
  size_ = full_blocks_ * full_.size() + last_.size();
}

std::int64_t Generator::sequence(std::int64_t index) const {
  auto gaps = options_.gap_every ? index / options_.gap_every : 0;
  return options_.first_sequence + index + gaps * options_.gap_length + gaps / 10 * 19 * options_.gap_length;
}

Ticks Generator::timestamp(std::int64_t index) const {
  return first_time + index / options_.same_timestamp * time_step;
}

std::int64_t Generator::first_after(std::int64_t number) const {
  return bisect(size_, [&](std::int64_t index) { return sequence(index) > number; });
}

std::int64_t Generator::first_since(Ticks time) const {
  return bisect(size_, [&](std::int64_t index) { return timestamp(index) >= time; });
}

FeedItem Generator::item(std::int64_t index, bool with_metadata) const {
  auto block = std::min(index / full_.size(), full_blocks_);
  const auto& shape = block < full_blocks_ ? full_ : last_;
  auto place = index - block * full_.size();
  auto start = static_cast<std::int64_t>(scatter(options_.seed, 8, static_cast<std::uint64_t>(block)) %
                                         static_cast<std::uint64_t>(shape.creates));
  FeedItem item;
  auto slot = place; // which create it is about
  auto turn = modulo((place - start) % shape.creates * shape.inverse, shape.creates);
  if (place >= shape.creates) {
    turn = place - shape.creates;
    if (turn >= shape.updates + shape.deletes)
      turn -= shape.deletes; // the first deleted are those created again
    else if (turn >= shape.updates)
      item.action = "Delete";
    else
      item.action = "Update";
    slot = modulo(start + turn * shape.stride, shape.creates);
  }
  bool updated = turn < shape.updates;
  bool deleted = !updated && turn < shape.updates + shape.deletes;
  bool recreated = deleted && turn < shape.updates + shape.recreates;
  bool newest = place >= shape.creates + (recreated ? shape.updates + shape.deletes : 0) || (!updated && !deleted);
  if (deleted && !recreated)
    item.state = "Deleted";
  else
    item.state = newest ? "Current" : "Replaced";

  auto mixed = options_.interleave * options_.instances_per_study;
  auto group = slot / mixed;
  auto in_group = slot % mixed;
  auto group_studies = std::min(options_.interleave, shape.studies - group * options_.interleave);
  InstanceKey key;
  key.study = block * full_.studies + group * options_.interleave + in_group % group_studies;
  key.instance = in_group / group_studies;
  key.version = updated ? 1 : (recreated ? 2 : 0);

  item.sequence = sequence(index);
  item.timestamp = timestamp(index);
  item.study = study_uid(options_, key.study);
  item.series = series_uid(options_, key);
  item.instance = instance_uid(options_, key);
  if (options_.partitions > 0) {
    auto partition = key.study % options_.partitions;
    item.partition = partition ? "partition-" + std::to_string(partition) : "Microsoft.Default";
  }
  item.malformed = options_.malformed_every > 0 && index % options_.malformed_every == options_.malformed_every - 1;
  if (with_metadata && item.state != "Deleted")
    write_dataset(options_, key, item.metadata);
  return item;
}

} // namespace dicomcast::sim
