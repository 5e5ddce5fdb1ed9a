// Transactions: all of it or nothing.
#include "tests/sim/fhir_transaction.hpp"

#include "tests/sim/target.hpp"

#include <map>
#include <set>

namespace dicomcast::sim {

namespace {

/// A Bundle's operation with what was found out about it before anything is written.
struct Planned {
  Operation operation;
  Resource* resource = nullptr; ///< that is there already
  std::string id;
  std::optional<ResourceParts> parts; ///< of what is to be written
};

[[noreturn]] void refuse(int status, std::string code, std::string text) {
  throw Refusal{status, std::move(code), std::move(text)};
}

void check_version(const Operation& operation, const Resource& resource) {
  if (!operation.if_match)
    return;
  auto version = parse_weak_etag(*operation.if_match);
  if (!version || *version != resource.version)
    refuse(412, "conflict",
           operation.type + "/" + operation.id + " is at version " + resource.version + ", not " + *operation.if_match);
}

Planned plan(FhirStore& store, Operation operation) {
  Planned planned;
  if (operation.method == "POST") {
    if (operation.if_none_exist) {
      std::string error;
      auto query = read_search_query(operation.type, parse_query(*operation.if_none_exist), error);
      if (!query)
        refuse(400, "invalid", "ifNoneExist: " + error);
      auto found = store.search(*query);
      if (found.size() > 1)
        refuse(412, "multiple-matches",
               std::to_string(found.size()) + " resources match " + operation.type + "?" + *operation.if_none_exist);
      if (!found.empty())
        planned.resource = found.front();
    }
    planned.id = planned.resource ? planned.resource->id : store.new_id();
  } else {
    planned.resource = store.find(operation.type, operation.id);
    if (!planned.resource)
      refuse(404, "not-found", operation.type + "/" + operation.id + " is not there");
    check_version(operation, *planned.resource);
    planned.id = operation.id;
  }
  if (operation.method == "PUT" || (operation.method == "POST" && !planned.resource)) {
    planned.parts = split_resource(operation.resource);
    if (!planned.parts)
      refuse(400, "structure", "a resource is malformed");
    planned.parts->type = operation.type;
    planned.parts->id = planned.id;
  }
  planned.operation = std::move(operation);
  return planned;
}

/// Puts `Type/id` where a fullUrl of the Bundle is referred to.
void resolve(std::string& text, const std::map<std::string, std::string, std::less<>>& targets) {
  // Updates have absolute URLs; a Bundle of them alone need not be searched, which takes time in large studies.
  auto urn = targets.lower_bound("urn:uuid:");
  if (urn == targets.end() || !urn->first.starts_with("urn:uuid:"))
    return;
  auto at = text.find("\"urn:uuid:");
  if (at == std::string::npos)
    return;
  std::string out;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find("\"urn:uuid:", at + 1)) {
    auto end = text.find('"', at + 1);
    auto found = targets.find(std::string_view(text).substr(at + 1, end - at - 1));
    if (found == targets.end())
      continue;
    out.append(text, from, at + 1 - from).append(found->second);
    from = end;
  }
  text = std::move(out.append(text, from));
}

void check_references(const FhirStore& store, const std::vector<Planned>& all,
                      const std::map<std::string, std::string, std::less<>>& targets) {
  std::set<std::string> removed;
  for (const auto& planned : all)
    if (planned.operation.method == "DELETE")
      removed.insert(planned.operation.type + "/" + planned.id);
  for (const auto& planned : all) {
    for (const auto& reference : planned.operation.references) {
      if (reference.starts_with("urn:uuid:") && !targets.count(reference))
        refuse(400, "invalid", "the reference '" + reference + "' leads to nothing in the Bundle");
      auto slash = reference.find('/');
      bool relative = slash != std::string::npos && slash > 0 && reference.find(':') == std::string::npos;
      if (relative &&
          (removed.count(reference) || !store.find(reference.substr(0, slash), reference.substr(slash + 1))))
        refuse(400, "not-found", "the reference '" + reference + "' leads to nothing");
    }
  }
}

/// FHIR R4, http.html#trules: the resources of deletes and those of creates must not overlap.
void check_deletions(const std::vector<Planned>& all) {
  std::set<const Resource*> deleted;
  for (const auto& planned : all)
    if (planned.operation.method == "DELETE")
      deleted.insert(planned.resource);
  for (const auto& planned : all)
    if (planned.operation.method == "POST" && deleted.count(planned.resource))
      refuse(400, "invalid",
             "a create meets " + planned.operation.type + "/" + planned.id + ", which the Bundle deletes");
}

/// Patches the resource's document, which is kept from then on instead of its text.
void patch(FhirStore& store, const Operation& operation, Resource& resource) {
  if (!resource.document) {
    auto document = mapping::Json::parse(resource.text());
    if (!document)
      refuse(500, "exception", "what is stored is malformed");
    resource.document = std::make_unique<mapping::Json>(std::move(*document));
  }
  if (auto error = apply_json_patch(*resource.document, operation.resource); !error.empty())
    refuse(422, "processing", "JSON Patch of " + resource.key() + ": " + error);
  for (auto indexed : {"\"/identifier", "\"/name", "\"/connectionType", "\"/meta", "\"/id"})
    if (operation.resource.find(indexed) != std::string::npos)
      if (auto parts = split_resource(resource.text())) {
        parts->type = resource.type;
        parts->id = resource.id;
        return store.reindex(resource, std::move(*parts));
      }
}

} // namespace

std::optional<std::string> parse_weak_etag(std::string_view text) {
  if (!text.starts_with("W/\"") || !text.ends_with('"') || text.size() < 5)
    return std::nullopt;
  return std::string(text.substr(3, text.size() - 4));
}

std::optional<std::string> decode_base64(std::string_view text) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0)
    return std::nullopt;
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (char c : text) {
    auto value = alphabet.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    if ((count += 6) >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

std::variant<std::vector<Done>, Refusal> apply(FhirStore& store, std::vector<Operation> operations, bool strict) {
  try {
    std::vector<Planned> all;
    std::map<std::string, std::string, std::less<>> targets;
    for (auto& operation : operations) {
      auto planned = plan(store, std::move(operation));
      if (!planned.operation.full_url.empty())
        targets[planned.operation.full_url] = planned.operation.type + "/" + planned.id;
      all.push_back(std::move(planned));
    }
    check_deletions(all);
    if (strict)
      check_references(store, all, targets);
    // Patches can still fail: they go first, on copies where there are several.
    std::size_t patches = 0;
    for (const auto& planned : all)
      patches += planned.operation.method == "PATCH";
    std::vector<std::pair<Resource*, mapping::Json>> before;
    try {
      for (auto& planned : all)
        if (planned.operation.method == "PATCH") {
          if (patches > 1)
            before.emplace_back(planned.resource, *mapping::Json::parse(planned.resource->text()));
          patch(store, planned.operation, *planned.resource);
        }
    } catch (const Refusal&) {
      for (auto one = before.rbegin(); one != before.rend(); ++one) {
        auto parts = split_resource(one->second.to_text());
        store.reindex(*one->first, std::move(*parts));
      }
      throw;
    }
    std::vector<Done> done;
    for (auto& planned : all) {
      const auto& method = planned.operation.method;
      auto* resource = planned.resource;
      Done one{200, planned.operation.type, planned.id, "", ""};
      if (method == "DELETE") {
        store.remove(*resource);
        one.status = 204;
      } else if (method == "PATCH") {
        store.touch(*resource);
      } else if (planned.parts) {
        one.status = resource ? 200 : 201;
        resolve(planned.parts->rest, targets);
        resource = &store.put(std::move(*planned.parts));
      }
      if (method != "DELETE") {
        one.version = resource->version;
        one.last_updated = resource->last_updated;
      }
      done.push_back(std::move(one));
    }
    return done;
  } catch (const Refusal& refusal) {
    return refusal;
  }
}

} // namespace dicomcast::sim
