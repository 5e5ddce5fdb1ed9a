// Datasets of real DICOM files, from tests/data/dicom.
#include "tests/mapping/dicom_files.hpp"

#include "mapping/feed/dataset.hpp"
#include "mapping/tags.hpp"

#include <algorithm>
#include <set>

namespace dicomcast::mapping::test {

namespace {

/// A character U+0080 to U+00FF for each byte above 7F, and back.
std::string characters_of(std::string_view bytes) {
  std::string out;
  for (char c : bytes)
    if (auto byte = static_cast<unsigned char>(c); byte < 0x80)
      out += c;
    else
      out.append({static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))});
  return out;
}

std::string bytes_of(std::string_view characters) {
  std::string out;
  for (std::size_t at = 0; at < characters.size(); ++at)
    if (auto byte = static_cast<unsigned char>(characters[at]); byte < 0x80)
      out += characters[at];
    else
      out += static_cast<char>(byte << 6 | (static_cast<unsigned char>(characters[++at]) & 0x3F));
  return out;
}

constexpr std::string_view character_set_tag = "00080005"; ///< SpecificCharacterSet

/// What the walker of structured reports reads (PS3.3 section C.17): dates, codes, values, the tree.
const std::set<std::string, std::less<>> report_tags{
    "00080023", "00080033", "00080100", "00080102", "00080104", "00080119", "00080120", "004008EA",
    "0040A043", "0040A120", "0040A124", "0040A160", "0040A168", "0040A300", "0040A30A", "0040A730"};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Json report_item(const Json& item) {
  auto out = Json::object();
  for (auto& [key, attribute] : item.if_object() ? *item.if_object() : Json::Object()) {
    if (!report_tags.contains(key))
      continue;
    auto kept = attribute;
    if (auto* values = kept.find("Value") ? kept.find("Value")->if_array() : nullptr)
      for (auto& value : *values)
        if (value.is_object())
          value = report_item(value);
    out.set(key, std::move(kept));
  }
  return out;
}

} // namespace

std::string Dataset::entry() const {
  auto text = entry_of_dataset(attributes).to_text();
  return is_bytes ? bytes_of(text) : text;
}

Dataset dataset_of(std::string name, const std::string& text) {
  Dataset made{std::move(name), {}, false};
  if (auto dataset = Json::parse(text)) {
    made.attributes = std::move(*dataset);
  } else if (auto characters = Json::parse(characters_of(text))) {
    made.attributes = std::move(*characters);
    made.is_bytes = true;
  }
  return made;
}

Dataset reduced(const Dataset& whole) {
  Dataset made{whole.name, Json::object(), whole.is_bytes};
  auto tree = whole.attributes.find("0040A730") ? report_item(whole.attributes) : Json::object();
  for (auto& [key, attribute] : *whole.attributes.if_object()) {
    auto number = number_of_key(key);
    if ((number && tag_of_number(*number)) || key == character_set_tag ||
        (whole.is_bytes && !is_ascii(attribute.to_text())))
      made.attributes.set(key, attribute);
    else if (auto* part = tree.find(key))
      made.attributes.set(key, *part);
  }
  return made;
}

Json kept(const std::vector<Dataset>& datasets) {
  auto out = Json::object();
  auto& first = datasets.front().attributes;
  for (auto& dataset : datasets) {
    auto attributes = dataset.attributes;
    if (&dataset != &datasets.front()) {
      std::erase_if(*attributes.if_object(), [&](auto& member) {
        auto* same = first.find(member.first);
        return same && *same == member.second;
      });
      for (auto& [key, attribute] : *first.if_object())
        if (!dataset.attributes.find(key))
          attributes.set(key, Json());
    }
    out.set(dataset.name,
            dataset.is_bytes ? Json(Json::Object{{"bytes", std::move(attributes)}}) : std::move(attributes));
  }
  return out;
}

std::vector<Dataset> read_kept(const Json& kept) {
  std::vector<Dataset> out;
  for (auto& [name, value] : *kept.if_object()) {
    auto* bytes = value.find("bytes");
    Dataset dataset{name, out.empty() ? Json::object() : out.front().attributes, bytes != nullptr};
    for (auto& [key, attribute] : *(bytes ? *bytes : value).if_object())
      if (attribute.is_null())
        dataset.attributes.erase(key);
      else
        dataset.attributes.set(key, attribute);
    std::ranges::sort(*dataset.attributes.if_object(), {}, &Json::Member::first);
    out.push_back(std::move(dataset));
  }
  return out;
}

} // namespace dicomcast::mapping::test
