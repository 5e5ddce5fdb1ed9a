// A working set's neighbours for tests: entries, a service that answers its searches, the answers to what it wrote.
#pragma once

#include "actors/resources/working_set.hpp"

#include <catch2/catch.hpp>

namespace dicomcast::actors {

/// For tests in which no time passes.
inline constexpr Clock::time_point t0{};

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
  std::optional<mapping::Json> named; ///< an Endpoint that is found by name
  int searches = 0;
  std::vector<std::string> paths;

  std::vector<std::int64_t> answer_all(WorkingSet& set, Clock::time_point now = t0) {
    std::vector<std::int64_t> resolved;
    while (auto search = set.cache().next_search()) {
      ++searches;
      paths.push_back(search->path);
      if (named && search->by == Search::By::Name)
        search->found.push_back(*named);
      for (auto& resource : resources)
        for (auto& key : search->keys)
          if (resource.text("resourceType") == type_of(key.kind) && search->by != Search::By::Name &&
              (search->by == Search::By::Id ? resource.text("id") == search->id
                                            : mapping::has_identifier(resource, key.identifier) ||
                                                  mapping::has_identifier_but_for_case(resource, key.identifier)))
            search->found.push_back(resource);
      auto more = set.cache().found(*search, now);
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
  auto group = set.prepare(request_of(std::move(entries)), t0, unresolved);
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

inline mapping::Options options_with_observations() {
  auto with = options();
  with.generate_observations = true;
  return with;
}

inline mapping::Json patient(const std::string& id, const std::string& value) {
  return *mapping::Json::parse(R"({"resourceType":"Patient","id":")" + id +
                               R"(","meta":{"versionId":"1"},"identifier":[{"system":"urn:hospital","value":")" +
                               value + R"("}]})");
}

/// Of `source` http://dicom/; its series is {uid}.1.
inline mapping::Json study(const std::string& id, const std::string& uid, const std::string& patient_id,
                           const std::vector<std::string>& instances) {
  std::string listed;
  for (auto& one : instances)
    listed.append(listed.empty() ? "" : ",").append(R"({"uid":")").append(one).append("\"}");
  auto series = listed.empty() ? "" : R"(,"series":[{"uid":")" + uid + R"(.1","instance":[)" + listed + "]}]";
  return *mapping::Json::parse(
      R"({"resourceType":"ImagingStudy","id":")" + id +
      R"(","meta":{"versionId":"3","source":"http://dicom/"},"subject":{"reference":"Patient/)" + patient_id +
      R"("},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:)" + uid + R"("}])" + series + "}");
}

/// Of the report with that SOPInstanceUID, in study 1.2.
inline mapping::Json observation(const std::string& id, const std::string& own, const std::string& report,
                                 const std::string& patient_id = "7") {
  return *mapping::Json::parse(R"({"resourceType":"Observation","id":")" + id +
                               R"(","meta":{"versionId":"1"},"subject":{"reference":"Patient/)" + patient_id +
                               R"("},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:)" + own +
                               R"("},{"system":"urn:dicom:uid","value":"urn:oid:1.2"},
                               {"system":"urn:ietf:rfc:3986","value":"urn:oid:)" +
                               report + R"("}]})");
}

/// Searches whatever the entries lack, as often as it takes.
inline std::shared_ptr<const PreparedGroup> prepare_found(WorkingSet& set, Service& service,
                                                          const PrepareRequest& request, Clock::time_point now = t0) {
  for (int round = 0; round < 5; ++round) {
    std::vector<std::int64_t> unresolved;
    if (auto group = set.prepare(request, now, unresolved))
      return group;
    service.answer_all(set, now);
  }
  FAIL("there is always something missing");
  return nullptr;
}

inline std::vector<std::string> written_names(const PreparedGroup& group) {
  std::vector<std::string> names;
  for (auto& write : group.writes)
    names.push_back((write.kind == io::fhir::Write::Kind::Delete ? "delete " : "write ") + write.type + "/" + write.id);
  return names;
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
    set.settle(true, written(*group, "0"), false, t0);
    entries.erase(entries.begin());
  }
};

inline std::size_t instances_in(const PreparedGroup& group) {
  return mapping::Json::parse(group.writes.back().body)->items("series")[0].items("instance").size();
}

} // namespace dicomcast::actors
