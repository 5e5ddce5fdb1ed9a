// Finding keys by name, known and unknown ones.
#include "conf/keys.hpp"
#include "conf/text.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace dicomcast::conf {

namespace {

/// Sections and keys that files and deployments of the original may hold, and that have no meaning here.
constexpr std::array<std::string_view, 11> passed_over_keys = {
    "Logging",
    "ApplicationInsights",
    "KeyVault",
    "AllowedHosts",
    "Kestrel",
    "DicomValidation",
    "TableStore:Enabled",
    "DicomWeb:Authentication:ManagedIdentityCredential:TenantId",
    "DicomWeb:Authentication:OAuth2ClientCertificateCredential",
    "Fhir:Authentication:ManagedIdentityCredential:TenantId",
    "Fhir:Authentication:OAuth2ClientCertificateCredential",
};

/// Whether `name` is `prefix` or stands below it.
bool is_below(std::string_view name, std::string_view prefix) {
  return text::equal_but_for_case(name.substr(0, prefix.size()), prefix) &&
         (name.size() == prefix.size() || name[prefix.size()] == ':');
}

/// Letters to change, add or remove to get from one text to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

} // namespace

const Key* find_key(std::string_view name) {
  auto found = std::find_if(keys().begin(), keys().end(),
                            [&](const Key& key) { return text::equal_but_for_case(key.name, name); });
  return found == keys().end() ? nullptr : &*found;
}

const Key& nearest_key(std::string_view name) {
  auto distance = [wanted = text::lower_case(name)](const Key& key) {
    return edit_distance(wanted, text::lower_case(key.name));
  };
  return *std::min_element(keys().begin(), keys().end(),
                           [&](const Key& a, const Key& b) { return distance(a) < distance(b); });
}

std::string_view passed_over(std::string_view name) {
  auto found = std::find_if(passed_over_keys.begin(), passed_over_keys.end(),
                            [&](std::string_view prefix) { return is_below(name, prefix); });
  return found == passed_over_keys.end() ? std::string_view() : *found;
}

bool is_section(std::string_view first_part) {
  return !passed_over(first_part).empty() ||
         std::any_of(keys().begin(), keys().end(), [&](const Key& key) { return is_below(key.name, first_part); });
}

} // namespace dicomcast::conf
