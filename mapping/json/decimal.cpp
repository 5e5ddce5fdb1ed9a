// Number tokens: their grammar, and numbers of DICOM as FHIR decimals.
#include "mapping/json/decimal.hpp"

#include "mapping/json/json.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace dicomcast::mapping {

namespace {

/// Takes the digits at the start of the text.
std::string_view take_digits(std::string_view& text) {
  auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

std::optional<double> to_double(std::string_view token) {
  double value = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size())
    return std::nullopt;
  return value;
}

} // namespace

std::optional<std::string> decimal_token(std::string_view text) {
  std::string token;
  if (text.starts_with('-'))
    token = "-";
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  auto whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole.empty() && fraction.empty())
    return std::nullopt;
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  token += whole.empty() ? "0" : whole;
  if (!fraction.empty())
    token.append(".").append(fraction);
  token += text; // the exponent
  if (!is_json_number(token) || std::isinf(std::strtod(token.c_str(), nullptr)))
    return std::nullopt;
  return token;
}

std::optional<std::int32_t> whole_number(std::string_view token) {
  using Limits = std::numeric_limits<std::int32_t>;
  auto value = to_double(token);
  if (!value || *value != std::trunc(*value) || *value < Limits::min() || *value > Limits::max())
    return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

bool same_number(std::string_view a, std::string_view b) {
  return a == b || (to_double(a) && to_double(a) == to_double(b));
}

} // namespace dicomcast::mapping
