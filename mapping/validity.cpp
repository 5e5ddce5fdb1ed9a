// The value representations, one function each.
#include "mapping/validity.hpp"

#include "conf/text.hpp"

#include <algorithm>
#include <charconv>

namespace dicomcast::mapping {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

/// Of digits only.
int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool are_digits_to(std::string_view text, int last) {
  return are_digits(text) && number(text) <= last;
}

} // namespace

std::string_view without_padding(std::string_view value) {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
    value.remove_suffix(1);
  while (!value.empty() && value.front() == ' ')
    value.remove_prefix(1);
  return value;
}

bool is_uid(std::string_view value) {
  char before = '.';
  bool begins_with_zero = false;
  for (char c : value) {
    if (c == '.' ? before == '.' : !is_digit(c) || begins_with_zero)
      return false;
    begins_with_zero = before == '.' && c == '0';
    before = c;
  }
  return before != '.' && value.size() <= 64;
}

bool is_code_string(std::string_view value) {
  return value.size() <= 16 && std::all_of(value.begin(), value.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' ' || c == '_';
         });
}

bool is_date(std::string_view value) {
  if (value.size() != 8 || !are_digits(value))
    return false;
  int year = number(value.substr(0, 4)), month = number(value.substr(4, 2)), day = number(value.substr(6));
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

bool is_time(std::string_view value) {
  auto whole = value.substr(0, value.find('.'));
  if (whole.size() < value.size()) {
    auto fraction = value.substr(whole.size() + 1);
    if (whole.size() != 6 || fraction.empty() || fraction.size() > 6 || !are_digits(fraction))
      return false;
  }
  if (whole.size() != 2 && whole.size() != 4 && whole.size() != 6)
    return false;
  return are_digits_to(whole.substr(0, 2), 23) && (whole.size() < 4 || are_digits_to(whole.substr(2, 2), 59)) &&
         (whole.size() < 6 || are_digits_to(whole.substr(4), 60));
}

bool is_zone(std::string_view value) {
  if (value.size() != 5 || (value[0] != '+' && value[0] != '-') || !are_digits(value.substr(1)))
    return false;
  int hours = number(value.substr(1, 2)), minutes = number(value.substr(3));
  return minutes < 60 && hours * 60 + minutes <= (value[0] == '+' ? 14 : 12) * 60;
}

bool is_text(std::string_view value) {
  return !text::has_control(value) && value.find('\\') == value.npos;
}

bool is_name(std::string_view value) {
  int carets = 0;
  for (char c : value)
    if (c == '=')
      carets = 0;
    else if (c == '^' && ++carets > 4)
      return false;
  return is_text(value);
}

std::optional<std::int32_t> integer_of(std::string_view value) {
  if (value.size() > 1 && value[0] == '+' && is_digit(value[1]))
    value.remove_prefix(1);
  std::int32_t number = 0;
  auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value.empty() || fault != std::errc() || end != value.data() + value.size())
    return std::nullopt;
  return number;
}

bool has_form(Form form, std::string_view value) {
  switch (form) {
  case Form::Uid:
    return is_uid(value);
  case Form::Code:
    return is_code_string(value);
  case Form::Sex:
    return value == "M" || value == "F" || value == "O";
  case Form::Date:
    return is_date(value);
  case Form::Time:
    return is_time(value);
  case Form::Zone:
    return is_zone(value);
  case Form::Number:
    return integer_of(value).value_or(-1) >= 0;
  case Form::Text:
  case Form::Line:
    return is_text(value);
  case Form::Name:
    return is_name(value);
  }
  return false;
}

const char* fault_of(Form form) {
  switch (form) {
  case Form::Uid:
    return "is no UID (digits and dots, no component with a leading zero, at most 64 characters)";
  case Form::Code:
    return "is no code string (A-Z, 0-9, space and underscore, at most 16 characters)";
  case Form::Sex:
    return "is none of M, F and O";
  case Form::Date:
    return "is no date YYYYMMDD";
  case Form::Time:
    return "is no time HH, HHMM, HHMMSS or HHMMSS.FFFFFF";
  case Form::Zone:
    return "is no offset from UTC from -1200 to +1400";
  case Form::Number:
    return "is no integer from 0 to 2147483647";
  case Form::Text:
  case Form::Line:
    return "holds a control character or a backslash";
  case Form::Name:
    return "is no person name (at most five components, no control character, no backslash)";
  }
  return "";
}

std::string in_one_line(std::string_view value) {
  std::string out(value);
  std::ranges::replace_if(
      out, [](char c) { return c == '\r' || c == '\n' || c == '\t'; }, ' ');
  return std::string(without_padding(out));
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest_uid = 64;
  return text::shortened(text, longest_uid);
}

std::string in_quotes(std::string_view value) {
  return text::quoted(excerpt(value));
}

} // namespace dicomcast::mapping
