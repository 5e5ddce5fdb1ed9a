// The plain sequential interpretation. Sources: the contract's sections 4 (what each entry does, whose resources are
// ours) and 6 (what is recorded).
#include "tests/simulation/oracle.hpp"

#include "mapping/merge.hpp"
#include "tests/sim/fhir_store.hpp"
#include "tests/sim/normalised_state.hpp"

#include <algorithm>
#include <optional>

namespace dicomcast::simulation {

using mapping::Effect;
using mapping::Json;
using mapping::MappedEntry;

namespace {

class OracleStore final : public FhirAccess {
public:
  explicit OracleStore(sim::FhirStore& store) : store_(store) {}

  std::vector<Json> all(const std::string& type) const override {
    std::vector<Json> out;
    store_.for_each([&](const sim::Resource& one) {
      if (one.type == type)
        out.push_back(*Json::parse(one.text()));
    });
    return out;
  }
  void put(const Json& resource) override { stored(resource); }
  std::string stored(const Json& resource) {
    auto parts = *sim::split_resource(resource.to_text());
    if (parts.id.empty())
      parts.id = store_.new_id();
    return store_.put(std::move(parts)).id;
  }
  void remove(const std::string& type, const std::string& id) override {
    if (auto* resource = store_.find(type, id))
      store_.remove(*resource);
  }

private:
  sim::FhirStore& store_;
};

bool same_but_for_case(std::string_view a, std::string_view b) {
  return sim::lower_case(a) == sim::lower_case(b);
}

struct Found {
  std::optional<Json> ours;
  std::vector<std::string> other_references; ///< of those that match loosely only
  bool others = false;                       ///< only such as the service takes for ours
  bool several = false;                      ///< of ours
  bool is_failure() const { return several || (!ours && others); }
};

bool has_report(const Json& observation, const std::string& value) {
  const auto& identifiers = observation.items("identifier");
  return std::any_of(identifiers.begin(), identifiers.end(), [&](auto& one) {
    return one.text("system") == "urn:ietf:rfc:3986" && one.text("value") == value;
  });
}

bool has_study(const Json& observation, const std::string& value) {
  const auto& identifiers = observation.items("identifier");
  return std::any_of(identifiers.begin() + (identifiers.empty() ? 0 : 1), identifiers.end(),
                     [&](auto& one) { return one.text("system") == "urn:dicom:uid" && one.text("value") == value; });
}

class Oracle {
public:
  explicit Oracle(const World& world)
      : world_(world), options_(oracle_options(world)), store_({.loose_identifiers = world.loose}), access_(store_) {
    make_standing(world, access_);
  }

  Expected run(const std::vector<Happening>& happenings) {
    for (const auto& one : happenings) {
      if (one.entry && one.is_replay)
        replay(*one.entry);
      else if (one.entry)
        process(*one.entry, one.is_applied && !comes_too_late(*one.entry));
      if (one.entry)
        done_[one.entry->uids.instance] = std::max(done_[one.entry->uids.instance], one.entry->sequence);
      if (one.entry && one.leaves_endpoint) {
        auto endpoint = find_endpoint();
        write("Endpoint", endpoint.ours, [&](auto& ours) { return mapping::merge_endpoint(options_, ours); });
      }
      if (!one.entry && !perform(world_.outside[one.write], one.write, access_)) {
        expected_.is_possible = false;
        return std::move(expected_);
      }
    }
    expected_.state = sim::normalised_state(store_);
    return std::move(expected_);
  }

private:
  void row(const MappedEntry& entry, Fate fate) {
    if (!replaying_)
      ++expected_.rows[{entry.sequence, fate}];
    else if (fate != Fate::InvalidTag)
      expected_.failed_again.insert(entry.sequence);
  }

  /// A late delete that is followed by a done entry of the same instance counts only if its state is `deleted`.
  bool comes_too_late(const MappedEntry& entry) const {
    auto last = done_.find(entry.uids.instance);
    return entry.effect == Effect::Delete && !entry.is_deleted && last != done_.end() && last->second > entry.sequence;
  }

  /// A removed instance that is there again stays.
  void replay(const MappedEntry& entry) {
    replaying_ = true;
    process(entry, entry.effect != Effect::Delete || entry.is_deleted);
    replaying_ = false;
  }

  Found find(const std::string& type, const std::string& system, const std::string& value) const {
    Found found;
    for (auto& one : access_.all(type))
      for (const auto& identifier : one.items("identifier")) {
        if (identifier.text("system") != system || !same_but_for_case(identifier.text("value"), value))
          continue;
        if (identifier.text("value") == value) {
          found.several |= found.ours.has_value();
          found.ours = one;
          break;
        }
        if (!world_.loose)
          continue;
        found.others = true;
        found.other_references.push_back(type + "/" + std::string(one.text("id")));
      }
    return found;
  }

  Found find_endpoint() const {
    auto found = find("Endpoint", "urn:ietf:rfc:3986", options_.endpoint_address);
    if (found.ours || found.several || found.others)
      return found;
    for (auto& one : access_.all("Endpoint"))
      if (one.text("name") == "DICOM WADO-RS endpoint " + options_.endpoint_address) {
        found.several |= found.ours.has_value();
        found.ours = one;
      }
    return found;
  }

  void process(const MappedEntry& entry, bool is_applied) {
    for (std::size_t i = 0; i < entry.invalid_tags.size(); ++i)
      row(entry, Fate::InvalidTag);
    switch (entry.effect) {
    case Effect::Skip:
      break;
    case Effect::Refuse:
      row(entry, Fate::DicomFailToStore);
      break;
    case Effect::Upsert:
      if (is_applied)
        upsert(entry);
      break;
    case Effect::Delete:
      if (is_applied)
        remove(entry);
      break;
    }
  }

  bool is_poisoned(const MappedEntry& entry) const {
    return !replaying_ && std::any_of(world_.poisons.begin(), world_.poisons.end(), [&](const Poison& one) {
      return instance_uid(world_, one.instance) == entry.uids.instance;
    });
  }

  void upsert(const MappedEntry& entry) {
    auto patient = find("Patient", entry.patient.system, entry.patient.patient_id);
    auto endpoint = find_endpoint();
    auto study = find_study(entry);
    if (patient.is_failure() && !patient.several && !study.is_failure())
      take_back(entry, patient.other_references, study.ours);
    if (patient.is_failure() || endpoint.is_failure() || study.is_failure() || is_poisoned(entry))
      return row(entry, Fate::FhirFailToStore);
    auto patient_reference = write("Patient", patient.ours,
                                   [&](auto& ours) { return mapping::merge_patient(entry.patient, options_, ours); });
    auto endpoint_reference =
        write("Endpoint", endpoint.ours, [&](auto& ours) { return mapping::merge_endpoint(options_, ours); });
    std::optional<mapping::ImagingStudy> merged;
    if (study.ours)
      merged.emplace(*study.ours);
    if (mapping::merge_study(entry, options_, patient_reference, endpoint_reference, merged))
      study.ours = merged->to_json();
    auto study_reference = write("ImagingStudy", study.ours, [](auto&) { return true; });
    observations(entry, patient_reference, study_reference);
  }

  /// What of the entry stands tied to another's Patient goes, whoever wrote it: its instance, its Observations.
  void take_back(const MappedEntry& entry, const std::vector<std::string>& others, const std::optional<Json>& study) {
    auto is_tied = [&](const Json& one) {
      const auto* subject = one.find("subject");
      return subject && std::find(others.begin(), others.end(), subject->text("reference")) != others.end();
    };
    if (study && is_tied(*study))
      remove_from(*study, entry);
    if (!options_.generate_observations)
      return;
    for (const auto& one : access_.all("Observation"))
      if (has_report(one, "urn:oid:" + entry.uids.instance) && is_tied(one))
        access_.remove("Observation", std::string(one.text("id")));
  }

  /// Whether it was the last instance.
  bool remove_from(const Json& study, const MappedEntry& entry) {
    std::optional<mapping::ImagingStudy> rest(study);
    auto removal = mapping::remove_instance(entry, options_, rest);
    bool was_last = removal != mapping::Removal::Nothing && rest->series().empty();
    if (removal == mapping::Removal::Emptied)
      access_.remove("ImagingStudy", std::string(study.text("id")));
    else if (removal == mapping::Removal::Changed)
      access_.put(rest->to_json());
    return was_last;
  }

  Found find_study(const MappedEntry& entry) const {
    return find("ImagingStudy", "urn:dicom:uid", "urn:oid:" + entry.uids.study);
  }

  template<class Merge>
  std::string write(const std::string& type, std::optional<Json>& resource, Merge merge) {
    bool changed = merge(resource);
    auto id = changed ? access_.stored(*resource) : std::string(resource->text("id"));
    return type + "/" + id;
  }

  void observations(const MappedEntry& entry, const std::string& patient, const std::string& study) {
    if (!options_.generate_observations)
      return;
    auto report = "urn:oid:" + entry.uids.instance;
    std::vector<Json> existing;
    for (auto& one : access_.all("Observation"))
      if (has_report(one, report))
        existing.push_back(one);
    if (!entry.is_structured_report) { // no report any more
      for (const auto& one : existing)
        if (entry.is_update)
          access_.remove("Observation", std::string(one.text("id")));
      return;
    }
    auto changes = mapping::merge_observations(entry, options_, existing, patient, study);
    for (const auto& one : changes.created) {
      const auto& own = one.items("identifier").front();
      if (!find("Observation", std::string(own.text("system")), std::string(own.text("value"))).ours)
        access_.put(one);
    }
    for (const auto& one : changes.updated)
      access_.put(one);
    for (const auto& one : changes.deleted)
      access_.remove("Observation", std::string(one.text("id")));
  }

  void remove(const MappedEntry& entry) {
    auto study = find_study(entry);
    if (study.several)
      return row(entry, Fate::FhirFailToStore);
    bool was_last = false;
    if (study.ours)
      was_last = remove_from(*study.ours, entry);
    if (!options_.generate_observations)
      return;
    for (const auto& one : access_.all("Observation"))
      if (has_report(one, "urn:oid:" + entry.uids.instance) ||
          (was_last && has_study(one, "urn:oid:" + entry.uids.study)))
        access_.remove("Observation", std::string(one.text("id")));
  }

  const World& world_;
  mapping::Options options_;
  sim::FhirStore store_;
  OracleStore access_;
  Expected expected_;
  std::map<std::string, std::int64_t> done_; ///< by instance: the greatest Sequence
  bool replaying_ = false;
};

} // namespace

const char* name_of(Fate fate) {
  switch (fate) {
  case Fate::InvalidTag:
    return "invalid tag";
  case Fate::DicomFailToStore:
    return "DicomFailToStore";
  case Fate::FhirFailToStore:
    return "FhirFailToStore";
  }
  return "";
}

mapping::Options oracle_options(const World& world) {
  mapping::Options options;
  options.source = "http://dicom/";
  options.endpoint_address = std::string("http://dicom/") + (world.v2 ? "v2" : "v1");
  options.generate_observations = world.reports;
  return options;
}

Expected interpret(const World& world, const std::vector<Happening>& happenings) {
  return Oracle(world).run(happenings);
}

} // namespace dicomcast::simulation
