// Finds values by tag, in upper or lower case.
#include "mapping/code/sequence.hpp"

#include "conf/text.hpp"
#include "mapping/validity.hpp"

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

const Json::Array& sequence_items(const Json& dataset, std::string_view tag) {
  static const Json::Array none;
  auto* attribute = dataset.find(tag);
  if (!attribute && tag.find_first_of("ABCDEF") != tag.npos) // some services write tags in lower case
    attribute = dataset.find(text::lower_case(tag));
  return attribute ? attribute->items("Value") : none;
}

} // namespace dicomcast::mapping
