// Reads the picked attributes, checked. A bad value counts as an optional tag's: it is left out and told once.
#pragma once

#include "mapping/code/code.hpp"
#include "mapping/code/sequence.hpp"
#include "mapping/extended/extra.hpp"
#include "mapping/options.hpp"
#include "mapping/tags.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::mapping {

/// What the table of profile R4 says of the same dataset, valid and without padding; empty: none.
struct KnownFacts {
  std::string accession_number, patient_name;
  bool has_series_date = false;
  std::optional<conf::Timezone> zone; ///< nullopt: the dataset's is invalid
};

/// All that it is given must outlive it.
class ExtendedReader {
public:
  ExtendedReader(const Json& dataset, const Options& options, const KnownFacts& known,
                 std::vector<std::string>& invalid_tags)
      : dataset(dataset), options(options), known(known), invalid_tags_(invalid_tags) {}

  const Json& dataset;
  const Options& options;
  const KnownFacts& known;

  /// The one value of an attribute; empty: absent, empty or, told, invalid.
  std::string text(std::uint32_t number, Form form) { return text_in(dataset, number, form, number, 0); }
  /// The values of an attribute of several, in their order; an invalid one is empty.
  std::vector<std::string> texts(std::uint32_t number, Form form);
  /// The items of a sequence.
  const Json::Array& items(std::uint32_t number) const { return items_of(dataset, number); }
  static const Json::Array& items_of(const Json& item, std::uint32_t number);
  /// The one value of an attribute of a sequence's item, which counts from 1.
  std::string text_of_item(const Json& item, std::uint32_t number, Form form, std::uint32_t sequence, std::size_t at) {
    return text_in(item, number, form, sequence, at);
  }
  /// The codes of a sequence's items; those that FHIR cannot hold are told and left out.
  std::vector<Code> codes(const Json& item, std::uint32_t sequence);
  /// Tells that something of an attribute is invalid; `at` is the item's or value's place, 0: it has none.
  void tell(std::uint32_t number, std::size_t at, std::string_view what);

  void add(Extra::Place place, const char* element, Extra::Rule rule, Json value) {
    extras.push_back({place, element, rule, std::move(value)});
  }
  Extras extras;

private:
  std::string text_in(const Json& item, std::uint32_t number, Form form, std::uint32_t told_of, std::size_t at);

  std::vector<std::string>& invalid_tags_;
};

/// Each reads its groups and adds what they say.
void read_orders(ExtendedReader& reader, std::string& accession_system);
void read_encounter(ExtendedReader& reader);
void read_procedure(ExtendedReader& reader);
void read_people(ExtendedReader& reader);
void read_equipment(ExtendedReader& reader);
void read_anatomy(ExtendedReader& reader);
void read_titles(ExtendedReader& reader);
void read_name_forms(ExtendedReader& reader);
void read_patient_ids(ExtendedReader& reader);
void read_animal(ExtendedReader& reader);

} // namespace dicomcast::mapping
