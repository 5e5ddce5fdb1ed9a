// The ground floor for text.
#include "conf/text.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace dicomcast;

namespace {

/// Bytes that are seldom in good text: halves of characters, controls, and what steers a terminal.
std::string random_text(std::mt19937_64& random) {
  static const std::vector<std::string> parts{"a",
                                              "B",
                                              " ",
                                              "\n",
                                              "\"",
                                              "\\",
                                              "\x1b[2J",
                                              "\x7f",
                                              "\xC2\x9B", // controls
                                              "\xE2\x80\xA8",
                                              "\xE2\x80\xAE",
                                              "\xD8\x9C",
                                              "\xE2\x81\xA6", // what steers
                                              "\xE2",
                                              "\x80",
                                              "\xF0\x9F",
                                              "\xED\xA0\x80",
                                              "\xFF",
                                              "\xC0\xAF", // no UTF-8
                                              "\xF0\x9F\x98\x80",
                                              "\xC3\xA4",
                                              "\xEF\xBF\xBD"};
  std::string result;
  for (auto count = random() % 12; count > 0; --count)
    result += parts[random() % parts.size()];
  return result;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto character = text::first_character(text);
    if (!character.is_well_formed)
      return false;
    text.remove_prefix(character.length);
  }
  return true;
}

} // namespace

TEST_CASE("names are compared in ASCII, text of the data as services do") {
  CHECK(text::lower_case("AZaz-\xC3\x84") == "azaz-\xC3\x84");
  CHECK(text::equal_but_for_case("Retry-After", "rETRY-aFTER"));
  CHECK_FALSE(text::equal_but_for_case("a", "ab"));
  CHECK_FALSE(text::equal_but_for_case("\xC3\x84", "\xC3\xA4"));
  CHECK(text::fold_case("ÄÖÜ-Ñ×ΣЖЁŁŠ") == "äöü-ñ×σжёłš");
  CHECK(text::fold_case("Aäö€😀z") == "aäö€😀z");
  CHECK(text::fold_case("\xC3X\xC3") == "\xC3x\xC3"); // half a character stays, and so does what is beside it
}

TEST_CASE("blanks are trimmed at both ends, and no others") {
  CHECK(text::trimmed(" \t a b\r\n") == "a b");
  CHECK(text::trimmed(" \r\n").empty());
  CHECK(text::trimmed(std::string_view("a\0", 2)).size() == 2);
  CHECK(text::without_trailing_slashes("http://a/b//") == "http://a/b");
  CHECK(text::is_blank(" \t\r\n"));
  CHECK(text::is_blank(""));
  CHECK_FALSE(text::is_blank("\xEF\xBB\xBF"));
  CHECK(text::without_byte_order_mark("\xEF\xBB\xBF{}") == "{}");
  CHECK(text::without_byte_order_mark("{}\xEF\xBB\xBF").size() == 5);
}

TEST_CASE("percent-encoding leaves the unreserved characters alone") {
  CHECK(text::percent_encoded("aZ0-._~ /+%ä") == "aZ0-._~%20%2F%2B%25%C3%A4");
}

TEST_CASE("base64 is that of RFC 4648, and is read strictly") {
  const std::pair<const char*, const char*> known[] = {{"f", "Zg=="},         {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, coded] : known) {
    CHECK(text::base64(bytes) == coded);
    CHECK(text::base64_decoded(coded) == std::optional<std::string>(bytes));
  }
  CHECK(text::base64("").empty());
  CHECK(text::base64("\xFF\xFE\xFD") == "//79");
  for (auto wrong : {"", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9 v", "Zm9v\n", "Zm-_"})
    CHECK_FALSE(text::base64_decoded(wrong));
}

TEST_CASE("text is cut between characters") {
  CHECK(text::cut("abc", 3) == "abc");
  CHECK(text::cut("abc", 2) == "ab");
  CHECK(text::cut("aä", 2) == "a");
  CHECK(text::cut("😀", 3).empty());
  CHECK(text::shortened("aäb", 3) == "aä...");
  CHECK(text::shortened("aä", 3) == "aä");
}

TEST_CASE("a character is read as Unicode says, and what is none has its maximal subpart's length") {
  auto is = [](std::string_view text, char32_t code, std::size_t length, bool is_well_formed) {
    auto character = text::first_character(text);
    return character.code == code && character.length == length && character.is_well_formed == is_well_formed;
  };
  CHECK(is("a", 'a', 1, true));
  CHECK(is("ä", 0xE4, 2, true));
  CHECK(is("€", 0x20AC, 3, true));
  CHECK(is("😀", 0x1F600, 4, true));
  CHECK(is("\xEF\xBF\xBD", 0xFFFD, 3, true));
  CHECK(is("\x80z", 0xFFFD, 1, false));
  CHECK(is("\xC0\xAF", 0xFFFD, 1, false));         // overlong
  CHECK(is("\xED\xA0\x80", 0xFFFD, 1, false));     // a surrogate
  CHECK(is("\xF4\x90\x80\x80", 0xFFFD, 1, false)); // beyond U+10FFFF
  CHECK(is("\xE2\x82", 0xFFFD, 2, false));         // cut off
  CHECK(is("\xF0\x9F\x98 ", 0xFFFD, 3, false));
}

TEST_CASE("control characters are those of C0, DEL and C1") {
  CHECK(text::has_control("a\tb"));
  CHECK(text::has_control("\x7f"));
  CHECK(text::has_control("\xC2\x85"));
  CHECK_FALSE(text::has_control("\xC2\xA0"));
  CHECK_FALSE(text::has_control("Ä€😀"));
}

TEST_CASE("what is shown is one line and cannot steer a terminal") {
  CHECK(text::one_line("  a \r\n\t b  ") == "a b");
  CHECK(text::one_line("\x1b]0;title\x07"
                       "a\x7f"
                       "b") == "]0;title a b");
  CHECK(text::one_line("a\xC2\x9B"
                       "31mb") == "a 31mb");
  CHECK(text::one_line("a\x9B"
                       "31mb") == "a\xEF\xBF\xBD"
                                  "31mb"); // a C1 byte for a terminal of 8 bits
  CHECK(text::one_line("a\xE2\x80\xA8"
                       "b\xE2\x80\xA9"
                       "c") == "a b c");
  CHECK(text::one_line("a\xE2\x80\xAE"
                       "b\xE2\x81\xA6"
                       "c\xD8\x9C"
                       "d\xE2\x80\x8F"
                       "e") == "a b c d e");
  CHECK(text::one_line("Ä € 😀 \xE2\x80\x8D") == "Ä € 😀 \xE2\x80\x8D");
  CHECK(text::one_line(" \n ").empty());
}

TEST_CASE("a quoted text shows what was there") {
  CHECK(text::quoted("a\"\\b") == R"("a\"\\b")");
  CHECK(text::quoted(std::string_view("\0\n\t\r\x1b", 5)) == R"("\u0000\n\t\r\u001b")");
  CHECK(text::quoted("\xC2\x9B\xE2\x80\xAEö") == R"("\u009b\u202eö")");
  CHECK(text::quoted("\xFF") == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("whatever comes in, what is shown is UTF-8 without controls, and stays as it is") {
  auto seed = GENERATE(range(1u, 5u));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    auto given = random_text(random);
    auto line = text::one_line(given);
    REQUIRE(text::one_line(line) == line);
    for (const auto& shown : {line, text::quoted(given)}) {
      REQUIRE(is_utf8(shown));
      REQUIRE_FALSE(text::has_control(shown));
    }
    REQUIRE(text::base64_decoded(text::base64(given + "x")) == given + "x");
  }
}
