// A world as text that people read, and that is kept as a file: one thing a line, in the order of the struct.
#include "tests/simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace dicomcast::simulation {

namespace {

constexpr std::array actions{"create", "update", "delete"};
constexpr std::array flaws{"none", "invalid-tag", "invalid-required", "no-metadata", "unknown-action"};

struct Flag {
  const char* name;
  bool World::*member;
};
constexpr std::array flags{
    Flag{"patient-stands", &World::patient_stands},
    Flag{"twin-stands", &World::twin_stands},
    Flag{"study-stands", &World::study_stands},
    Flag{"endpoint-stands", &World::endpoint_stands},
    Flag{"loose", &World::loose},
    Flag{"tells-versions", &World::tells_versions},
    Flag{"next-links", &World::next_links},
    Flag{"offers-patch", &World::offers_patch},
    Flag{"daemon", &World::is_daemon},
    Flag{"grouped", &World::grouped},
    Flag{"v2", &World::v2},
    Flag{"patch", &World::patch},
    Flag{"reports", &World::reports},
    Flag{"pause", &World::pause},
    Flag{"recorder-lags", &World::recorder_lags},
    Flag{"replay", &World::replay},
};

struct Number {
  const char* name;
  int World::*member;
};
constexpr std::array numbers{
    Number{"page-size", &World::page_size},     Number{"max-entries", &World::max_entries},
    Number{"slowness", &World::slowness},       Number{"look-ahead", &World::look_ahead},
    Number{"group-max", &World::group_max},     Number{"feed-page", &World::page},
    Number{"concurrency", &World::concurrency},
};

/// `name=value` and bare words of a line.
class Words {
public:
  explicit Words(const std::string& line) {
    std::istringstream in(line);
    for (std::string word; in >> word;)
      if (auto equals = word.find('='); equals != std::string::npos)
        values_[word.substr(0, equals)] = word.substr(equals + 1);
      else
        bare_.push_back(word);
  }
  const std::string& bare(std::size_t index) const {
    if (index >= bare_.size())
      throw std::invalid_argument("a word is missing");
    return bare_[index];
  }
  std::int64_t value(const std::string& name, std::int64_t otherwise) const {
    auto at = values_.find(name);
    return at == values_.end() ? otherwise : std::stoll(at->second);
  }
  int integer(const std::string& name, int otherwise = 0) const { return static_cast<int>(value(name, otherwise)); }
  std::string text(const std::string& name, const std::string& otherwise) const {
    auto at = values_.find(name);
    return at == values_.end() ? otherwise : at->second;
  }

private:
  std::vector<std::string> bare_;
  std::map<std::string, std::string> values_;
};

template<class Names>
int index_in(const Names& names, const std::string& name) {
  auto at = std::find_if(names.begin(), names.end(), [&](auto& one) { return name == one; });
  if (at == names.end())
    throw std::invalid_argument("unknown: " + name);
  return static_cast<int>(at - names.begin());
}

std::string settings_of(const World& world) {
  World defaults;
  std::string out;
  for (const auto& flag : flags)
    if (world.*flag.member != defaults.*flag.member)
      out += fmt::format("set {} {}\n", flag.name, world.*flag.member ? 1 : 0);
  for (const auto& number : numbers)
    if (world.*number.member != defaults.*number.member)
      out += fmt::format("set {} {}\n", number.name, world.*number.member);
  if (world.total_retry != defaults.total_retry)
    out += fmt::format("set total-retry {}\n", world.total_retry.count());
  return out;
}

std::string line_of(const World& world, const WorldEntry& entry) {
  auto out = fmt::format("entry {} {} instance={} patient={} version={}", entry.sequence,
                         actions[static_cast<std::size_t>(entry.action)], entry.instance, entry.patient, entry.version);
  if (entry.events >= 0)
    out += fmt::format(" events={}", entry.events);
  if (entry.shared_event)
    out += " shared-event=1";
  if (entry.flaw != Flaw::None)
    out += fmt::format(" flaw={}", flaws[static_cast<std::size_t>(entry.flaw)]);
  if (entry.appears)
    out += fmt::format(" appears={}", entry.appears);
  return out + fmt::format("  # {} of {}\n", instance_uid(world, entry.instance), patient_id(entry.patient));
}

void set(World& world, const std::string& name, std::int64_t value) {
  for (const auto& flag : flags)
    if (name == flag.name)
      return void(world.*flag.member = value != 0);
  for (const auto& number : numbers)
    if (name == number.name)
      return void(world.*number.member = static_cast<int>(value));
  if (name != "total-retry")
    throw std::invalid_argument("unknown: " + name);
  world.total_retry = milliseconds(value);
}

WorldEntry read_entry(const Words& words) {
  WorldEntry entry;
  entry.sequence = std::stoll(words.bare(1));
  entry.action = static_cast<Action>(index_in(actions, words.bare(2)));
  entry.instance = words.integer("instance");
  entry.patient = words.integer("patient");
  entry.version = words.integer("version");
  entry.events = words.integer("events", -1);
  entry.shared_event = words.integer("shared-event");
  entry.flaw = static_cast<Flaw>(index_in(flaws, words.text("flaw", "none")));
  entry.appears = words.integer("appears");
  return entry;
}

void read_line(World& world, const Words& words) {
  const auto& what = words.bare(0);
  if (what == "world") {
    world.seed = std::stoull(words.text("seed", "0"));
    world.schedule_seed = std::stoull(words.text("schedule", "0"));
  } else if (what == "set") {
    set(world, words.bare(1), std::stoll(words.bare(2)));
  } else if (what == "instance") {
    world.instances.push_back({words.integer("study"), words.integer("series"), words.integer("events", -1)});
  } else if (what == "entry") {
    world.entries.push_back(read_entry(words));
  } else if (what == "fault") {
    world.faults.push_back({fault_kind(words.bare(1)), std::stoi(words.bare(2))});
  } else if (what == "poison") {
    world.poisons.push_back({words.integer("instance"), words.integer("status")});
  } else if (what == "outside") {
    world.outside.push_back({outside_kind(words.bare(1)), words.bare(2), std::stoi(words.bare(3)),
                             words.integer("step"), words.integer("before-transaction")});
  } else if (what == "crash" || what == "drain") {
    world.stops.push_back({what == "crash", words.integer("step")});
  } else {
    throw std::invalid_argument("unknown: " + what);
  }
}

} // namespace

std::string to_text(const World& world) {
  auto out = fmt::format("world seed={} schedule={}\n", world.seed, world.schedule_seed) + settings_of(world);
  for (const auto& instance : world.instances)
    out += fmt::format("instance study={} series={} events={}\n", instance.study, instance.series, instance.events);
  for (const auto& entry : world.entries)
    out += line_of(world, entry);
  for (const auto& fault : world.faults)
    out += fmt::format("fault {} {}\n", name_of(fault.kind), fault.nth);
  for (const auto& poison : world.poisons)
    out += fmt::format("poison instance={} status={}\n", poison.instance, poison.status);
  for (const auto& write : world.outside)
    out += fmt::format("outside {} {} {} {}={}\n", name_of(write.kind), write.type, write.which,
                       write.step ? "step" : "before-transaction", write.step ? write.step : write.before_transaction);
  for (const auto& stop : world.stops)
    out += fmt::format("{} step={}\n", stop.is_crash ? "crash" : "drain", stop.step);
  return out;
}

World read_world(const std::string& text) {
  World world;
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line.resize(std::min(line.size(), line.find('#')));
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    try {
      read_line(world, Words(line));
    } catch (const std::exception& error) {
      throw std::invalid_argument(fmt::format("line {}: {}", number, error.what()));
    }
  }
  return world;
}

} // namespace dicomcast::simulation
