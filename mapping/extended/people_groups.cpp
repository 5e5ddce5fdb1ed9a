// People, Equipment: who referred, read and performed, where and with what. Sources: DICOM PS3.3 sections 10.1 (person
// identification), C.7.2.1, C.7.2.2, C.7.3.1, C.7.5.1; FHIR R4 imagingstudy.html.
#include "mapping/code/issuer.hpp"
#include "mapping/code/reference.hpp"
#include "mapping/extended/extended_reader.hpp"
#include "mapping/person_name.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

using Place = Extra::Place;
using Rule = Extra::Rule;

/// `Family, Given`.
std::string display_of(const std::string& name) {
  auto parts = person_name(name);
  if (!parts)
    return {};
  auto display = joined(parts->family), given = joined(parts->given);
  return display.append(display.empty() || given.empty() ? "" : ", ").append(given);
}

/// Of a PersonIdentificationCodeSequence (0040,1101): the scheme is who issued the code. Null: none.
Json identifier_of(ExtendedReader& reader, const Json& person) {
  constexpr std::uint32_t identification = 0x00401101;
  auto codes = reader.codes(person, identification);
  if (codes.empty())
    return {};
  auto designator = single_value(ExtendedReader::items_of(person, identification).front(), "00080102").text;
  auto system = system_of_issuer(designator, reader.options);
  if (system.empty())
    system = codes.front().system.empty() ? reader.options.staff_system_id : std::string(codes.front().system);
  return plain_identifier(system, codes.front().value);
}

/// A Practitioner for each name and each item of the sequence beside it: the first of one goes with the first of the
/// other.
std::vector<Json> practitioners(ExtendedReader& reader, const std::vector<std::string>& names, std::uint32_t sequence) {
  auto& items = reader.items(sequence);
  std::vector<Json> out;
  for (std::size_t at = 0; at < std::max(names.size(), items.size()); ++at) {
    auto identifier = at < items.size() ? identifier_of(reader, items[at]) : Json();
    auto display = at < names.size() ? display_of(names[at]) : std::string();
    if (auto person = reference_to("Practitioner", std::move(identifier), display, reader.options.references))
      out.push_back(std::move(*person));
  }
  return out;
}

void add_performers(ExtendedReader& reader, std::uint32_t names, std::uint32_t sequence, const char* function) {
  for (auto& actor : practitioners(reader, reader.texts(names, Form::Name), sequence)) {
    Json performer;
    performer.set("function",
                  codeable_concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", function, {}));
    performer.set("actor", std::move(actor));
    reader.add(Place::Series, "performer", Rule::Performers, std::move(performer));
  }
}

} // namespace

void read_people(ExtendedReader& reader) {
  constexpr std::uint32_t department = 0x00081040, institution = 0x00080080;
  auto referring = reader.text(0x00080090, Form::Name);
  auto referrers = practitioners(reader, {referring}, 0x00080096);
  if (!referrers.empty())
    reader.add(Place::Study, "referrer", Rule::Single, std::move(referrers.front()));
  for (auto& reading : practitioners(reader, reader.texts(0x00081060, Form::Name), 0x00081062))
    reader.add(Place::Study, "interpreter", Rule::References, std::move(reading));

  auto place = reader.text(department, Form::Text), house = reader.text(institution, Form::Text);
  auto display = place + (place.empty() || house.empty() ? "" : ", ") + house;
  if (auto location = display.empty() ? std::nullopt : reference_to("Location", {}, display, reader.options.references))
    reader.add(Place::Study, "location", Rule::Single, std::move(*location));

  add_performers(reader, 0x00081050, 0x00081052, "PRF");
  add_performers(reader, 0x00081070, 0x00081072, "SPRF");
}

void read_equipment(ExtendedReader& reader) {
  auto identifier = device_identifier(reader.text(0x00181002, Form::Uid), reader.text(0x00181000, Form::Text));
  std::vector<std::string> names;
  for (auto number : {0x00080070u, 0x00081090u, 0x00081010u}) // manufacturer, model, station
    if (auto name = reader.text(number, Form::Text); !name.empty())
      names.push_back(std::move(name));
  auto device = reference_to("Device", std::move(identifier), joined(names), reader.options.references);
  if (!device)
    return;
  Json performer;
  performer.set("actor", std::move(*device));
  reader.add(Place::Series, "performer", Rule::Performers, std::move(performer));
}

} // namespace dicomcast::mapping
