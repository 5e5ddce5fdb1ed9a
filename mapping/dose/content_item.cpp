// Reading items of a content tree (PS3.3 section C.17.3).
#include "mapping/dose/content_item.hpp"

#include "conf/text.hpp"
#include "mapping/validity.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dicomcast::mapping {

SingleValue single_value(const Json& dataset, std::string_view tag) {
  auto& values = sequence_items(dataset, tag);
  if (values.empty() || (values.size() == 1 && values.front().is_null()))
    return {};
  if (values.size() > 1)
    return {{}, true};
  if (auto* text = values.front().if_string())
    return {std::string(without_padding(*text)), false};
  if (auto* number = values.front().if_number())
    return {number->token, false};
  return {{}, true};
}

std::string_view code_system(std::string_view designator) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> systems{{
      {"DCM", dcm_system},
      {"SCT", snomed_system},
      {"SRT", snomed_system},
      {"LN", loinc_system},
      {"UCUM", ucum_system},
  }};
  for (auto& [name, system] : systems)
    if (name == designator)
      return system;
  return {};
}

const Json::Array& sequence_items(const Json& dataset, std::string_view tag) {
  static const Json::Array none;
  auto* attribute = dataset.find(tag);
  if (!attribute) { // some services write tags in lower case
    auto lower = text::lower_case(tag);
    attribute = lower == tag ? nullptr : dataset.find(lower);
  }
  return attribute ? attribute->items("Value") : none;
}

std::optional<Code> first_code(const Json& dataset, std::string_view tag) {
  auto& codes = sequence_items(dataset, tag);
  if (codes.empty())
    return std::nullopt;
  for (auto value_tag : {"00080100", "00080119", "00080120"})
    if (auto value = single_value(codes.front(), value_tag).text; !value.empty())
      return Code{std::move(value), code_system(single_value(codes.front(), "00080102").text),
                  single_value(codes.front(), "00080104").text};
  return std::nullopt;
}

const Json::Array& child_items(const Json& item) {
  return sequence_items(item, "0040A730");
}

bool visit_below(const Json& item, const std::function<bool(const Json&)>& visit) {
  for (auto& child : child_items(item))
    if (visit(child) || visit_below(child, visit))
      return true;
  return false;
}

} // namespace dicomcast::mapping
