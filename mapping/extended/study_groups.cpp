// Orders, Encounter, Procedure: of the study. Sources: DICOM PS3.3 sections C.4.11 (requested procedure), C.3.4
// (visit), C.7.2.1 (study); FHIR R4 imagingstudy.html.
#include "mapping/code/issuer.hpp"
#include "mapping/code/reference.hpp"
#include "mapping/extended/extended_reader.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

using Place = Extra::Place;
using Rule = Extra::Rule;

constexpr std::uint32_t request_attributes = 0x00400275;

void add_order(ExtendedReader& reader, const std::string& number, const std::string& system) {
  auto identifier = typed_identifier(identifier_type_system, "ACSN", {}, system, number);
  auto order = reference_to("ServiceRequest", std::move(identifier), {}, reader.options.references);
  if (order)
    reader.add(Place::Study, "basedOn", Rule::References, std::move(*order));
}

/// Codes with their meanings as text too. Returns whether there was one.
bool add_concepts(ExtendedReader& reader, const char* element, const std::vector<Code>& codes) {
  for (auto& code : codes) {
    auto coded = codeable_concept(code);
    if (!code.meaning.empty())
      coded.set("text", code.meaning);
    reader.add(Place::Study, element, Rule::Concepts, std::move(coded));
  }
  return !codes.empty();
}

bool add_text(ExtendedReader& reader, const char* element, const std::string& text) {
  if (text.empty())
    return false;
  Json named;
  named.set("text", text);
  reader.add(Place::Study, element, Rule::Concepts, std::move(named));
  return true;
}

void read_reasons(ExtendedReader& reader) {
  constexpr std::uint32_t reason_codes = 0x0040100A, reason = 0x00401002;
  auto& requests = reader.items(request_attributes);
  bool found = add_concepts(reader, "reasonCode", reader.codes(reader.dataset, reason_codes));
  for (auto request = requests.begin(); !found && request != requests.end(); ++request)
    found = add_concepts(reader, "reasonCode", reader.codes(*request, reason_codes));
  auto text = reader.text(reason, Form::Text);
  found = found || add_text(reader, "reasonCode", text);
  std::size_t at = 0;
  for (auto& request : requests) {
    text = reader.text_of_item(request, reason, Form::Text, request_attributes, ++at);
    found = found || add_text(reader, "reasonCode", text);
  }
}

} // namespace

void read_orders(ExtendedReader& reader, std::string& accession_system) {
  constexpr std::uint32_t accession_number = 0x00080050;
  auto& options = reader.options;
  if (!reader.known.accession_number.empty()) {
    accession_system = system_of_issuer(reader.dataset, "00080051", {}, options.accession_system_id, options);
    add_order(reader, reader.known.accession_number, accession_system);
    return;
  }
  std::size_t at = 0;
  for (auto& request : reader.items(request_attributes)) {
    auto number = reader.text_of_item(request, accession_number, Form::Text, request_attributes, ++at);
    if (!number.empty())
      add_order(reader, number, system_of_issuer(request, "00080051", {}, options.accession_system_id, options));
  }
}

void read_encounter(ExtendedReader& reader) {
  constexpr std::uint32_t admission_id = 0x00380010;
  auto& options = reader.options;
  auto id = reader.text(admission_id, Form::Text);
  if (id.empty())
    return;
  auto system = system_of_issuer(reader.dataset, "00380014", {}, options.encounter_system_id, options);
  auto encounter =
      reference_to("Encounter", typed_identifier(identifier_type_system, "VN", {}, system, id), {}, options.references);
  if (encounter)
    reader.add(Place::Study, "encounter", Rule::Single, std::move(*encounter));
}

void read_procedure(ExtendedReader& reader) {
  constexpr std::uint32_t performed = 0x00081032, requested = 0x00321064;
  bool found = add_concepts(reader, "procedureCode", reader.codes(reader.dataset, performed)) ||
               add_concepts(reader, "procedureCode", reader.codes(reader.dataset, requested));
  auto& requests = reader.items(request_attributes);
  for (auto request = requests.begin(); !found && request != requests.end(); ++request)
    found = add_concepts(reader, "procedureCode", reader.codes(*request, requested));
  read_reasons(reader);
}

} // namespace dicomcast::mapping
