// A working set's neighbours for tests: entries, a service that answers its searches, the answers to what it wrote.
#pragma once

#include "actors/resources/working_set.hpp"

#include <catch2/catch.hpp>

namespace dicomcast::actors {

inline mapping::Options options() {
  mapping::Options options;
  options.source = "http://dicom/";
  options.endpoint_address = "http://dicom/v1";
  options.patient_system_id = "urn:hospital";
  return options;
}

inline EntryPtr image(std::int64_t sequence, std::string patient, std::string study,
                      mapping::Effect effect = mapping::Effect::Upsert) {
  auto entry = std::make_shared<mapping::MappedEntry>();
  entry->sequence = sequence;
  entry->effect = effect;
  entry->uids = {study, study + ".1", study + ".1." + std::to_string(sequence)};
  entry->patient.system = "urn:hospital";
  entry->patient.patient_id = std::move(patient);
  entry->study.modality = "CT";
  entry->study.sop_class = "1.2.840.10008.5.1.4.1.1.2";
  return entry;
}

/// Answers every search from a list of resources, as a service does that matches identifiers in any case.
struct Service {
  std::vector<mapping::Json> resources;
  int searches = 0;
  std::vector<std::string> paths;

  std::vector<std::int64_t> answer_all(WorkingSet& set) {
    std::vector<std::int64_t> resolved;
    while (auto search = set.next_search()) {
      ++searches;
      paths.push_back(search->path);
      for (auto& resource : resources)
        for (auto& key : search->keys)
          if (resource.text("resourceType") == type_of(key.kind) &&
              (search->by == Search::By::Id ? resource.text("id") == search->id
                                            : mapping::has_identifier(resource, key.identifier) ||
                                                  mapping::has_identifier_but_for_case(resource, key.identifier)))
            search->found.push_back(resource);
      auto more = set.found(*search);
      resolved.insert(resolved.end(), more.begin(), more.end());
    }
    return resolved;
  }
};

inline PrepareRequest request_of(std::vector<EntryPtr> entries) {
  PrepareRequest request;
  request.entries = std::move(entries);
  return request;
}

inline std::shared_ptr<const PreparedGroup> prepare(WorkingSet& set, std::vector<EntryPtr> entries) {
  std::vector<std::int64_t> unresolved;
  auto group = set.prepare(request_of(std::move(entries)), unresolved);
  REQUIRE(group);
  return group;
}

/// Ids p1, e1, s1, ... by type, all at version 1 (or none).
inline std::vector<io::fhir::Written> written(const PreparedGroup& group, std::string version = "1") {
  std::vector<io::fhir::Written> all;
  for (auto& write : group.writes)
    all.push_back({write.kind == io::fhir::Write::Kind::Create ? 201 : 200,
                   write.id.empty() ? write.type.substr(0, 1) + "-new" : write.id, version});
  return all;
}

inline mapping::Json resource(const char* text) {
  return *mapping::Json::parse(text);
}

/// A study that stands in the FHIR service already, with all that its next entries need.
struct Running {
  WorkingSet set{options(), "http://fhir", 1};
  Service service;
  std::vector<EntryPtr> entries;
  explicit Running(int count) {
    for (int n = 0; n <= count; ++n) {
      entries.push_back(image(n + 1, "p", "1.2"));
      set.add(entries.back());
    }
    service.answer_all(set);
    auto group = prepare(set, {entries.front()});
    set.settle(true, written(*group, "0"), false);
    entries.erase(entries.begin());
  }
};

inline std::size_t instances_in(const PreparedGroup& group) {
  return mapping::Json::parse(group.writes.back().body)->items("series")[0].items("instance").size();
}

} // namespace dicomcast::actors
