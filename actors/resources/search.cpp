// Searches: their queries, and the judgement of what they find.
#include "actors/resources/search.hpp"

#include "conf/text.hpp"

#include <algorithm>

namespace dicomcast::actors {

using mapping::Identifier;
using mapping::Json;

namespace {

using Loose = std::vector<const Json*>;

/// What services allow at most: so pages are few, and not one is cut by a guess.
constexpr const char* large_pages = "&_count=1000";

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

/// Of an Endpoint that the name finds loosely: its name; else the identifiers.
std::string described(const Json& resource, const Search& search) {
  if (search.by == Search::By::Name && search.aliens.empty())
    return std::string(resource.text("name"));
  std::string all;
  for (auto& identifier : resource.items("identifier"))
    all.append(all.empty() ? "" : ", ").append(identifier.text("system")).append("|").append(identifier.text("value"));
  return all.empty() ? "no identifier" : all;
}

std::string wanted(const ResourceKey& key, const Search& search, const mapping::Options& options) {
  if (search.by == Search::By::Name && search.aliens.empty())
    return mapping::endpoint_name(options);
  return key.identifier.system + "|" + key.identifier.value;
}

Failure several(const Finding& finding, const Search& search) {
  std::string names;
  for (auto& resource : finding.ours)
    names += (names.empty() ? "" : ", ") + reference(resource);
  return failure_of(Obstacle::SeveralMatches, search.operation, "more than one match: " + names,
                    "merge or delete the surplus ones");
}

Failure others_match(const Loose& loose, const ResourceKey& key, const Search& search,
                     const mapping::Options& options) {
  return failure_of(Obstacle::OthersMatch, search.operation,
                    "wanted " + wanted(key, search, options) + ", but the service matches it to " +
                        reference(*loose[0]) + " (" + described(*loose[0], search) + "), which is another",
                    "the service compares identifiers loosely; give one of the two another identifier");
}

/// An Endpoint of profile R4 is found by its identifier or else by name, and created by its identifier: what the name
/// alone finds loosely is not in its way.
bool is_in_the_way(const Search& search, const mapping::Options& options) {
  return search.keys.front().kind != ResourceKind::Endpoint || search.by != Search::By::Name ||
         options.profile == mapping::Profile::Original;
}

void check(Finding& finding, const ResourceKey& key, const Search& search, const mapping::Options& options,
           Loose loose) {
  for (auto& resource : finding.ours)
    if (!has_version(resource)) {
      finding.failure = failure_of({io::ErrorCode::BadResource,
                                    search.operation,
                                    0,
                                    reference(resource) + " has no id or no meta.versionId",
                                    {},
                                    {}});
      return;
    }
  if (is_list(key.kind))
    return;
  if (finding.ours.size() > 1) {
    finding.failure = several(finding, search);
  } else if (finding.ours.size() == 1 && key.kind == ResourceKind::Endpoint &&
             finding.ours[0].text("address") != options.endpoint_address) {
    finding.failure =
        failure_of(Obstacle::WrongEndpoint, search.operation,
                   reference(finding.ours[0]) + " has address " + std::string(finding.ours[0].text("address")) +
                       ", expected " + options.endpoint_address);
  } else if (finding.ours.empty()) {
    if (!is_in_the_way(search, options))
      loose.clear();
    for (auto& alien : search.aliens)
      loose.push_back(&alien);
    if (!loose.empty())
      finding.failure = others_match(loose, key, search, options);
    for (auto* other : loose)
      finding.others.push_back(reference(*other));
  }
}

} // namespace

void Search::begin_anew(std::uint64_t commits_so_far) {
  found.clear();
  links.clear();
  total.reset();
  pages = 0;
  commits = commits_so_far;
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
    if (keys.size() > 1 || is_list(keys.front().kind))
      search.path += large_pages;
    search.operation = "GET " + type + "?identifier=...";
  }
  search.keys = std::move(keys);
  return search;
}

Search make_last_resort(ResourceKey key, Search::By by, const mapping::Options& options) {
  auto search = make_search({std::move(key)}, by, options);
  if (!search.path.ends_with(large_pages))
    search.path += large_pages;
  search.is_last_resort = true;
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
  std::vector<Loose> loose(search.keys.size());
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
    bool none = findings[k].ours.empty();
    if (is_unclear && none)
      findings[k].ask_again = true;
    else if (none && search.keys[k].kind == ResourceKind::Endpoint && search.by == Search::By::Identifier)
      findings[k].by_name = true;
    else
      check(findings[k], search.keys[k], search, options, std::move(loose[k]));
  }
  return findings;
}

} // namespace dicomcast::actors
