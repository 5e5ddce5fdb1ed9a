// The names of faults and features, and taking them out of a world.
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace dicomcast::simulation {

namespace {

struct NamedFault {
  FaultKind kind;
  FaultTarget target;
  const char* name;
};

constexpr std::array faults{
    NamedFault{FaultKind::TransactionLost, FaultTarget::Transaction, "transaction-lost"},
    NamedFault{FaultKind::TransactionNotSent, FaultTarget::Transaction, "transaction-not-sent"},
    NamedFault{FaultKind::TransactionSilent, FaultTarget::Transaction, "transaction-silent"},
    NamedFault{FaultKind::TransactionLate, FaultTarget::Transaction, "transaction-late"},
    NamedFault{FaultKind::TransactionCut, FaultTarget::Transaction, "transaction-cut"},
    NamedFault{FaultKind::TransactionHtml, FaultTarget::Transaction, "transaction-html"},
    NamedFault{FaultKind::TransactionRepeated, FaultTarget::Transaction, "transaction-repeated"},
    NamedFault{FaultKind::TransactionSlow, FaultTarget::Transaction, "transaction-slow"},
    NamedFault{FaultKind::TransactionLacking, FaultTarget::Transaction, "transaction-lacking"},
    NamedFault{FaultKind::TransactionUnreadable, FaultTarget::Transaction, "transaction-unreadable"},
    NamedFault{FaultKind::TransactionLostStatus, FaultTarget::Transaction, "transaction-lost-status"},
    NamedFault{FaultKind::Transaction404, FaultTarget::Transaction, "transaction-404"},
    NamedFault{FaultKind::Transaction409, FaultTarget::Transaction, "transaction-409"},
    NamedFault{FaultKind::Transaction412, FaultTarget::Transaction, "transaction-412"},
    NamedFault{FaultKind::Transaction429, FaultTarget::Transaction, "transaction-429"},
    NamedFault{FaultKind::Transaction500, FaultTarget::Transaction, "transaction-500"},
    NamedFault{FaultKind::Transaction503, FaultTarget::Transaction, "transaction-503"},
    NamedFault{FaultKind::Transaction503AtOnce, FaultTarget::Transaction, "transaction-503-at-once"},
    NamedFault{FaultKind::Transaction503Wait, FaultTarget::Transaction, "transaction-503-wait"},
    NamedFault{FaultKind::Transaction403, FaultTarget::Transaction, "transaction-403"},
    NamedFault{FaultKind::SearchBroken, FaultTarget::Search, "search-broken"},
    NamedFault{FaultKind::SearchSilent, FaultTarget::Search, "search-silent"},
    NamedFault{FaultKind::SearchSlow, FaultTarget::Search, "search-slow"},
    NamedFault{FaultKind::SearchCut, FaultTarget::Search, "search-cut"},
    NamedFault{FaultKind::SearchHtml, FaultTarget::Search, "search-html"},
    NamedFault{FaultKind::SearchRefused, FaultTarget::Search, "search-refused"},
    NamedFault{FaultKind::Search500, FaultTarget::Search, "search-500"},
    NamedFault{FaultKind::Search503, FaultTarget::Search, "search-503"},
    NamedFault{FaultKind::Search503AtOnce, FaultTarget::Search, "search-503-at-once"},
    NamedFault{FaultKind::SearchTotal, FaultTarget::Search, "search-total"},
    NamedFault{FaultKind::SearchLoop, FaultTarget::Search, "search-loop"},
    NamedFault{FaultKind::FeedBroken, FaultTarget::Feed, "feed-broken"},
    NamedFault{FaultKind::FeedSilent, FaultTarget::Feed, "feed-silent"},
    NamedFault{FaultKind::FeedSlow, FaultTarget::Feed, "feed-slow"},
    NamedFault{FaultKind::FeedHtml, FaultTarget::Feed, "feed-html"},
    NamedFault{FaultKind::FeedObject, FaultTarget::Feed, "feed-object"},
    NamedFault{FaultKind::Feed500, FaultTarget::Feed, "feed-500"},
    NamedFault{FaultKind::Feed503, FaultTarget::Feed, "feed-503"},
    NamedFault{FaultKind::StoreFails, FaultTarget::Store, "store-fails"},
};

const NamedFault& named(FaultKind kind) {
  return *std::find_if(faults.begin(), faults.end(), [&](const NamedFault& one) { return one.kind == kind; });
}

constexpr std::array outside{OutsideKind::Edit, OutsideKind::Delete, OutsideKind::CreateTwin, OutsideKind::CreateSame,
                             OutsideKind::Steal};

using Remover = void (*)(World&);
const std::vector<std::pair<std::string, Remover>>& features() {
  static const std::vector<std::pair<std::string, Remover>> all{
      {"late-entries",
       [](World& world) { // what comes in the order of its Sequence is not late
         int latest = 0;
         for (auto& entry : world.entries)
           latest = entry.appears = entry.appears == 0 && latest == 0 ? 0 : std::max(entry.appears, latest);
       }},
      {"appended",
       [](World& world) {
         for (auto& entry : world.entries)
           entry.appears = 0;
       }},
      {"flaws",
       [](World& world) {
         for (auto& entry : world.entries)
           entry.flaw = Flaw::None;
       }},
      {"shared-event",
       [](World& world) {
         for (auto& entry : world.entries)
           entry.shared_event = 0;
       }},
      {"twins",
       [](World& world) {
         for (auto& entry : world.entries)
           entry.patient = entry.patient == 1 ? 2 : entry.patient;
         world.twin_stands = false;
       }},
      {"crash", [](World& world) { std::erase_if(world.stops, [](auto& one) { return one.is_crash; }); }},
      {"drain", [](World& world) { std::erase_if(world.stops, [](auto& one) { return !one.is_crash; }); }},
      {"poison", [](World& world) { world.poisons.clear(); }},
      {"outside", [](World& world) { world.outside.clear(); }},
      {"faults", [](World& world) { world.faults.clear(); }},
      {"standing",
       [](World& world) {
         world.patient_stands = world.twin_stands = world.study_stands = world.endpoint_stands = false;
       }},
      {"loose", [](World& world) { world.loose = false; }},
      {"silent-versions", [](World& world) { world.tells_versions = true; }},
      {"missing-next-links", [](World& world) { world.next_links = true; }},
      {"paging", [](World& world) { world.page_size = 50; }},
      {"max-entries", [](World& world) { world.max_entries = 0; }},
      {"patch", [](World& world) { world.patch = false; }},
      {"slowness", [](World& world) { world.slowness = 0; }},
      {"daemon", [](World& world) { world.is_daemon = false; }},
      {"grouped", [](World& world) { world.grouped = false; }},
      {"v2", [](World& world) { world.v2 = false; }},
      {"reports", [](World& world) { world.reports = false; }},
      {"pause", [](World& world) { world.pause = false; }},
      {"short-retry", [](World& world) { world.total_retry = milliseconds(600'000); }},
      {"recorder-lag", [](World& world) { world.recorder_lags = false; }},
      {"replay", [](World& world) { world.replay = false; }},
  };
  return all;
}

} // namespace

FaultTarget target_of(FaultKind kind) {
  return named(kind).target;
}

const char* name_of(FaultKind kind) {
  return named(kind).name;
}

const char* name_of(OutsideKind kind) {
  switch (kind) {
  case OutsideKind::Edit:
    return "outside-edit";
  case OutsideKind::Delete:
    return "outside-delete";
  case OutsideKind::CreateTwin:
    return "outside-twin";
  case OutsideKind::CreateSame:
    return "outside-same";
  case OutsideKind::Steal:
    return "outside-steal";
  }
  return "";
}

FaultKind fault_kind(const std::string& name) {
  auto at = std::find_if(faults.begin(), faults.end(), [&](const NamedFault& one) { return one.name == name; });
  if (at == faults.end())
    throw std::invalid_argument("no fault is called " + name);
  return at->kind;
}

OutsideKind outside_kind(const std::string& name) {
  auto at = std::find_if(outside.begin(), outside.end(), [&](OutsideKind one) { return name_of(one) == name; });
  if (at == outside.end())
    throw std::invalid_argument("nothing from outside is called " + name);
  return *at;
}

bool World::has(OutsideKind kind) const {
  return std::any_of(outside.begin(), outside.end(), [&](const OutsideWrite& one) { return one.kind == kind; });
}

bool World::has(FaultKind kind) const {
  return std::any_of(faults.begin(), faults.end(), [&](const Fault& one) { return one.kind == kind; });
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const auto& [name, remove] : features())
    names.push_back(name);
  for (const auto& fault : faults)
    names.emplace_back(fault.name);
  for (auto kind : outside)
    names.emplace_back(name_of(kind));
  return names;
}

void leave_out(World& world, const std::set<std::string>& names) {
  for (const auto& [name, remove] : features())
    if (names.contains(name))
      remove(world);
  std::erase_if(world.faults, [&](const Fault& one) { return names.contains(name_of(one.kind)); });
  std::erase_if(world.outside, [&](const OutsideWrite& one) { return names.contains(name_of(one.kind)); });
}

} // namespace dicomcast::simulation
