// The resources of the simulated FHIR service. A resource's text is kept as the client wrote it, so that decimals and
// unknown members come back to the letter; only id, versions and times are the store's own.
#pragma once

#include "mapping/json/json.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dicomcast::sim {

struct Token {
  std::string system, value;
  bool operator==(const Token&) const = default;
};

/// What a search goes by, and the text around it.
struct ResourceParts {
  std::string type, id;
  std::string meta; ///< JSON members of meta but versionId and lastUpdated, without braces
  std::string rest; ///< JSON members but resourceType, id and meta, without braces
  std::vector<Token> identifiers;
  std::string name;                    ///< of an Endpoint
  std::vector<Token> connection_types; ///< of an Endpoint
};
/// Nothing if the text is no JSON object with a resourceType.
std::optional<ResourceParts> split_resource(std::string_view json);

struct Resource : ResourceParts {
  std::int64_t order = 0;    ///< of creation
  std::int64_t versions = 0; ///< so many times written
  std::string version, last_updated;
  /// Held instead of `rest` while a resource is patched again and again; `rest` is stale then.
  std::unique_ptr<mapping::Json> document;

  std::string key() const { return type + "/" + id; }
  void append_text(std::string& out) const; ///< the whole resource
  std::string text() const;
};

/// How an Endpoint's name is compared.
enum class NameMatch { Exact, Prefix, Substring }; ///< the latter two in any case, as FHIR servers do

struct StoreOptions {
  bool loose_identifiers = false; ///< token values match in any case
  NameMatch names = NameMatch::Exact;
  bool uuid_versions = false; ///< versions are UUIDs instead of integers
  bool uuid_ids = false;
};

/// A search, read from its parameters.
struct SearchQuery {
  struct Wanted {
    std::optional<std::string> system; ///< nothing: of any system; empty: without system
    std::string value;                 ///< empty: any of that system
  };
  std::string type;
  std::optional<std::vector<Wanted>> identifiers, connection_types;
  std::optional<std::vector<std::string>> names, ids, references; ///< references: of `subject`, `patient`, `part-of`
  std::optional<std::int64_t> count;
  std::int64_t offset = 0;
};
/// Reads the parameters; sets `error` where one is unknown or malformed.
std::optional<SearchQuery> read_search_query(std::string_view type,
                                             const std::vector<std::pair<std::string, std::string>>& parameters,
                                             std::string& error);

/// Not thread-safe: its service holds its lock.
class FhirStore {
public:
  explicit FhirStore(StoreOptions options) : options_(options) {}

  Resource* find(std::string_view type, std::string_view id);
  const Resource* find(std::string_view type, std::string_view id) const;
  bool was_deleted(std::string_view type, std::string_view id) const;
  /// All that match, in order of creation, whatever count and offset say.
  std::vector<Resource*> search(const SearchQuery& query);

  std::string new_id();
  /// Makes the resource, or a new version of it where it is there.
  Resource& put(ResourceParts parts);
  /// A new version with the contents that it has.
  void touch(Resource& resource);
  /// To be called when identifiers or names may have changed by other ways than put.
  void reindex(Resource& resource, ResourceParts parts);
  void remove(Resource& resource);

  /// By type, then in order of creation.
  void for_each(const std::function<void(const Resource&)>& visit) const;
  std::size_t size() const { return by_key_.size(); }

private:
  struct Type {
    std::map<std::int64_t, Resource*> all;                                 ///< by order of creation
    std::unordered_map<std::string, std::vector<Resource*>> by_identifier; ///< by value in lower case
  };
  bool matches(const Resource& resource, const SearchQuery& query) const;
  void index(Resource& resource);
  void unindex(Resource& resource);

  StoreOptions options_;
  std::unordered_map<std::string, std::unique_ptr<Resource>> by_key_;
  std::map<std::string, Type, std::less<>> types_;
  std::unordered_set<std::string> deleted_;
  std::int64_t last_id_ = 0, last_order_ = 0, last_version_ = 0;
};

std::string lower_case(std::string_view text);

} // namespace dicomcast::sim
