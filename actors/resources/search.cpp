// Searches: their queries, and the judgement of what they find.
#include "actors/resources/search.hpp"

#include "conf/text.hpp"

#include <algorithm>

namespace dicomcast::actors {

using mapping::Identifier;
using mapping::Json;

namespace {

bool is_list(ResourceKind kind) {
  return kind == ResourceKind::ReportObservations || kind == ResourceKind::StudyObservations;
}

io::Error error(io::ErrorCode code, const Search& search, std::string cause, std::string hint = {}) {
  return {code, search.operation, 0, std::move(cause), std::move(hint), std::nullopt};
}

std::string reference(const Json& resource) {
  return std::string(resource.text("resourceType")) + "/" + std::string(resource.text("id"));
}

bool has_version(const Json& resource) {
  auto* meta = resource.find("meta");
  return !resource.text("id").empty() && meta && !meta->text("versionId").empty();
}

bool is_ours(const Json& resource, const ResourceKey& key, const Search& search, const mapping::Options& options) {
  if (search.by == Search::By::Name)
    return resource.text("name") == mapping::endpoint_name(options);
  return mapping::has_identifier(resource, key.identifier);
}

/// The identifier, or for an Endpoint its name, as a person would say it.
std::string described(const ResourceKey& key) {
  return key.identifier.system + "|" + key.identifier.value;
}

std::string identifiers_of(const Json& resource) {
  std::string all;
  for (auto& identifier : resource.items("identifier"))
    all.append(all.empty() ? "" : ", ").append(identifier.text("system")).append("|").append(identifier.text("value"));
  return all.empty() ? "no identifier" : all;
}

void check(Finding& finding, const ResourceKey& key, const Search& search, const mapping::Options& options,
           const std::vector<const Json*>& loose) {
  bool endpoint = key.kind == ResourceKind::Endpoint;
  for (auto* other : loose)
    finding.others.push_back(reference(*other));
  for (auto& resource : finding.ours)
    if (!has_version(resource)) {
      finding.failure =
          error(io::ErrorCode::BadResource, search, reference(resource) + " has no id or no meta.versionId");
      return;
    }
  if (is_list(key.kind))
    return;
  if (finding.ours.size() > 1) {
    std::string names;
    for (auto& resource : finding.ours)
      names += (names.empty() ? "" : ", ") + reference(resource);
    finding.failure = error(io::ErrorCode::SeveralMatches, search, "more than one match: " + names,
                            "merge or delete the surplus ones");
  } else if (finding.ours.size() == 1 && endpoint && finding.ours[0].text("address") != options.endpoint_address) {
    finding.failure =
        error(io::ErrorCode::WrongEndpoint, search,
              reference(finding.ours[0]) + " has address " + std::string(finding.ours[0].text("address")) +
                  ", expected " + options.endpoint_address);
  } else if (finding.ours.empty() && !loose.empty() && !(endpoint && options.profile == mapping::Profile::R4)) {
    finding.failure =
        error(io::ErrorCode::OthersMatch, search,
              "wanted " + (endpoint ? mapping::endpoint_name(options) : described(key)) +
                  ", but the service matches it to " + reference(*loose[0]) + " (" +
                  (endpoint ? std::string(loose[0]->text("name")) : identifiers_of(*loose[0])) + "), which is another",
              "the service compares identifiers loosely; give one of the two another identifier");
  }
}

} // namespace

const char* type_of(ResourceKind kind) {
  switch (kind) {
  case ResourceKind::Patient:
    return "Patient";
  case ResourceKind::Endpoint:
    return "Endpoint";
  case ResourceKind::Study:
    return "ImagingStudy";
  case ResourceKind::ReportObservations:
  case ResourceKind::StudyObservations:
    return "Observation";
  }
  return "";
}

std::string ResourceKey::text() const {
  return std::to_string(static_cast<int>(kind)) + ' ' + std::to_string(identifier.system.size()) + ' ' +
         identifier.system + '|' + identifier.value;
}

std::string ResourceKey::folded_text() const {
  return text::fold_case(text());
}

std::vector<ResourceKey> needs_of(const mapping::MappedEntry& entry, const mapping::Options& options) {
  std::vector<ResourceKey> keys;
  auto study = mapping::study_identifier(entry.uids.study);
  if (entry.effect == mapping::Effect::Upsert) {
    keys.push_back({ResourceKind::Patient, {entry.patient.system, entry.patient.patient_id}});
    keys.push_back({ResourceKind::Endpoint, mapping::endpoint_identifier(options)});
    keys.push_back({ResourceKind::Study, study});
    if (options.generate_observations && entry.is_structured_report)
      keys.push_back({ResourceKind::ReportObservations, mapping::report_identifier(entry.uids.instance)});
  } else if (entry.effect == mapping::Effect::Delete) {
    keys.push_back({ResourceKind::Study, study});
    if (options.generate_observations)
      keys.push_back({ResourceKind::StudyObservations, study});
  }
  return keys;
}

Search make_search(std::vector<ResourceKey> keys, Search::By by, const mapping::Options& options) {
  Search search;
  search.by = by;
  std::string type = type_of(keys.front().kind);
  if (by == Search::By::Name) {
    search.path = type + "?" + mapping::endpoint_name_query(options);
    search.operation = "GET Endpoint?name=...";
  } else {
    std::vector<Identifier> identifiers;
    for (auto& key : keys)
      identifiers.push_back(key.identifier);
    search.path = type + "?" + mapping::joined_identifier_query(identifiers);
    if (keys.size() > 1)
      search.path += "&_count=" + std::to_string(keys.size() * 2);
    search.operation = "GET " + type + "?identifier=...";
  }
  search.keys = std::move(keys);
  return search;
}

Search make_read(ResourceKey key, std::string id) {
  Search search;
  search.by = Search::By::Id;
  search.path = std::string(type_of(key.kind)) + "/" + id;
  search.operation = "GET " + search.path;
  search.keys.push_back(std::move(key));
  search.id = std::move(id);
  return search;
}

std::vector<Finding> judge(const Search& search, const mapping::Options& options) {
  std::vector<Finding> findings(search.keys.size());
  std::vector<std::vector<const Json*>> loose(search.keys.size());
  bool unattributed = false;
  for (auto& resource : search.found) {
    bool known = false;
    for (std::size_t k = 0; k < search.keys.size(); ++k) {
      if (search.by == Search::By::Id || is_ours(resource, search.keys[k], search, options)) {
        auto same = [&](const Json& other) { return reference(other) == reference(resource) && has_version(other); };
        if (std::none_of(findings[k].ours.begin(), findings[k].ours.end(), same)) // a page may repeat what moved
          findings[k].ours.push_back(resource);
        known = true;
      } else if (search.keys.size() == 1 || mapping::has_identifier_but_for_case(resource, search.keys[k].identifier)) {
        loose[k].push_back(&resource);
        known = true;
      }
    }
    unattributed |= !known;
  }
  for (std::size_t k = 0; k < search.keys.size(); ++k) {
    // Of several keys that differ in case only, a service that compares exactly finds one for itself.
    bool is_unclear = search.keys.size() > 1 && (unattributed || !loose[k].empty());
    if (is_unclear && findings[k].ours.empty())
      findings[k].ask_again = true;
    else
      check(findings[k], search.keys[k], search, options, loose[k]);
  }
  return findings;
}

} // namespace dicomcast::actors
