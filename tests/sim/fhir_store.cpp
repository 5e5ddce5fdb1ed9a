// Its resources, with an index by identifier.
#include "tests/sim/fhir_store.hpp"

#include "tests/sim/generator.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

namespace dicomcast::sim {

namespace {

std::string uuid_of(std::uint64_t seed, std::uint64_t number) {
  static constexpr char hex[] = "0123456789abcdef";
  std::array<std::uint64_t, 2> bits{scatter(seed, number, 1), scatter(seed, number, 2)};
  std::string out;
  for (unsigned digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20)
      out += '-';
    auto nibble = bits[digit / 16] >> (digit % 16 * 4) & 15;
    out += hex[digit == 12 ? 4 : (digit == 16 ? 8 + nibble % 4 : nibble)];
  }
  return out;
}

std::string now() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  auto text = format_timestamp(milliseconds * 10'000); // ...T10:00:00.1230000Z
  return text.erase(text.size() - 5, 4);
}

bool equal_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char left, unsigned char right) { return std::tolower(left) == std::tolower(right); });
}

bool name_matches(NameMatch how, const std::string& name, const std::string& wanted) {
  if (how == NameMatch::Exact)
    return name == wanted;
  auto at = lower_case(name).find(lower_case(wanted));
  return how == NameMatch::Prefix ? at == 0 : at != std::string::npos;
}

bool token_matches(const Token& token, const SearchQuery::Wanted& wanted, bool any_case) {
  if (wanted.system && *wanted.system != token.system)
    return false;
  return wanted.value.empty() || wanted.value == token.value || (any_case && equal_any_case(wanted.value, token.value));
}

bool any_matches(const std::vector<Token>& tokens, const std::vector<SearchQuery::Wanted>& wanted, bool any_case) {
  for (const auto& token : tokens)
    for (const auto& one : wanted)
      if (token_matches(token, one, any_case))
        return true;
  return false;
}

} // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

Resource* FhirStore::find(std::string_view type, std::string_view id) {
  auto found = by_key_.find(std::string(type).append("/").append(id));
  return found == by_key_.end() ? nullptr : found->second.get();
}

const Resource* FhirStore::find(std::string_view type, std::string_view id) const {
  return const_cast<FhirStore*>(this)->find(type, id);
}

bool FhirStore::was_deleted(std::string_view type, std::string_view id) const {
  return deleted_.count(std::string(type).append("/").append(id)) > 0;
}

bool FhirStore::matches(const Resource& resource, const SearchQuery& query) const {
  if (query.identifiers && !any_matches(resource.identifiers, *query.identifiers, options_.loose_identifiers))
    return false;
  if (query.connection_types && !any_matches(resource.connection_types, *query.connection_types, false))
    return false;
  auto any = [](const auto& list, auto predicate) { return std::any_of(list.begin(), list.end(), predicate); };
  if (query.names && !any(*query.names, [&](auto& one) { return name_matches(options_.names, resource.name, one); }))
    return false;
  if (query.ids && !any(*query.ids, [&](auto& one) { return one == resource.id; }))
    return false;
  if (query.references) {
    auto text = resource.text();
    if (!any(*query.references, [&](auto& one) { return text.find("\"" + one + "\"") != std::string::npos; }))
      return false;
  }
  return true;
}

std::vector<Resource*> FhirStore::search(const SearchQuery& query) {
  std::vector<Resource*> out;
  auto type = types_.find(query.type);
  if (type == types_.end())
    return out;
  const auto& index = type->second.by_identifier;
  auto has_value = [](const SearchQuery::Wanted& one) { return !one.value.empty(); };
  if (query.identifiers && std::all_of(query.identifiers->begin(), query.identifiers->end(), has_value)) {
    for (const auto& wanted : *query.identifiers)
      if (auto found = index.find(lower_case(wanted.value)); found != index.end())
        for (auto* candidate : found->second)
          if (matches(*candidate, query))
            out.push_back(candidate);
    std::sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->order < b->order; });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  for (const auto& [order, candidate] : type->second.all)
    if (matches(*candidate, query))
      out.push_back(candidate);
  return out;
}

std::string FhirStore::new_id() {
  ++last_id_;
  return options_.uuid_ids ? uuid_of(1, static_cast<std::uint64_t>(last_id_)) : std::to_string(last_id_);
}

Resource& FhirStore::put(ResourceParts parts) {
  auto key = parts.type + "/" + parts.id;
  auto& place = by_key_[key];
  if (place) {
    reindex(*place, std::move(parts));
  } else {
    deleted_.erase(key);
    place = std::make_unique<Resource>();
    static_cast<ResourceParts&>(*place) = std::move(parts);
    place->order = ++last_order_;
    index(*place);
  }
  touch(*place);
  return *place;
}

void FhirStore::touch(Resource& resource) {
  ++resource.versions;
  resource.version = options_.uuid_versions ? uuid_of(2, static_cast<std::uint64_t>(++last_version_))
                                            : std::to_string(resource.versions);
  resource.last_updated = now();
  if (resource.document) {
    auto& meta = (*resource.document)["meta"];
    meta.set("versionId", resource.version);
    meta.set("lastUpdated", resource.last_updated);
  }
}

void FhirStore::reindex(Resource& resource, ResourceParts parts) {
  unindex(resource);
  static_cast<ResourceParts&>(resource) = std::move(parts);
  resource.document.reset();
  index(resource);
}

void FhirStore::remove(Resource& resource) {
  auto key = resource.key();
  unindex(resource);
  deleted_.insert(key);
  by_key_.erase(key);
}

void FhirStore::index(Resource& resource) {
  auto& type = types_[resource.type];
  type.all[resource.order] = &resource;
  for (const auto& identifier : resource.identifiers) {
    auto& list = type.by_identifier[lower_case(identifier.value)];
    if (std::find(list.begin(), list.end(), &resource) == list.end())
      list.push_back(&resource);
  }
}

void FhirStore::unindex(Resource& resource) {
  auto& type = types_[resource.type];
  type.all.erase(resource.order);
  for (const auto& identifier : resource.identifiers) {
    auto found = type.by_identifier.find(lower_case(identifier.value));
    if (found == type.by_identifier.end())
      continue;
    std::erase(found->second, &resource);
    if (found->second.empty())
      type.by_identifier.erase(found);
  }
}

void FhirStore::for_each(const std::function<void(const Resource&)>& visit) const {
  for (const auto& [name, type] : types_)
    for (const auto& [order, resource] : type.all)
      visit(*resource);
}

} // namespace dicomcast::sim
