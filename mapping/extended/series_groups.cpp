// Anatomy, Titles: of the series and its instances. Sources: DICOM PS3.3 sections C.7.3.1 (series), C.7.6.1 (image),
// 10.5 (anatomic region); PS3.16 table L-1; FHIR R4 imagingstudy.html.
#include "mapping/code/body_parts.hpp"
#include "mapping/dose/item_date_time.hpp"
#include "mapping/extended/extended_reader.hpp"
#include "mapping/extended/laterality.hpp"
#include "mapping/validity.hpp"

#include <algorithm>

namespace dicomcast::mapping {

namespace {

using Place = Extra::Place;
using Rule = Extra::Rule;

void read_body_site(ExtendedReader& reader) {
  constexpr std::uint32_t region = 0x00082218, body_part = 0x00180015;
  auto codes = reader.codes(reader.dataset, region);
  auto term = reader.text(body_part, Form::Code);
  if (!codes.empty())
    return reader.add(Place::Series, "bodySite", Rule::Single, std::move(codings_of(codes.front()).front()));
  if (term.empty())
    return;
  auto* known = body_part_of(term);
  Json site;
  if (known) {
    site.set("system", known->system);
    site.set("code", known->code);
  }
  site.set("display", known ? known->meaning : term);
  reader.add(Place::Series, "bodySite", Rule::Single, std::move(site));
}

void read_laterality(ExtendedReader& reader) {
  for (std::uint32_t number : {0x00200060u, 0x00200062u}) {
    auto value = reader.text(number, Form::Code);
    if (value.empty())
      continue;
    if (auto side = laterality_of(value))
      reader.add(Place::Series, "laterality", Rule::Laterality, std::move(*side));
    else if (value != "U")
      reader.tell(number, 0, in_quotes(value) + " is none of L, R, B and U");
    return;
  }
}

std::string title_of(ExtendedReader& reader) {
  constexpr std::uint32_t content_label = 0x00700080, document_title = 0x00420010, concept_name = 0x0040A043,
                          image_type = 0x00080008;
  if (auto label = reader.text(content_label, Form::Code); !label.empty())
    return label;
  auto given = single_value(reader.dataset, "00420010");
  auto title = in_one_line(given.text); // ST: line breaks are allowed
  if (given.is_broken || !is_text(title))
    reader.tell(document_title, 0, given.is_broken ? "not one value" : in_quotes(title) + " " + fault_of(Form::Text));
  else if (!title.empty())
    return title;
  if (auto codes = reader.codes(reader.dataset, concept_name); !codes.empty() && !codes.front().meaning.empty())
    return codes.front().meaning;
  std::string types;
  auto values = reader.texts(image_type, Form::Code);
  for (auto& value : values)
    types.append(types.empty() && &value == &values.front() ? "" : "\\").append(value);
  return types.find_first_not_of('\\') == types.npos ? std::string() : types;
}

void read_start(ExtendedReader& reader) {
  constexpr std::uint32_t acquisition = 0x0008002A;
  if (reader.known.has_series_date)
    return;
  auto& values = reader.items(acquisition);
  auto value = single_value(reader.dataset, "0008002A");
  if (value.text.empty() && !value.is_broken)
    return;
  auto start = value.is_broken ? ItemDateTime{{}, true} : item_date_time(value.text, reader.known.zone);
  if (start.is_broken)
    reader.tell(acquisition, 0, excerpt(values.front().to_text()) + " is no date and time");
  if (!start.text.empty())
    reader.add(Place::Series, "started", Rule::Earliest, start.text);
}

} // namespace

void read_anatomy(ExtendedReader& reader) {
  read_body_site(reader);
  read_laterality(reader);
}

void read_titles(ExtendedReader& reader) {
  if (auto title = title_of(reader); !title.empty())
    reader.add(Place::Instance, "title", Rule::Single, title);
  read_start(reader);
}

} // namespace dicomcast::mapping
