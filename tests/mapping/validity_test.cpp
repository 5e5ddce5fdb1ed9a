// Values and their VRs.
#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace dicomcast::mapping;
using dicomcast::conf::Timezone;

namespace {

void check_form(Form form, const std::vector<std::string>& valid, const std::vector<std::string>& invalid) {
  for (auto& value : valid) {
    INFO('"' << value << '"');
    CHECK(has_form(form, value));
  }
  for (auto& value : invalid) {
    INFO('"' << value << "\" should be invalid");
    CHECK_FALSE(has_form(form, value));
  }
}

} // namespace

TEST_CASE("UI is digits and dots without leading zeros, 64 characters at most") {
  check_form(
      Form::Uid, {"1.2.840", "0.0", "1.0.10", "2", "1." + std::string(62, '1')},
      {".1", "1.", "1..2", "1.02", "01.2", "00", "1.2a", "1 .2", "1.2\\1.3", "-1.2", "1." + std::string(63, '1')});
}

TEST_CASE("CS is A-Z, 0-9, space and underscore, 16 characters at most") {
  check_form(Form::Code, {"CT", "A_1 B", "ABCDEFGHIJKLMNOP"}, {"ct", "C-T", "C\\T", "Ä", "C\tT", "ABCDEFGHIJKLMNOPQ"});
}

TEST_CASE("DA is a day that exists") {
  check_form(Form::Date, {"20200229", "20000229", "00010101", "99991231"},
             {"20210229", "19000229", "20201301", "20200001", "20200132", "20200400", "20200431", "00000101",
              "2020.01.31", "2020131", "202001311", "2020013a", "2020-01-31", "+2020131"});
}

TEST_CASE("TM is hours, minutes, seconds and a fraction in range; second 60 is one") {
  check_form(Form::Time, {"00", "23", "2359", "235959", "235960", "101112.1", "101112.123456"},
             {"24", "1", "101", "10111", "1060", "101161", "101112.", "101112.1234567", "1011.5", "10.5", "10:11:12",
              "-1", "1a", "10 1", "101112.1a"});
}

TEST_CASE("the zone is an offset from -1200 to +1400") {
  check_form(Form::Zone, {"+0000", "-0000", "+1400", "-1200", "+0530", "-0359"},
             {"+1401", "+1500", "-1201", "-1300", "+0060", "0100", "+01", "+01:00", "+010", "Z", "+01000", "+1a00"});
}

TEST_CASE("IS is an integer of 32 bits, and here not negative") {
  check_form(
      Form::Number, {"0", "+5", "007", "2147483647", "-0"},
      {"-1", "2147483648", "1.0", "1.5", "1e2", "a", "", "+", "-", "+-1", "--1", "1 2", "0x1", "99999999999999999999"});
  CHECK(integer_of("-2147483648") == -2147483647 - 1);
  CHECK_FALSE(integer_of("-2147483649"));
}

TEST_CASE("LO and SH hold neither control characters nor backslashes, at any length") {
  check_form(Form::Text, {"a", "ä€😀", "a=b^c", std::string(5000, 'x')},
             {"a\\b", "a\tb", "a\nb", std::string("a\0b", 3), "\x7F", "\xC2\x85", "\x1B$B"});
  CHECK(has_form(Form::Text, "\xC2\xA0")); // U+00A0 is the first after the control characters
}

TEST_CASE("PN has at most five components in each group") {
  check_form(Form::Name, {"a", "a^b^c^d^e", "^^^^", "a^b^c^d^e=x^y^z^v^w=k", "="},
             {"a^b^c^d^e^f", "a^b^c^d^e^", "^^^^^", "a=^^^^^", "a\\b", "a\nb"});
}

TEST_CASE("the sex is M, F or O") {
  check_form(Form::Sex, {"M", "F", "O"}, {"m", "f", "U", "MF", "MALE", "", "N"});
}

TEST_CASE("spaces around a value and trailing NULs do not count") {
  CHECK(without_padding("  a b  ") == "a b");
  CHECK(without_padding(std::string_view("1.2\0", 4)) == "1.2");
  CHECK(without_padding(std::string_view("x \0 \0\0", 6)) == "x");
  CHECK(without_padding("   ").empty());
  CHECK(without_padding("\tx") == "\tx");
}

TEST_CASE("dates and times go into FHIR's form") {
  CHECK(fhir_date("20200131") == "2020-01-31");
  CHECK(fhir_date_time("20200131", "10", Timezone::of_offset("+00:00")) == "2020-01-31T10:00:00+00:00");
  CHECK(fhir_date_time("20200131", "1011", Timezone::of_offset("+00:00")) == "2020-01-31T10:11:00+00:00");
  CHECK(fhir_date_time("20200131", "101112", Timezone::of_offset("-05:30")) == "2020-01-31T10:11:12-05:30");
  CHECK(fhir_date_time("20200131", "101112.120", Timezone::of_offset("+00:00")) == "2020-01-31T10:11:12.12+00:00");
  CHECK(fhir_date_time("20200131", "101112.000", Timezone::of_offset("+00:00")) == "2020-01-31T10:11:12+00:00");
  CHECK(fhir_date_time("20200131", "101160.5", Timezone::of_offset("+00:00")) == "2020-01-31T10:11:60.5+00:00");
  CHECK(fhir_zone("+1400") == "+14:00");
}

TEST_CASE("a message shows a value in quotes, escaped, and cut where it is long") {
  CHECK(in_quotes("a\"\n") == R"("a\"\n")");
  CHECK(in_quotes(std::string(63, 'x') + "ää") == '"' + std::string(63, 'x') + "...\"");
}
