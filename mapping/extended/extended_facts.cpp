// Reads and checks attributes beyond profile R4, group by group.
#include "mapping/extended/extended_facts.hpp"

#include "mapping/extended/extended_tags.hpp"
#include "mapping/validity.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::mapping {

namespace {

std::string key_of(std::uint32_t number) {
  std::string key(8, '0'); // short enough to need no memory of its own
  for (std::size_t at = 8; at-- > 0; number >>= 4)
    key[at] = "0123456789ABCDEF"[number & 15];
  return key;
}

std::string label_of(std::uint32_t number) {
  auto row = std::ranges::find(extended_tags, number, &ExtendedTag::number);
  return fmt::format("{} ({:04X},{:04X})", row == std::end(extended_tags) ? "" : row->keyword, number >> 16,
                     number & 0xFFFF);
}

/// A person name as text, `alphabetic=ideographic=phonetic`; any other value that is no text: nothing.
std::optional<std::string> text_of(const Json& value, Form form) {
  if (auto* text = value.if_string())
    return std::string(without_padding(*text));
  if (auto* number = value.if_number(); number && form != Form::Name)
    return number->token;
  if (form != Form::Name || !value.is_object())
    return std::nullopt;
  std::string name;
  for (auto group : {"Alphabetic", "Ideographic", "Phonetic"})
    name.append(group == std::string_view("Alphabetic") ? "" : "=").append(without_padding(value.text(group)));
  while (name.ends_with('='))
    name.pop_back();
  return name;
}

} // namespace

const Json::Array& ExtendedReader::items_of(const Json& item, std::uint32_t number) {
  return sequence_items(item, key_of(number));
}

void ExtendedReader::tell(std::uint32_t number, std::size_t at, std::string_view what) {
  auto message = label_of(number) + (at ? fmt::format(", {}", at) : "") + ": " + std::string(what);
  if (std::ranges::find(invalid_tags_, message) == invalid_tags_.end())
    invalid_tags_.push_back(std::move(message));
}

std::string ExtendedReader::text_in(const Json& item, std::uint32_t number, Form form, std::uint32_t told_of,
                                    std::size_t at) {
  auto& values = items_of(item, number);
  if (values.empty() || (values.size() == 1 && values.front().is_null()))
    return {};
  if (values.size() > 1) {
    tell(told_of, at, fmt::format("{} values, but may have one", values.size()));
    return {};
  }
  auto text = text_of(values.front(), form);
  if (!text || (!text->empty() && !has_form(form, *text))) {
    tell(told_of, at, (text ? in_quotes(*text) : excerpt(values.front().to_text())) + " " + fault_of(form));
    return {};
  }
  return *text;
}

std::vector<std::string> ExtendedReader::texts(std::uint32_t number, Form form) {
  std::vector<std::string> out;
  for (auto& value : items(number)) {
    auto text = value.is_null() ? std::string() : text_of(value, form);
    if (!text || (!text->empty() && !has_form(form, *text))) {
      tell(number, out.size() + 1, (text ? in_quotes(*text) : excerpt(value.to_text())) + " " + fault_of(form));
      text.emplace();
    }
    out.push_back(std::move(*text));
  }
  return out;
}

std::vector<Code> ExtendedReader::codes(const Json& item, std::uint32_t sequence) {
  std::vector<Code> out;
  std::size_t at = 0;
  for (auto& one : items_of(item, sequence)) {
    ++at;
    auto code = code_of(one, options.profile);
    if (code && (!is_fhir_code(code->value) || !is_fhir_string(code->meaning))) {
      tell(sequence, at, in_quotes(code->value) + " is no code");
      code.reset();
    }
    if (code)
      out.push_back(std::move(*code));
  }
  return out;
}

ExtendedFacts extended_facts(const Json& dataset, const Options& options, const KnownFacts& known,
                             std::vector<std::string>& invalid_tags) {
  ExtendedFacts facts;
  ExtendedReader reader(dataset, options, known, invalid_tags);
  auto& groups = options.groups;
  if (groups.has(Group::NameForms))
    read_name_forms(reader);
  if (groups.has(Group::PatientIds))
    read_patient_ids(reader);
  if (groups.has(Group::Animal))
    read_animal(reader);
  facts.patient = std::exchange(reader.extras, {});
  if (groups.has(Group::Orders))
    read_orders(reader, facts.accession_system);
  if (groups.has(Group::Encounter))
    read_encounter(reader);
  if (groups.has(Group::Procedure))
    read_procedure(reader);
  if (groups.has(Group::People))
    read_people(reader);
  if (groups.has(Group::Equipment))
    read_equipment(reader);
  if (groups.has(Group::Anatomy))
    read_anatomy(reader);
  if (groups.has(Group::Titles))
    read_titles(reader);
  facts.study = std::move(reader.extras);
  return facts;
}

} // namespace dicomcast::mapping
