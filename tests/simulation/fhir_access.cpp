// What stands in the FHIR service at the start, and what others write to it.
#include "tests/simulation/fhir_access.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace dicomcast::simulation {

using mapping::Json;

namespace {

constexpr std::string_view mark_prefix = "http://outside/edit/";

Json parsed(std::string_view text) {
  return *Json::parse(text);
}

std::optional<Json> first(const FhirAccess& fhir, const std::string& type, std::string_view identifier) {
  for (auto& one : fhir.all(type))
    if (has_identifier_value(one, identifier))
      return one;
  return std::nullopt;
}

std::string own_identifier(const Json& resource) {
  const auto& identifiers = resource.items("identifier");
  return identifiers.empty() ? std::string() : std::string(identifiers.front().text("value"));
}

std::optional<Json> target_of(const OutsideWrite& write, const FhirAccess& fhir) {
  if (write.type == "Patient")
    return first(fhir, write.type, patient_id(write.which));
  if (write.type == "ImagingStudy")
    return first(fhir, write.type, "urn:oid:" + study_uid(write.which));
  auto all = fhir.all(write.type);
  if (all.empty())
    return std::nullopt;
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return own_identifier(a) < own_identifier(b); });
  return all[static_cast<std::size_t>(write.which) % all.size()];
}

Json person(std::string_view identifier, std::string_view family) {
  Json out = Json::object(), name = Json::object(), own = Json::object();
  out.set("resourceType", "Patient");
  own.set("value", identifier);
  out.array_at("identifier").push_back(std::move(own));
  name.set("use", "official");
  name.set("family", family);
  out.array_at("name").push_back(std::move(name));
  return out;
}

std::string other_case(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::isupper(static_cast<unsigned char>(c)) ? std::tolower(static_cast<unsigned char>(c))
                                                                      : std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void edit(Json resource, std::size_t number, FhirAccess& fhir) {
  Json extension = Json::object();
  extension.set("url", std::string(mark_prefix) + std::to_string(number));
  extension.set("valueDecimal", Json::Number{"1.10"});
  resource.array_at("extension").push_back(std::move(extension));
  fhir.put(resource);
}

} // namespace

bool has_identifier_value(const Json& resource, std::string_view value) {
  const auto& identifiers = resource.items("identifier");
  return std::any_of(identifiers.begin(), identifiers.end(), [&](auto& one) { return one.text("value") == value; });
}

std::vector<std::string> marks_of(const Json& resource) {
  std::vector<std::string> marks;
  for (const auto& extension : resource.items("extension"))
    if (extension.text("url").starts_with(mark_prefix))
      marks.emplace_back(extension.text("url"));
  return marks;
}

void make_standing(const World& world, FhirAccess& fhir) {
  if (world.patient_stands) {
    auto patient = person(patient_id(0), "Standing");
    patient.set("id", "standing-patient");
    patient.set("gender", "other");
    patient.set("maritalStatus", parsed(R"({"text":"M","extension":[{"url":"u","valueDecimal":0.50}]})"));
    fhir.put(patient);
  }
  if (world.twin_stands) {
    auto patient = person(other_case(patient_id(0)), "Twin");
    patient.set("id", "standing-twin");
    fhir.put(patient);
  }
  if (world.endpoint_stands)
    fhir.put(parsed(std::string(R"({"resourceType":"Endpoint","id":"standing-endpoint","status":"active",)") +
                    R"("connectionType":{"system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type",)" +
                    R"("code":"dicom-wado-rs"},"name":"DICOM WADO-RS endpoint http://dicom/)" +
                    (world.v2 ? "v2" : "v1") + R"(","payloadType":[{"text":"theirs"}],"address":"http://dicom/)" +
                    (world.v2 ? "v2" : "v1") + "\"}"));
  if (world.study_stands) {
    auto somebody = person("somebody", "Somebody");
    somebody.set("id", "standing-somebody");
    fhir.put(somebody);
    fhir.put(parsed(R"({"resourceType":"ImagingStudy","id":"standing-study","meta":{"source":"http://other/"},)"
                    R"("identifier":[{"system":"urn:dicom:uid","value":"urn:oid:)" +
                    study_uid(0) +
                    R"("}],)"
                    R"("status":"available","subject":{"reference":"Patient/standing-somebody"},)"
                    R"("series":[{"uid":"9.9","modality":{"system":"s","code":"US"},"instance":[{"uid":"9.9.1",)"
                    R"("sopClass":{"system":"s","code":"c"},"title":"theirs"}]}]})"));
  }
}

bool perform(const OutsideWrite& write, std::size_t number, FhirAccess& fhir) {
  switch (write.kind) {
  case OutsideKind::Edit:
  case OutsideKind::Delete: {
    auto target = target_of(write, fhir);
    if (!target)
      return false;
    if (write.kind == OutsideKind::Edit)
      edit(std::move(*target), number, fhir);
    else
      fhir.remove(write.type, std::string(target->text("id")));
    return true;
  }
  case OutsideKind::CreateTwin:
  case OutsideKind::CreateSame: {
    auto id = patient_id(write.which);
    if (write.kind == OutsideKind::CreateTwin)
      id = other_case(id);
    if (first(fhir, "Patient", id))
      return false;
    fhir.put(person(id, write.kind == OutsideKind::CreateTwin ? "Twin" : "Same"));
    return true;
  }
  case OutsideKind::Steal: {
    auto target = first(fhir, "Patient", patient_id(write.which));
    if (!target)
      return false;
    for (auto& identifier : target->array_at("identifier"))
      identifier.set("value", "former-" + std::to_string(number));
    fhir.put(*target);
    fhir.put(person(patient_id(write.which), "Thief"));
    return true;
  }
  }
  return false;
}

} // namespace dicomcast::simulation
