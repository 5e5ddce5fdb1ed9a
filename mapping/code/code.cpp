// Reads codes by their scheme, SNOMED RT as its pair in SNOMED CT, and writes them as FHIR does.
#include "mapping/code/code.hpp"

#include "mapping/code/sequence.hpp"
#include "mapping/code/snomed.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dicomcast::mapping {

namespace {

using Schemes = std::array<std::pair<std::string_view, std::string_view>, 7>;

/// By Coding Scheme Designator, letter by letter.
constexpr Schemes schemes{{
    {"DCM", dcm_system},
    {"SCT", snomed_system},
    {"LN", loinc_system},
    {"UCUM", ucum_system},
    {"SRT", snomed_rt_system},
    {"SNM3", snomed_rt_system},
    {"99SDM", snomed_rt_system},
}};

/// Empty: unknown.
std::string_view system_of(std::string_view designator, Profile profile) {
  if (profile == Profile::Original && designator == "SRT")
    return snomed_system;
  auto found = std::ranges::find(schemes, designator, &Schemes::value_type::first);
  bool is_known = found != schemes.end() && (profile != Profile::Original || found->second != snomed_rt_system);
  return is_known ? found->second : std::string_view();
}

bool are_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7F;
}

Json coding(std::string_view system, std::string_view code, std::string_view display) {
  Json out;
  if (!system.empty())
    out.set("system", system);
  out.set("code", code);
  if (!display.empty() && is_fhir_string(display))
    out.set("display", display);
  return out;
}

} // namespace

std::optional<Code> code_of(const Json& item, Profile profile) {
  for (auto value_tag : {"00080100", "00080119", "00080120"}) {
    auto value = single_value(item, value_tag).text;
    if (value.empty())
      continue;
    Code code{std::move(value), system_of(single_value(item, "00080102").text, profile),
              single_value(item, "00080104").text};
    if (code.system == snomed_rt_system) {
      if (are_digits(code.value)) // no code of SNOMED RT is: reports of the years of change write so
        code.system = snomed_system;
      else if (auto pair = snomed_ct_of(code.value)) {
        code.snomed_rt = std::exchange(code.value, std::move(*pair));
        code.system = snomed_system;
      }
    }
    return code;
  }
  return std::nullopt;
}

std::optional<Code> first_code(const Json& dataset, std::string_view tag, Profile profile) {
  auto& codes = sequence_items(dataset, tag);
  return codes.empty() ? std::nullopt : code_of(codes.front(), profile);
}

bool is_fhir_code(std::string_view text) {
  return std::ranges::none_of(text, is_control) && text.find("  ") == std::string_view::npos;
}

bool is_fhir_string(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t' && c != '\r' && c != '\n'; });
}

Json codeable_concept(std::string_view system, std::string_view code, std::string_view display) {
  Json out;
  out.array_at("coding").push_back(coding(system, code, display));
  return out;
}

Json::Array codings_of(const Code& code) {
  Json::Array out{coding(code.system, code.value, code.meaning)};
  if (!code.snomed_rt.empty())
    out.push_back(coding(snomed_rt_system, code.snomed_rt, code.meaning));
  return out;
}

Json codeable_concept(const Code& code) {
  Json out;
  out.set("coding", codings_of(code));
  return out;
}

} // namespace dicomcast::mapping
