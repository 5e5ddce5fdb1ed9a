// Values of content items as values of an Observation.
#include "mapping/dose/observation_component.hpp"

#include "conf/text.hpp"
#include "mapping/json/decimal.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

constexpr std::string_view measured_tag = "0040A300";
constexpr std::string_view unit_tag = "004008EA";
constexpr std::string_view code_tag = "0040A168";

/// Whether FHIR takes it as a code: no white space but single spaces inside (datatypes.html#code).
bool is_fhir_code(std::string_view text) {
  return std::ranges::none_of(text, text::is_control) && text.find("  ") == std::string_view::npos;
}

/// Whether FHIR takes it as a string (datatypes.html#string).
bool is_fhir_string(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return text::is_control(c) && c != '\t' && c != '\r' && c != '\n'; });
}

/// The code of a sequence in the item or in its measured value, if FHIR can hold it.
std::optional<Code> usable_code(const Json& item, const Json& dataset, std::string_view sequence_tag,
                                std::string_view attribute, ItemProblems& problems) {
  auto code = first_code(dataset, sequence_tag);
  if (code && !is_fhir_code(code->value)) {
    problems.add(item, attribute, in_quotes(code->value) + " is no code");
    return std::nullopt;
  }
  return code;
}

/// valueQuantity or valueInteger of a numeric item.
std::optional<Json::Member> measured_value(const Json& item, bool is_count, ItemProblems& problems) {
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
  if (!token) {
    problems.add(item, attribute, in_quotes(value.text) + " is no number");
    return std::nullopt;
  }
  if (is_count) {
    if (auto count = whole_number(*token))
      return Json::Member("valueInteger", Json::integer(*count));
    problems.add(item, attribute, in_quotes(value.text) + " is no whole number of 32 bits");
    return std::nullopt;
  }
  Json quantity;
  quantity.set("value", Json::Number{std::move(*token)});
  if (first_code(measured.front(), unit_tag)) {
    auto unit = usable_code(item, measured.front(), unit_tag, "MeasurementUnitsCodeSequence (0040,08EA)", problems);
    if (!unit)
      return std::nullopt;
    quantity.set("unit", unit->value);
    if (!unit->system.empty())
      quantity.set("system", unit->system);
    quantity.set("code", std::move(unit->value));
  }
  return Json::Member("valueQuantity", std::move(quantity));
}

/// valueString of a text, or of a code's meaning.
std::optional<Json::Member> text_value(const Json& item, ItemProblems& problems) {
  auto value = single_value(item, "0040A160");
  std::string_view attribute = "TextValue (0040,A160)";
  if (auto code = first_code(item, code_tag)) {
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

std::optional<Json::Member> value_of(const Json& item, ComponentKind kind, ItemProblems& problems) {
  if (!sequence_items(item, measured_tag).empty())
    return measured_value(item, kind == ComponentKind::Count, problems);
  if (kind == ComponentKind::Text)
    return text_value(item, problems);
  if (auto coded = codeable_concept_of(item, problems))
    return Json::Member("valueCodeableConcept", std::move(*coded));
  return std::nullopt;
}

} // namespace

void ItemProblems::add(const Json& item, std::string_view attribute, std::string_view what) {
  if (!told_.emplace(&item, attribute).second)
    return;
  auto message = std::string(attribute);
  if (auto name = first_code(item, concept_name_tag))
    message += " of " + name->value + (name->meaning.empty() ? "" : " " + name->meaning);
  messages_.push_back(message.append(": ").append(what));
}

Json codeable_concept(std::string_view system, std::string_view code, std::string_view display) {
  Json coding;
  if (!system.empty())
    coding.set("system", system);
  coding.set("code", code);
  if (!display.empty() && is_fhir_string(display))
    coding.set("display", display);
  Json out;
  out.array_at("coding").push_back(std::move(coding));
  return out;
}

std::optional<Json> codeable_concept_of(const Json& item, ItemProblems& problems) {
  auto code = usable_code(item, item, code_tag, "ConceptCodeSequence (0040,A168)", problems);
  if (!code)
    return std::nullopt;
  return codeable_concept(code->system, code->value, code->meaning);
}

std::optional<Json> component_of(const Json& item, ComponentKind kind, ItemProblems& problems) {
  auto name = first_code(item, concept_name_tag);
  auto value = name ? value_of(item, kind, problems) : std::nullopt;
  if (!value)
    return std::nullopt;
  Json component;
  component.set("code", codeable_concept(name->system, name->value, name->meaning));
  component.set(value->first, std::move(value->second));
  return component;
}

} // namespace dicomcast::mapping
