// Checks an Observation against the rules of the published profile.
#include "tests/mapping/dose/dose_profile_checker.hpp"

#include <algorithm>
#include <string_view>

namespace dicomcast::mapping::test {

namespace {

constexpr std::string_view profile =
    "http://hl7.org/fhir/uv/radiation-dose-summary/StructureDefinition/radiation-dose-summary";
constexpr std::string_view type_system =
    "http://hl7.org/fhir/uv/radiation-dose-summary/CodeSystem/dicom-identifier-type";

bool names_profile(const Json& observation) {
  auto* meta = observation.find("meta");
  return meta && std::ranges::any_of(meta->items("profile"),
                                     [](const Json& one) { return one.if_string() && *one.if_string() == profile; });
}

/// A pattern: a coding with system, code and display.
bool has_coding(const Json* coded, std::string_view system, std::string_view code, std::string_view display) {
  return coded && std::ranges::any_of(coded->items("coding"), [&](const Json& one) {
           return one.text("system") == system && one.text("code") == code && one.text("display") == display;
         });
}

bool refers_to(const Json& reference, std::string_view type) {
  auto to = reference.text("reference");
  return to.starts_with(std::string(type) + "/") || to.starts_with("urn:uuid:") || reference.text("type") == type;
}

class Checker {
public:
  explicit Checker(const Json& observation) : observation_(observation) {}

  std::string faults() {
    check_identifiers();
    check_study();
    check_orders();
    check_performer();
    auto* code = observation_.find("code");
    expect(has_coding(code, "http://loinc.org", "73569-6",
                      "Radiation exposure and protection information [Description] Document Diagnostic imaging"),
           "code");
    auto* subject = observation_.find("subject");
    expect(subject && refers_to(*subject, "Patient"), "subject");
    expect(!observation_.text("effectiveDateTime").empty() && count("effective") == 1, "effectiveDateTime");
    expect(!observation_.text("valueString").empty() && count("value") == 1, "valueString");
    expect(!observation_.find("dataAbsentReason") && !observation_.find("specimen"), "dataAbsentReason, specimen");
    auto* device = observation_.find("device");
    expect(!device || refers_to(*device, "Device"), "device");
    for (auto& component : observation_.items("component"))
      expect(component.find("code") && !component.find("code")->items("coding").empty(), "component.code");
    return faults_;
  }

private:
  void expect(bool is_right, const char* what) {
    if (!is_right)
      faults_.append(what).append("\n");
  }
  long count(std::string_view prefix) const {
    return std::ranges::count_if(*observation_.if_object(), [&](auto& one) { return one.first.starts_with(prefix); });
  }

  void check_identifiers() {
    for (auto& identifier : observation_.items("identifier")) {
      auto* type = identifier.find("type");
      if (has_coding(type, type_system, "sop-instance-uid", "SOP Instance UID"))
        expect(identifier.text("system") == "urn:dicom:uid" && !identifier.text("value").empty(), "identifier");
    }
  }

  void check_study() {
    auto is_study = [](const Json& part) { return refers_to(part, "ImagingStudy"); };
    auto& parts = observation_.items("partOf");
    expect(std::ranges::count_if(parts, is_study) == 1, "partOf");
    for (auto& part : parts) {
      auto* identifier = part.find("identifier");
      expect(!is_study(part) ||
                 (identifier && identifier->text("system") == "urn:dicom:uid" && !identifier->text("value").empty() &&
                  has_coding(identifier->find("type"), type_system, "study-instance-uid", "Study Instance UID")),
             "partOf.identifier");
    }
    auto& focus = observation_.items("focus");
    expect(focus.size() == 1 && is_study(focus.front()), "focus");
  }

  void check_orders() {
    auto& orders = observation_.items("basedOn");
    expect(std::ranges::count_if(orders, [](auto& one) { return refers_to(one, "ServiceRequest"); }) <= 1, "basedOn");
    for (auto& order : orders) {
      auto* identifier = order.find("identifier");
      expect(!refers_to(order, "ServiceRequest") ||
                 (identifier && !identifier->text("value").empty() &&
                  has_coding(identifier->find("type"), "http://terminology.hl7.org/CodeSystem/v2-0203", "ACSN",
                             "Accession ID")),
             "basedOn.identifier");
    }
  }

  void check_performer() {
    auto& performers = observation_.items("performer");
    expect(performers.size() == 1, "performer");
    if (performers.empty())
      return;
    auto to = performers.front().text("reference");
    bool is_contained = to.starts_with("#") && std::ranges::any_of(observation_.items("contained"), [&](auto& one) {
                          return one.text("resourceType") == "Practitioner" && one.text("id") == to.substr(1);
                        });
    expect(is_contained || refers_to(performers.front(), "Practitioner"), "performer");
  }

  const Json& observation_;
  std::string faults_;
};

} // namespace

std::string dose_profile_faults(const Json& observation) {
  return names_profile(observation) ? Checker(observation).faults() : std::string();
}

} // namespace dicomcast::mapping::test
