// PN (PS3.5 section 6.2.1) to HumanName.
#include "mapping/person_name.hpp"

#include <algorithm>
#include <array>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view representation_url = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

/// Calls `each` with what stands between separators, empty or not.
template<class F>
void split(std::string_view text, char separator, F each) {
  while (true) {
    auto end = text.find(separator);
    each(text.substr(0, end));
    if (end == text.npos)
      return;
    text.remove_prefix(end + 1);
  }
}

} // namespace

std::optional<PatientFacts::Name> name_group(std::string_view value, NameGroup group) {
  auto sought = static_cast<std::size_t>(group), number = std::size_t(0);
  std::string_view text;
  split(value, '=', [&](std::string_view part) {
    if (number++ == sought)
      text = part;
  });
  PatientFacts::Name name;
  const std::array components{&name.family, &name.given, &name.given, &name.prefix, &name.suffix};
  std::size_t at = 0;
  split(text, '^', [&](std::string_view component) {
    if (at == components.size())
      return;
    split(component, ' ', [&](std::string_view part) {
      if (!part.empty())
        components[at]->emplace_back(part);
    });
    ++at;
  });
  if (name == PatientFacts::Name{})
    return std::nullopt;
  return name;
}

std::optional<PatientFacts::Name> person_name(std::string_view value) {
  for (auto group : {NameGroup::Alphabetic, NameGroup::Ideographic, NameGroup::Phonetic})
    if (auto name = name_group(value, group))
      return name;
  return std::nullopt;
}

Json human_name_of(const PatientFacts::Name& name, std::string_view representation) {
  Json out = Json::object();
  if (!representation.empty()) {
    Json extension;
    extension.set("url", representation_url);
    extension.set("valueCode", representation);
    out.array_at("extension").push_back(std::move(extension));
    out.set("use", "usual");
  }
  if (auto family = joined(name.family); !family.empty())
    out.set("family", family);
  for (auto& [member, parts] : {std::pair("given", &name.given), {"prefix", &name.prefix}, {"suffix", &name.suffix}})
    if (!parts->empty())
      out.set(member, Json::Array(parts->begin(), parts->end()));
  return out;
}

std::string_view representation_of(const Json& human_name) {
  for (auto& extension : human_name.items("extension"))
    if (extension.text("url") == representation_url)
      return extension.text("valueCode");
  return {};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (auto& part : parts)
    text.append(text.empty() ? "" : " ").append(part);
  return text;
}

} // namespace dicomcast::mapping
