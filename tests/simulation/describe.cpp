// A world in words.
#include "tests/simulation/world.hpp"

#include <fmt/format.h>

namespace dicomcast::simulation {

namespace {

const char* name_of(Action action) {
  switch (action) {
  case Action::Create:
    return "create";
  case Action::Update:
    return "update";
  case Action::Delete:
    return "delete";
  }
  return "";
}

const char* name_of(Flaw flaw) {
  switch (flaw) {
  case Flaw::None:
    return "";
  case Flaw::InvalidTag:
    return ", an invalid tag";
  case Flaw::InvalidRequired:
    return ", a required tag is missing";
  case Flaw::NoMetadata:
    return ", no metadata";
  case Flaw::UnknownAction:
    return ", an unknown action";
  }
  return "";
}

std::string describe(const World& world, const WorldEntry& entry) {
  const auto& instance = world.instances[static_cast<std::size_t>(entry.instance)];
  return fmt::format("  {}: {} of {} (study {}) of {}, version {}{}{}{}\n", entry.sequence, name_of(entry.action),
                     instance_uid(world, entry.instance), instance.study, patient_id(entry.patient), entry.version,
                     entry.events >= 0 ? fmt::format(", a report of {} events{}", entry.events,
                                                     entry.shared_event ? ", the first one shared" : "")
                                       : "",
                     name_of(entry.flaw), entry.appears ? fmt::format(", appears at step {}", entry.appears) : "");
}

std::string services_of(const World& world) {
  std::string out = "  FHIR service:";
  out += world.loose ? " compares loosely" : " compares exactly";
  out += world.tells_versions ? "" : ", tells no versions";
  out += world.next_links ? "" : ", gives no next links";
  out += world.offers_patch ? ", offers patch" : "";
  out += fmt::format(", pages of {}", world.page_size);
  out += world.max_entries ? fmt::format(", at most {} entries a Bundle", world.max_entries) : "";
  out += world.slowness ? fmt::format(", takes up to {} ms", world.slowness) : "";
  out += world.patient_stands ? ", has the Patient already" : "";
  out += world.twin_stands ? ", has a Patient that differs in case" : "";
  out += world.study_stands ? ", has a study of another source" : "";
  out += world.endpoint_stands ? ", has the Endpoint already" : "";
  return out + "\n";
}

} // namespace

std::string describe(const World& world) {
  std::string out =
      fmt::format("seed {} (schedule {})\n", world.seed, world.schedule_seed) + services_of(world) +
      fmt::format("  engine: {}, {}, feed {}, window {}, groups of {}, pages of {}, {} searches at once{}{}{}, retries "
                  "for {} s{}{}\n",
                  world.is_daemon ? "daemon" : "backfill", world.grouped ? "grouped" : "entry by entry",
                  world.v2 ? "v2" : "v1", world.look_ahead, world.group_max, world.page, world.concurrency,
                  world.patch ? ", patch" : "", world.reports ? ", reports" : "", world.pause ? ", pause" : "",
                  world.total_retry.count() / 1000, world.recorder_lags ? ", the recorder lags" : "",
                  world.replay ? ", then replay" : "");
  for (const auto& entry : world.entries)
    out += describe(world, entry);
  for (const auto& fault : world.faults)
    out += fmt::format("  fault: {} of request {}\n", name_of(fault.kind), fault.nth);
  for (const auto& poison : world.poisons)
    out += fmt::format("  {} is answered with {}\n", instance_uid(world, poison.instance), poison.status);
  for (const auto& write : world.outside)
    out += fmt::format("  {} of {} {} {}\n", name_of(write.kind), write.type, write.which,
                       write.step ? fmt::format("at step {}", write.step)
                                  : fmt::format("before transaction {}", write.before_transaction));
  for (const auto& stop : world.stops)
    out += fmt::format("  {} at step {}\n", stop.is_crash ? "crash" : "drain", stop.step);
  return out;
}

} // namespace dicomcast::simulation
