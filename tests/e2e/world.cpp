// Simulated services around the real program.
#include "tests/e2e/world.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace dicomcast::e2e {

std::string element(std::string_view vr, std::string_view value) {
  Json json;
  json.set("vr", vr);
  json.array_at("Value").push_back(value);
  return json.to_text();
}

std::string dataset_of(const Instance& instance) {
  std::map<std::string, std::string> elements = {
      {"00080016", element("UI", "1.2.840.10008.5.1.4.1.1.2")},
      {"00080018", element("UI", instance.instance_uid())},
      {"00080060", element("CS", instance.modality)},
      {"0020000D", element("UI", instance.study)},
      {"0020000E", element("UI", instance.series_uid())},
      {"00100020", element("LO", instance.patient)},
      {"00100010", R"({"vr":"PN","Value":[{"Alphabetic":)" + Json(instance.name).to_text() + "}]}"},
  };
  for (const auto& [tag, text] : instance.elements)
    elements[tag] = text;
  std::string out = "{";
  for (const auto& [tag, text] : elements)
    if (!text.empty())
      out.append(out.size() > 1 ? "," : "").append("\"").append(tag).append("\":").append(text);
  return out + "}";
}

sim::FeedItem entry_of(const std::string& action, const Instance& instance) {
  sim::FeedItem item;
  item.action = action;
  item.study = instance.study;
  item.series = instance.series_uid();
  item.instance = instance.instance_uid();
  if (action != "Delete")
    item.metadata = dataset_of(instance);
  return item;
}

World::World(sim::DicomOptions dicom_options, sim::FhirOptions fhir_options, std::vector<std::string> settings)
    : dicom(std::move(dicom_options)), fhir(std::move(fhir_options)),
      program(dicom.url(), fhir.url(), std::move(settings)) {}

Program World::another(std::vector<std::string> settings) const {
  return Program(dicom.url(), fhir.url(), std::move(settings));
}

Json World::only(std::string_view type) const {
  auto all = fhir.documents(type);
  REQUIRE(all.size() == 1);
  return all.front();
}

std::multiset<std::string> World::stored_instances() const {
  std::multiset<std::string> uids;
  for (const auto& study : fhir.documents("ImagingStudy"))
    for (const auto& series : study.items("series"))
      for (const auto& instance : series.items("instance"))
        uids.emplace(instance.text("uid"));
  return uids;
}

Json World::study(std::string_view uid) const {
  for (const auto& study : fhir.documents("ImagingStudy"))
    for (const auto& identifier : study.items("identifier"))
      if (identifier.text("value") == "urn:oid:" + std::string(uid))
        return study;
  return {};
}

std::multiset<std::string> World::patient_ids() const {
  std::multiset<std::string> ids;
  for (const auto& patient : fhir.documents("Patient"))
    for (const auto& identifier : patient.items("identifier"))
      ids.emplace(identifier.text("value"));
  return ids;
}

sim::DicomOptions mixed_feed(std::uint64_t seed, std::int64_t studies) {
  sim::DicomOptions options;
  sim::GeneratorOptions generated;
  generated.seed = seed;
  generated.studies = studies;
  generated.instances_per_study = 8;
  generated.interleave = 4;
  generated.update_rate = 0.25;
  generated.delete_rate = 0.25;
  generated.recreate_rate = 0.4;
  generated.odd_rate = 0.2;
  generated.broken_rate = 0.05;
  generated.broken_required_rate = 0.03;
  generated.gap_every = 37;
  options.generated = generated;
  options.keys = sim::Keys::Mixed;
  return options;
}

sim::DicomOptions plain_feed(std::uint64_t seed, std::int64_t studies, std::int64_t instances_per_study) {
  sim::DicomOptions options;
  sim::GeneratorOptions generated;
  generated.seed = seed;
  generated.studies = studies;
  generated.instances_per_study = instances_per_study;
  generated.interleave = 3;
  generated.gap_every = 23;
  options.generated = generated;
  return options;
}

std::string sequential_state(const sim::DicomOptions& feed, const std::vector<std::string>& settings,
                             const sim::FhirOptions& fhir) {
  auto all = settings;
  all.insert(all.end(), {"Engine:CommitMode=PerEntry", "Engine:LookAhead=1", "Engine:FetchConcurrency=1"});
  World world(feed, fhir, all);
  auto outcome = world.program.backfill();
  INFO(outcome.err);
  REQUIRE((outcome.code == 0 || outcome.code == 3));
  REQUIRE(world.fhir.violations().empty());
  return world.fhir.normalised_state();
}

std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream left(expected), right(actual);
  for (std::string one, other; true;) {
    bool has_one = static_cast<bool>(std::getline(left, one)),
         has_other = static_cast<bool>(std::getline(right, other));
    if (!has_one && !has_other)
      return {};
    if (has_one != has_other || one != other)
      return "expected: " + (has_one ? one : "(nothing)") + "\nactual:   " + (has_other ? other : "(nothing)");
  }
}

std::set<std::string> instances_in(std::string_view bundle) {
  std::set<std::string> uids;
  auto json = Json::parse(bundle);
  REQUIRE(json);
  for (const auto& entry : json->items("entry"))
    if (const auto* resource = entry.find("resource"); resource && resource->text("resourceType") == "ImagingStudy")
      for (const auto& series : resource->items("series"))
        for (const auto& instance : series.items("instance"))
          uids.emplace(instance.text("uid"));
  return uids;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Json at(const Json& json, std::string_view path) {
  const Json* place = &json;
  while (!path.empty() && place) {
    if (path.front() == '[') {
      auto end = path.find(']');
      auto index = std::stoul(std::string(path.substr(1, end - 1)));
      const auto* array = place->if_array();
      place = array && index < array->size() ? &(*array)[index] : nullptr;
      path.remove_prefix(end + 1);
    } else {
      auto end = std::min(path.find('.'), path.find('['));
      place = place->find(path.substr(0, end));
      path.remove_prefix(std::min(end, path.size()));
    }
    if (path.starts_with('.'))
      path.remove_prefix(1);
  }
  return place ? *place : Json();
}

std::string text_at(const Json& json, std::string_view path) {
  auto found = at(json, path);
  if (const auto* text = found.if_string())
    return *text;
  return found.is_null() ? "" : found.to_text();
}

} // namespace dicomcast::e2e
