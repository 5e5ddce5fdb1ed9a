// The content of a FHIR service in a form that two runs can be compared by.
#include "tests/sim/normalised_state.hpp"

#include <algorithm>

namespace dicomcast::sim {

using mapping::Json;

namespace {

std::string label_of(const Resource& resource) {
  if (!resource.identifiers.empty())
    return resource.type + "?" + resource.identifiers.front().system + "|" + resource.identifiers.front().value;
  return resource.type + "?" + (resource.name.empty() ? "(unidentified)" : resource.name);
}

class Normaliser {
public:
  explicit Normaliser(const FhirStore& store) : store_(store) {}

  std::string operator()(const Resource& resource) const {
    auto json = Json::parse(resource.text());
    json->erase("id");
    if (auto* meta = json->find("meta")) {
      meta->erase("versionId");
      meta->erase("lastUpdated");
      if (meta->if_object() && meta->if_object()->empty())
        json->erase("meta");
    }
    arrange(*json);
    return json->to_text();
  }

private:
  void arrange(Json& json) const {
    if (auto* array = json.if_array())
      for (auto& element : *array)
        arrange(element);
    auto* object = json.if_object();
    if (!object)
      return;
    std::sort(object->begin(), object->end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [name, value] : *object)
      if (const auto* text = value.if_string(); text && name == "reference")
        value = reference(*text);
      else
        arrange(value);
  }

  Json reference(const std::string& text) const {
    auto slash = text.find('/');
    if (slash == std::string::npos)
      return text;
    const auto* target = store_.find(text.substr(0, slash), text.substr(slash + 1));
    return target ? label_of(*target) : text;
  }

  const FhirStore& store_;
};

} // namespace

std::string normalised_state(const FhirStore& store) {
  std::vector<std::string> lines;
  Normaliser normalise(store);
  store.for_each([&](const Resource& resource) { lines.push_back(normalise(resource)); });
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines)
    out.append(line).append("\n");
  return out;
}

std::string state_hash(const FhirStore& store) {
  Normaliser normalise(store);
  std::uint64_t sum = 0;
  store.for_each([&](const Resource& resource) {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (unsigned char byte : normalise(resource))
      hash = (hash ^ byte) * 0x100000001b3;
    sum += hash;
  });
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = std::to_string(store.size()) + "-";
  for (int shift = 60; shift >= 0; shift -= 4)
    out += hex[sum >> shift & 15];
  return out;
}

} // namespace dicomcast::sim
