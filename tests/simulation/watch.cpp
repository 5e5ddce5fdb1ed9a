// What is held after each step.
#include "tests/simulation/watch.hpp"

#include "tests/simulation/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::simulation {

using mapping::Effect;
using mapping::Json;

namespace {

void arrange(Json& json) {
  if (auto* array = json.if_array())
    for (auto& element : *array)
      arrange(element);
  if (auto* object = json.if_object()) {
    std::sort(object->begin(), object->end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [name, value] : *object)
      arrange(value);
  }
}

void strip(Json& resource) {
  if (auto* meta = resource.find("meta")) {
    meta->erase("versionId");
    meta->erase("lastUpdated");
    if (meta->if_object() && meta->if_object()->empty())
      resource.erase("meta");
  }
  arrange(resource);
}

bool lists(const Json& study, const mapping::InstanceUids& uids) {
  for (const auto& series : study.items("series"))
    if (series.text("uid") == uids.series)
      for (const auto& instance : series.items("instance"))
        if (instance.text("uid") == uids.instance)
          return true;
  return false;
}

} // namespace

bool same_content(Json a, Json b) {
  strip(a);
  strip(b);
  return a == b;
}

Watch::Watch(const World& world, Trace& trace)
    : world_(world), trace_(trace), options_(oracle_options(world)), written_(world.outside.size()) {}

void Watch::attach(Network& network, MemoryStore& store) {
  network_ = &network;
  store_ = &store;
  store.on_write = [this](std::int64_t before, std::int64_t after) { checkpoint_written(before, after); };
}

std::optional<Json> Watch::read(const std::string& type, const std::string& id) const {
  for (auto& one : network_->access().all(type))
    if (one.text("id") == id)
      return one;
  return std::nullopt;
}

void Watch::request_sent(FaultTarget) {
  requests_.push_back(trace_.now);
  while (requests_.front() + std::chrono::minutes(1) < trace_.now)
    requests_.pop_front();
  if (auto limit = 400 + 50 * world_.entries.size(); requests_.size() > limit)
    trace_.fail("too many requests", fmt::format("more than {} within a minute", limit));
}

void Watch::transaction_under_way(bool begins) {
  open_transactions_ += begins ? 1 : -1;
  if (open_transactions_ > 1)
    trace_.fail("two transactions at once", "one was sent before the one before it was answered");
}

void Watch::transaction_arrives(int nth) {
  for (std::size_t i = 0; i < world_.outside.size(); ++i)
    if (world_.outside[i].before_transaction == nth)
      write_from_outside(i);
}

void Watch::write_from_outside(std::size_t number) {
  if (written_[number] || at_peace_)
    return;
  written_[number] = true;
  const auto& write = world_.outside[number];
  bool done = perform(write, number, network_->access());
  trace_.add([&] {
    return fmt::format("{} of {} {}{}", name_of(write.kind), write.type, write.which,
                       done ? "" : ": there is nothing to do it to");
  });
  if (done)
    writes_.push_back({number, store_->checkpoint().synced_sequence, trace_.now});
}

void Watch::before_apply(const std::vector<sim::Operation>& operations) {
  before_.clear();
  for (const auto& one : operations)
    if (!one.id.empty())
      if (auto resource = read(one.type, one.id))
        before_.emplace_back(one.method, std::move(*resource));
}

void Watch::after_apply(const std::vector<sim::Operation>&, int status) {
  trace_.add([&] { return fmt::format("  done: {}", status); });
  if (status != 200)
    return;
  for (const auto& [method, before] : before_) {
    if (method == "DELETE")
      continue;
    auto type = std::string(before.text("resourceType")), id = std::string(before.text("id"));
    auto after = read(type, id);
    auto name = type + "/" + id;
    if (after && same_content(before, *after))
      trace_.fail("a resource ends as it stood", fmt::format("{} of {}: {}", method, name, before.to_text()));
    for (const auto& mark : marks_of(before)) {
      auto marks = after ? marks_of(*after) : std::vector<std::string>();
      if (std::find(marks.begin(), marks.end(), mark) == marks.end())
        trace_.fail("what is not ours is lost", fmt::format("{} of {}", mark, name));
    }
  }
}

void Watch::entries_delivered(const std::map<std::int64_t, std::string>& entries) {
  auto checkpoint = store_->checkpoint().synced_sequence;
  for (const auto& [sequence, text] : entries) {
    auto [at, is_new] = entries_.try_emplace(sequence);
    auto& seen = at->second;
    if (is_new) {
      seen.first = trace_.now;
      seen.highest = highest_given_;
    }
    seen.must_be_done |= sequence > checkpoint;
    if (std::find(seen.texts.begin(), seen.texts.end(), text) == seen.texts.end()) {
      auto read = mapping::read_feed_page(text, options_, nullptr);
      if (!read || read->size() != 1)
        return trace_.fail("an entry of the simulation cannot be read", text);
      seen.texts.push_back(text);
      seen.mapped.push_back(std::make_shared<const mapping::MappedEntry>(std::move(read->front())));
    }
  }
  for (const auto& [sequence, text] : entries)
    highest_given_ = std::max(highest_given_, sequence);
}

void Watch::checkpoint_written(std::int64_t before, std::int64_t after) {
  if (after < before)
    return trace_.fail("the checkpoint goes back", fmt::format("from {} to {}", before, after));
  if (after == before || world_.has(OutsideKind::Delete))
    return;
  std::map<std::string, std::string> instances;
  for (const auto& [sequence, seen] : entries_)
    instances[seen.mapped.front()->uids.instance] = seen.mapped.front()->uids.study;
  for (const auto& [instance, study] : instances)
    check_done(study, instance, before, after);
}

/// Whether the last of the instance's entries up to the checkpoint has had its effect. What comes after the checkpoint
/// may have been done already, so that an instance with such entries tells nothing.
void Watch::check_done(const std::string&, const std::string& instance, std::int64_t before, std::int64_t after) {
  const mapping::MappedEntry* last = nullptr;
  for (const auto& [sequence, seen] : entries_) {
    const auto& entry = *seen.mapped.front();
    if (entry.uids.instance != instance || entry.effect == Effect::Refuse)
      continue;
    if (sequence > after || seen.mapped.size() > 1 || !seen.must_be_done)
      return;
    last = &entry;
  }
  if (!last || last->sequence <= before || has_failed(last->sequence))
    return;
  bool is_there = stands(last->uids);
  if (last->effect == Effect::Upsert && !is_there)
    trace_.fail("the checkpoint passes an undone entry",
                fmt::format("it is at {}, and {} stands nowhere, of sequence {}", after, instance, last->sequence));
  if (last->effect == Effect::Delete && last->is_deleted && is_there)
    trace_.fail(
        "the checkpoint passes an undone entry",
        fmt::format("it is at {}, and {} is still there, in spite of sequence {}", after, instance, last->sequence));
}

bool Watch::stands(const mapping::InstanceUids& uids) const {
  for (const auto& study : network_->access().all("ImagingStudy"))
    if (has_identifier_value(study, "urn:oid:" + uids.study) && lists(study, uids))
      return true;
  return false;
}

bool Watch::has_failed(std::int64_t sequence) const {
  return std::any_of(store_->rows().begin(), store_->rows().end(), [&](const io::ExceptionRow& row) {
    return row.sequence == sequence &&
           (row.table == io::ExceptionTable::FhirFailToStore || row.table == io::ExceptionTable::DicomFailToStore ||
            row.table == io::ExceptionTable::TransientFailure);
  });
}

void Watch::check_at_rest() {
  auto patients = network_->access().all("Patient");
  for (const auto& study : network_->access().all("ImagingStudy")) {
    const auto* meta = study.find("meta");
    if (!meta || meta->text("source") != "http://dicom/")
      continue;
    auto reference = std::string(study.find("subject") ? study.find("subject")->text("reference") : "");
    auto at = std::find_if(patients.begin(), patients.end(),
                           [&](const Json& one) { return "Patient/" + std::string(one.text("id")) == reference; });
    if (at == patients.end() && world_.has(OutsideKind::Delete))
      continue;
    bool right = false;
    for (const auto& [sequence, seen] : entries_)
      for (const auto& entry : seen.mapped)
        right |= at != patients.end() && entry->effect == Effect::Upsert &&
                 has_identifier_value(study, "urn:oid:" + entry->uids.study) &&
                 has_identifier_value(*at, entry->patient.patient_id);
    if (at != patients.end())
      for (const auto& identifier : at->items("identifier"))
        right |= identifier.text("value").starts_with("former-");
    if (!right)
      trace_.fail("a study is tied to a wrong patient",
                  study.to_text() + " refers to " + (at == patients.end() ? "nobody" : at->to_text()));
  }
}

} // namespace dicomcast::simulation
