// What a strict FHIR service refuses in a resource.
#include "tests/sim/fhir_checks.hpp"

#include <map>
#include <string_view>
#include <unordered_set>

namespace dicomcast::sim {

namespace {

namespace dom = simdjson::dom;

class Walk {
public:
  explicit Walk(Checked& out) : out_(out) {}

  void value(const dom::element& element, const std::string& path) {
    if (!out_.error.empty())
      return;
    switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      return fail(path, "is null");
    case dom::element_type::STRING:
      if (element.get_string().value_unsafe().empty())
        fail(path, "is an empty string");
      return;
    case dom::element_type::ARRAY: {
      dom::array array = element.get_array().value_unsafe();
      if (array.begin() == array.end())
        return fail(path, "is an empty array");
      for (auto one : array)
        value(one, path);
      return;
    }
    case dom::element_type::OBJECT:
      return object(element.get_object().value_unsafe(), path);
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
    case dom::element_type::BOOL:
      return;
    }
  }

private:
  void object(const dom::object& object, const std::string& path) {
    if (object.begin() == object.end())
      return fail(path, "is an empty object");
    for (auto [key, member] : object) {
      bool composite = member.is_array() || member.is_object();
      value(member, composite || member.is_null() ? path + "." + std::string(key) : path);
      if (key == "reference" && member.is_string())
        out_.references.emplace_back(member.get_string().value_unsafe());
    }
  }

  void fail(const std::string& path, const char* what) {
    if (out_.error.empty())
      out_.error = path + " " + what;
  }
  Checked& out_;
};

std::string_view text_at(const dom::element& element, std::string_view pointer) {
  std::string_view text;
  return element.at_pointer(pointer).get_string().get(text) ? std::string_view() : text;
}

const std::map<std::string_view, std::vector<std::string_view>>& required() {
  static const std::map<std::string_view, std::vector<std::string_view>> table{
      {"Patient", {}},
      {"Endpoint", {"/status", "/connectionType/system", "/connectionType/code", "/address"}},
      {"ImagingStudy", {"/status", "/subject/reference"}},
      {"Observation", {"/status"}},
  };
  return table;
}

std::string check_series(const dom::element& study) {
  dom::array series;
  if (study["series"].get_array().get(series))
    return study["series"].error() == simdjson::NO_SUCH_FIELD ? "" : "ImagingStudy.series is no array";
  std::unordered_set<std::string_view> series_uids;
  for (auto one : series) {
    auto uid = text_at(one, "/uid");
    if (uid.empty() || text_at(one, "/modality/code").empty())
      return "ImagingStudy.series has no uid or no modality";
    if (!series_uids.insert(uid).second)
      return "ImagingStudy.series holds " + std::string(uid) + " twice";
    dom::array instances;
    if (one["instance"].get_array().get(instances))
      continue;
    std::unordered_set<std::string_view> uids;
    for (auto instance : instances) {
      auto instance_uid = text_at(instance, "/uid");
      if (instance_uid.empty() || text_at(instance, "/sopClass/code").empty())
        return "ImagingStudy.series.instance has no uid or no sopClass";
      if (!uids.insert(instance_uid).second)
        return "ImagingStudy.series.instance holds " + std::string(instance_uid) + " twice";
    }
  }
  return "";
}

} // namespace

Checked check_resource(const dom::element& resource) {
  Checked out;
  auto type = std::string(text_at(resource, "/resourceType"));
  if (type.empty()) {
    out.error = "a resource has no resourceType";
    return out;
  }
  Walk(out).value(resource, type);
  if (!out.error.empty())
    return out;
  if (auto known = required().find(type); known != required().end())
    for (auto pointer : known->second)
      if (text_at(resource, pointer).empty()) {
        out.error = type + " lacks " + std::string(pointer);
        return out;
      }
  if (type == "Endpoint" && resource["payloadType"].error())
    out.error = "Endpoint lacks payloadType";
  if (type == "Observation" && resource["code"].error())
    out.error = "Observation lacks code";
  if (type == "ImagingStudy")
    out.error = check_series(resource);
  return out;
}

} // namespace dicomcast::sim
