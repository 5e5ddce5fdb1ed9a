// Somebody else who writes into the FHIR service.
#include "tests/sim/external_writer.hpp"

#include "tests/sim/target.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace dicomcast::sim {

using mapping::Json;
using How = ExternalWriteRule::How;

namespace {

std::string other_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    auto byte = static_cast<unsigned char>(c);
    c = static_cast<char>(std::isupper(byte) ? std::tolower(byte) : std::toupper(byte));
  }
  return out;
}

bool creates(How how) {
  return how == How::Create || how == How::CreateTwin;
}

/// The operations that this one refers to, itself last.
void collect(const std::vector<Operation>& all, const Operation& one, std::vector<Operation>& out) {
  for (const auto& other : all)
    if (&other != &one && !other.full_url.empty() &&
        one.resource.find("\"" + other.full_url + "\"") != std::string::npos)
      collect(all, other, out);
  bool there = std::any_of(out.begin(), out.end(), [&](const auto& done) { return done.full_url == one.full_url; });
  if (!there)
    out.push_back(one);
}

void make_twin(Operation& operation) {
  auto json = Json::parse(operation.resource);
  if (!json)
    return;
  auto* identifiers = json->find("identifier");
  if (auto* list = identifiers ? identifiers->if_array() : nullptr)
    for (auto& identifier : *list)
      identifier.set("value", other_case(identifier.text("value")));
  if (operation.type == "Endpoint") {
    json->set("name", std::string(json->text("name")) + "/other");
    json->set("address", std::string(json->text("address")) + "/other");
  }
  operation.resource = json->to_text();
  operation.if_none_exist.reset();
}

bool write(FhirStore& store, How how, const std::vector<Operation>& operations, const Operation& operation) {
  if (creates(how)) {
    std::vector<Operation> needed;
    collect(operations, operation, needed);
    if (how == How::CreateTwin)
      make_twin(needed.back());
    return std::holds_alternative<std::vector<Done>>(apply(store, std::move(needed), false));
  }
  auto* resource = store.find(operation.type, operation.id);
  if (!resource)
    return false;
  if (how == How::Delete)
    store.remove(*resource);
  else if (how == How::Touch)
    store.touch(*resource);
  else
    extend(store, *resource);
  return true;
}

} // namespace

ExternalWriteRule read_external_write_rule(const Json& json) {
  static constexpr std::array<std::pair<std::string_view, How>, 5> hows{{{"create", How::Create},
                                                                         {"create_twin", How::CreateTwin},
                                                                         {"touch", How::Touch},
                                                                         {"extend", How::Extend},
                                                                         {"delete", How::Delete}}};
  ExternalWriteRule rule;
  auto how = std::find_if(hows.begin(), hows.end(), [&](const auto& one) { return one.first == json.text("how"); });
  if (how == hows.end())
    throw std::invalid_argument("an external write's 'how' is none of create, create_twin, touch, extend, delete");
  rule.how = how->second;
  rule.type = json.text("type");
  auto whole = [&](std::string_view name, std::int64_t& into) {
    const auto* value = json.find(name);
    if (const auto* number = value ? value->if_number() : nullptr)
      into = to_number(number->token).value_or(into);
  };
  whole("skip", rule.skip);
  whole("every", rule.every);
  whole("times", rule.times);
  rule.every = std::max<std::int64_t>(rule.every, 1);
  return rule;
}

void extend(FhirStore& store, Resource& resource) {
  auto json = Json::parse(resource.text());
  Json extension = Json::object();
  extension.set("url", "urn:oid:2.25.1338.1");
  extension.set("valueDecimal", Json::Number{"1.10"});
  json->array_at("extension").push_back(std::move(extension));
  auto parts = split_resource(json->to_text());
  store.reindex(resource, std::move(*parts));
  store.touch(resource);
}

int ExternalWriter::before(FhirStore& store, const std::vector<Operation>& operations) {
  int written = 0;
  for (auto& counted : rules_)
    for (const auto& operation : operations) {
      const auto& rule = counted.rule;
      bool fits =
          creates(rule.how) ? operation.method == "POST" && operation.if_none_exist : operation.method != "POST";
      if (!fits || (!rule.type.empty() && rule.type != operation.type) ||
          (rule.times >= 0 && counted.done >= rule.times))
        continue;
      auto place = counted.matched++ - rule.skip;
      if (place < 0 || place % rule.every != 0)
        continue;
      if (write(store, rule.how, operations, operation)) {
        ++counted.done;
        ++written;
      }
    }
  return written;
}

} // namespace dicomcast::sim
