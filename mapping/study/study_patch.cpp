// What was added to a study, as JSON Patch (RFC 6902).
#include "mapping/study/study_patch.hpp"

#include "mapping/json/edit.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

class Patch {
public:
  void operation(const char* op, std::string_view path, std::string_view value) {
    text_ += text_.empty() ? "[" : ",";
    text_.append("{\"op\":\"").append(op).append("\",\"path\":");
    Json::write_string(path, text_);
    if (!value.empty())
      text_.append(",\"value\":").append(value);
    text_ += '}';
  }
  std::string text() { return text_.empty() ? "[]" : text_ + "]"; }

private:
  std::string text_;
};

/// RFC 6901 section 3.
std::string pointer(const std::string& parent, std::string_view name) {
  std::string path = parent + "/";
  for (char c : name)
    path += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return path;
}

/// The members of an object without its list, which is compared separately.
void change_members(const Json& before, const Json& after, std::string_view list, const std::string& path,
                    Patch& patch) {
  for (auto& [name, value] : *after.if_object()) {
    if (name == list)
      continue;
    auto at = pointer(path, name);
    auto* old = before.find(name);
    auto* old_array = old ? old->if_array() : nullptr;
    auto* array = value.if_array();
    if (!old) {
      patch.operation("add", at, value.to_text());
    } else if (old_array && array && old_array->size() < array->size() &&
               std::equal(old_array->begin(), old_array->end(), array->begin())) {
      for (auto added = old_array->size(); added < array->size(); ++added)
        patch.operation("add", at + "/-", (*array)[added].to_text());
    } else if (!(*old == value)) {
      patch.operation("replace", at, value.to_text());
    }
  }
  for (auto& [name, value] : *before.if_object())
    if (name != list && !after.find(name))
      patch.operation("remove", pointer(path, name), "");
}

} // namespace

StudyBaseline::StudyBaseline(ImagingStudy& study)
    : members_(study.members()), rewrites_(study.rewrites()), removals_(study.removals()) {
  for (auto& series : std::as_const(study).series())
    series_.emplace_back(series.members, series.instances.size());
  study.keep_former_texts();
}

bool StudyBaseline::is_same(ImagingStudy& study) const {
  if (study.removals() != removals_ || study.series().size() != series_.size())
    return false;
  auto before = series_.begin();
  for (auto& series : study.series()) {
    auto& [members, instances] = *before++;
    if (series.instances.size() != instances || !same_value(series.members, members))
      return false;
  }
  return same_value(study.members(), members_) && study.has_former_texts();
}

std::optional<std::string> StudyBaseline::patch_to(const ImagingStudy& study) const {
  if (study.rewrites() != rewrites_)
    return std::nullopt;
  Patch patch;
  change_members(members_, study.members(), "series", "", patch);
  std::size_t number = 0;
  std::string first_series; // a list that was not there is added whole
  for (auto& series : study.series()) {
    if (number >= series_.size()) {
      std::string text;
      ImagingStudy::write_series(series, text);
      if (series_.empty())
        first_series += (first_series.empty() ? "[" : ",") + text;
      else
        patch.operation("add", "/series/-", text);
      ++number;
      continue;
    }
    auto& [members, instances] = series_[number];
    auto path = "/series/" + std::to_string(number++);
    change_members(members, series.members, "instance", path, patch);
    if (series.instances.size() == instances)
      continue;
    std::size_t at = 0;
    std::string first_instances;
    for (auto& instance : series.instances)
      if (at++ >= instances) {
        if (instances == 0)
          first_instances += (first_instances.empty() ? "[" : ",") + instance.text;
        else
          patch.operation("add", path + "/instance/-", instance.text);
      }
    if (!first_instances.empty())
      patch.operation("add", path + "/instance", first_instances + "]");
  }
  if (!first_series.empty())
    patch.operation("add", "/series", first_series + "]");
  return patch.text();
}

} // namespace dicomcast::mapping
