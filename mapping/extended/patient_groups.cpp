// NameForms, PatientIds, Animal: of the Patient. Sources: DICOM PS3.5 section 6.2.1 (PN), PS3.3 sections C.7.1.1
// (patient) and 10.15 (issuer of patient ID); FHIR R4 patient.html, extensions iso21090-EN-representation and
// patient-animal.
#include "mapping/code/issuer.hpp"
#include "mapping/code/reference.hpp"
#include "mapping/extended/extended_reader.hpp"
#include "mapping/person_name.hpp"
#include "mapping/validity.hpp"

namespace dicomcast::mapping {

namespace {

using Place = Extra::Place;
using Rule = Extra::Rule;

/// A code of the sequence, else the text; null: neither.
Json concept_of(ExtendedReader& reader, std::uint32_t sequence, std::uint32_t description) {
  auto codes = reader.codes(reader.dataset, sequence);
  auto text = reader.text(description, Form::Text);
  if (!codes.empty())
    return codeable_concept(codes.front());
  Json named;
  if (!text.empty())
    named.set("text", text);
  return named;
}

void add_part(Json& animal, const char* url, Json coded) {
  if (coded.is_null())
    return;
  Json part;
  part.set("url", url);
  part.set("valueCodeableConcept", std::move(coded));
  animal.array_at("extension").push_back(std::move(part));
}

Json gender_status(ExtendedReader& reader) {
  constexpr std::uint32_t neutered = 0x00102203;
  auto value = reader.text(neutered, Form::Code);
  if (value.empty())
    return {};
  if (value != "ALTERED" && value != "UNALTERED") {
    reader.tell(neutered, 0, in_quotes(value) + " is none of ALTERED and UNALTERED");
    return {};
  }
  return codeable_concept("http://terminology.hl7.org/CodeSystem/animal-genderstatus",
                          value == "ALTERED" ? "neutered" : "intact", {});
}

} // namespace

void read_name_forms(ExtendedReader& reader) {
  auto& value = reader.known.patient_name;
  bool has_others = name_group(value, NameGroup::Ideographic) || name_group(value, NameGroup::Phonetic);
  if (!has_others)
    return;
  for (auto [group, representation] :
       {std::pair(NameGroup::Alphabetic, "ABC"), {NameGroup::Ideographic, "IDE"}, {NameGroup::Phonetic, "SYL"}}) {
    auto name = name_group(value, group);
    if (!name)
      continue;
    auto human_name = human_name_of(*name, representation);
    if (group != NameGroup::Alphabetic) {
      auto text = joined(name->family), given = joined(name->given);
      human_name.set("text", text.append(text.empty() || given.empty() ? "" : " ").append(given));
    }
    reader.add(Place::Patient, "name", Rule::Names, std::move(human_name));
  }
}

void read_patient_ids(ExtendedReader& reader) {
  constexpr std::uint32_t other_ids = 0x00101002, patient_id = 0x00100020, issuer = 0x00100021;
  std::size_t at = 0;
  for (auto& item : reader.items(other_ids)) {
    auto id = reader.text_of_item(item, patient_id, Form::Text, other_ids, ++at);
    auto of = reader.text_of_item(item, issuer, Form::Text, other_ids, at);
    if (!id.empty())
      reader.add(Place::Patient, "identifier", Rule::Identifiers,
                 typed_identifier(identifier_type_system, "MR", {},
                                  system_of_issuer(item, "00100024", of, {}, reader.options), id));
  }
}

void read_animal(ExtendedReader& reader) {
  Json animal;
  animal.set("url", "http://hl7.org/fhir/StructureDefinition/patient-animal");
  auto species = concept_of(reader, 0x00102202, 0x00102201);
  bool has_species = !species.is_null(); // the extension is none without
  add_part(animal, "species", std::move(species));
  add_part(animal, "breed", concept_of(reader, 0x00102293, 0x00102292));
  add_part(animal, "genderStatus", gender_status(reader));
  if (has_species)
    reader.add(Place::Patient, "extension", Rule::Extension, std::move(animal));
  auto person = person_name(reader.text(0x00102297, Form::Name));
  if (!person)
    return;
  Json contact;
  contact.set("name", human_name_of(*person, {}));
  reader.add(Place::Patient, "contact", Rule::Contacts, std::move(contact));
}

} // namespace dicomcast::mapping
