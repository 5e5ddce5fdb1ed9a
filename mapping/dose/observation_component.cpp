// Values of content items as values of an Observation.
#include "mapping/dose/observation_component.hpp"

#include "conf/text.hpp"
#include "mapping/json/decimal.hpp"
#include "mapping/validity.hpp"

#include <algorithm>
#include <array>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view measured_tag = "0040A300";
constexpr std::string_view unit_tag = "004008EA";

/// UCUM as reports in the field write it, and as UCUM has it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> misspelt_units{{
    {"mGycm", "mGy.cm"},
    {"Gym2", "Gy.m2"},
    {"dGycm2", "dGy.cm2"},
    {"cGycm2", "cGy.cm2"},
    {"uGym2", "uGy.m2"},
    {"no units", "1"},
}};

/// The code of a sequence in the item or in its measured value, if FHIR can hold it.
std::optional<Code> usable_code(const Json& item, const Json& dataset, std::string_view sequence_tag,
                                std::string_view attribute, Profile profile, ItemProblems& problems) {
  auto code = first_code(dataset, sequence_tag, profile);
  if (code && !is_fhir_code(code->value)) {
    problems.add(item, attribute, in_quotes(code->value) + " is no code");
    return std::nullopt;
  }
  return code;
}

/// The number of a numeric item, as a JSON token. Nothing: there is none, or, told to `problems`, a broken one.
std::optional<std::string> number_of(const Json& item, ItemProblems& problems) {
  constexpr std::string_view attribute = "NumericValue (0040,A30A)";
  auto& measured = sequence_items(item, measured_tag);
  auto value = single_value(measured.front(), "0040A30A");
  if (measured.size() > 1 || value.is_broken) {
    problems.add(item, attribute, "not one number");
    return std::nullopt;
  }
  if (value.text.empty())
    return std::nullopt;
  auto token = decimal_token(value.text);
  if (!token)
    problems.add(item, attribute, in_quotes(value.text) + " is no number");
  return token;
}

std::optional<Json::Member> count_value(const Json& item, ItemProblems& problems) {
  auto token = number_of(item, problems);
  if (!token)
    return std::nullopt;
  if (auto count = whole_number(*token))
    return Json::Member("valueInteger", Json::integer(*count));
  auto given = single_value(sequence_items(item, measured_tag).front(), "0040A30A").text;
  problems.add(item, "NumericValue (0040,A30A)", in_quotes(given) + " is no whole number of 32 bits");
  return std::nullopt;
}

std::optional<Json::Member> quantity_value(const Json& item, Profile profile, ItemProblems& problems) {
  auto token = number_of(item, problems);
  if (!token)
    return std::nullopt;
  auto& measured = sequence_items(item, measured_tag).front();
  Json quantity;
  quantity.set("value", Json::Number{std::move(*token)});
  if (first_code(measured, unit_tag, profile)) {
    auto unit = usable_code(item, measured, unit_tag, "MeasurementUnitsCodeSequence (0040,08EA)", profile, problems);
    if (!unit)
      return std::nullopt;
    quantity.set("unit", unit->value);
    if (!unit->system.empty())
      quantity.set("system", unit->system);
    if (unit->system == ucum_system && profile != Profile::Original)
      for (auto& [misspelt, right] : misspelt_units)
        if (unit->value == misspelt)
          unit->value = right;
    quantity.set("code", std::move(unit->value));
  }
  return Json::Member("valueQuantity", std::move(quantity));
}

/// valueString of a text, or of a code's meaning.
std::optional<Json::Member> text_value(const Json& item, Profile profile, ItemProblems& problems) {
  auto value = single_value(item, "0040A160");
  std::string_view attribute = "TextValue (0040,A160)";
  if (auto code = first_code(item, concept_code_tag, profile)) {
    value.text = std::move(code->meaning);
    attribute = "ConceptCodeSequence (0040,A168)";
  }
  if (value.is_broken || !is_fhir_string(value.text)) {
    problems.add(item, attribute, value.is_broken ? "not one text" : "a control character in it");
    return std::nullopt;
  }
  if (value.text.empty())
    return std::nullopt;
  return Json::Member("valueString", std::move(value.text));
}

/// Of a code, a CodeableConcept; of a text, one with that text.
std::optional<Json::Member> concept_value(const Json& item, Profile profile, ItemProblems& problems) {
  if (auto coded = codeable_concept_of(item, profile, problems))
    return Json::Member("valueCodeableConcept", std::move(*coded));
  if (first_code(item, concept_code_tag, profile))
    return std::nullopt; // broken
  auto text = text_value(item, profile, problems);
  if (!text)
    return std::nullopt;
  Json named;
  named.set("text", std::move(text->second));
  return Json::Member("valueCodeableConcept", std::move(named));
}

std::optional<Json::Member> value_of(const Json& item, ComponentKind kind, const Options& options,
                                     ItemProblems& problems) {
  if (!sequence_items(item, measured_tag).empty())
    return kind == ComponentKind::Count ? count_value(item, problems) : quantity_value(item, options.profile, problems);
  if (kind == ComponentKind::Text)
    return options.dose_profile == DoseProfile::Summary ? concept_value(item, options.profile, problems)
                                                        : text_value(item, options.profile, problems);
  if (auto coded = codeable_concept_of(item, options.profile, problems))
    return Json::Member("valueCodeableConcept", std::move(*coded));
  return std::nullopt;
}

/// The concept's meaning and, in brackets, what tells it from others of that name.
std::string text_of_name(const Json& item, const Code& name, std::string_view plane, Profile profile) {
  std::string apart(plane);
  if (auto side = meaning_of_child(item, concepts::laterality, profile); !side.empty())
    apart.append(apart.empty() ? "" : ", ").append(side);
  if (apart.empty())
    return name.meaning;
  return (name.meaning.empty() ? name.value : name.meaning) + " (" + apart + ")";
}

} // namespace

void ItemProblems::add(const Json& item, std::string_view attribute, std::string_view what) {
  if (!told_.emplace(&item, attribute).second)
    return;
  auto message = std::string(attribute);
  if (auto name = first_code(item, concept_name_tag, Profile::Original))
    message += " of " + name->value + (name->meaning.empty() ? "" : " " + name->meaning);
  messages_.push_back(message.append(": ").append(what));
}

std::optional<Json> codeable_concept_of(const Json& item, Profile profile, ItemProblems& problems) {
  auto code = usable_code(item, item, concept_code_tag, "ConceptCodeSequence (0040,A168)", profile, problems);
  return code ? std::optional(codeable_concept(*code)) : std::nullopt;
}

std::string meaning_of_child(const Json& item, std::span<const Concept> names, Profile profile) {
  auto* child = find_child(item, names, profile);
  auto code = child ? first_code(*child, concept_code_tag, profile) : std::nullopt;
  return code && is_fhir_string(code->meaning) ? code->meaning : std::string();
}

std::optional<Json> component_of(const Json& item, ComponentKind kind, std::string_view plane, const Options& options,
                                 ItemProblems& problems) {
  auto name = name_of_item(item, options.profile);
  auto value = name ? value_of(item, kind, options, problems) : std::nullopt;
  if (!value)
    return std::nullopt;
  auto code = codeable_concept(*name);
  if (auto text = text_of_name(item, *name, plane, options.profile);
      !options.is_original() && !text.empty() && is_fhir_string(text))
    code.set("text", text);
  Json component;
  component.set("code", std::move(code));
  component.set(value->first, std::move(value->second));
  return component;
}

} // namespace dicomcast::mapping
