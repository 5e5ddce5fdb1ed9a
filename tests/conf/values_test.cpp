// Durations, numbers, URLs, zones.
#include "conf/values.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace dicomcast::conf;
using std::chrono::milliseconds;

TEST_CASE("a duration is days, hours, minutes, seconds and a fraction") {
  struct Row {
    const char* text;
    long milliseconds;
  };
  auto row = GENERATE(Row{"00:00:00", 0}, Row{"00:01:40", 100'000}, Row{"23:59:59", 86'399'000},
                      Row{"7.00:00:00", 604'800'000}, Row{"1.02:03:04.5", 93'784'500}, Row{"00:00:00.1", 100},
                      Row{"00:00:00.12", 120}, Row{"00:00:00.123", 123}, Row{"00:00:00.1239999", 123},
                      Row{"00:00:00.0050000", 5}, Row{"0:1:2", 62'000}, Row{" 00:00:01 ", 1'000});
  INFO(row.text);
  REQUIRE(read_duration(row.text));
  CHECK(read_duration(row.text)->count() == row.milliseconds);
}

TEST_CASE("what is no duration is refused") {
  auto text = GENERATE("", "5", "7", "00:01", "1:2:3:4", "24:00:00", "00:60:00", "00:00:60", "-00:00:01", "00:00:01.",
                       "00:00:01.x", "00:00:01.12345678", "1.5", "99999.00:00:00", "1h", "00:00:01s", "1..00:00:00",
                       "000:00:01", "::", "00:00:0x");
  INFO(text);
  CHECK_FALSE(read_duration(text));
}

TEST_CASE("a duration that is shown reads back as the same") {
  auto text = GENERATE("00:00:00", "00:01:40", "23:59:59.999", "7.00:00:00", "1.02:03:04.500", "9999.23:59:59.001");
  INFO(text);
  REQUIRE(read_duration(text));
  CHECK(duration_text(*read_duration(text)) == text);
}

TEST_CASE("any duration within the range reads back from its text") {
  const unsigned seed = 20260714;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> any(0, 10'000LL * 86'400'000 - 1);
  for (int i = 0; i < 2'000; ++i) {
    milliseconds duration(any(random) >> (i % 40));
    INFO(duration.count());
    CHECK(read_duration(duration_text(duration)) == duration);
  }
}

TEST_CASE("a zone is hours and minutes within a day's reach") {
  for (auto text : {"+00:00", "-00:00", "+01:00", "-12:00", "+14:00", "+05:45"}) {
    INFO(text);
    CHECK(is_timezone(text));
  }
  for (auto text : {"", "Z", "+1:00", "+0100", "01:00", "+14:01", "-12:01", "+00:60", "+00:00 ", "+aa:00", "+-1:00"}) {
    INFO(text);
    CHECK_FALSE(is_timezone(text));
  }
}

TEST_CASE("a URL is brought into its normal form") {
  struct Row {
    const char *text, *normal;
  };
  auto row = GENERATE(
      Row{"https://dicom", "https://dicom/"}, Row{"https://dicom/", "https://dicom/"},
      Row{"HTTPS://DICOM.Example.ORG/Path", "https://dicom.example.org/Path"},
      Row{"https://dicom/path", "https://dicom/path"}, Row{"https://dicom/path/", "https://dicom/path/"},
      Row{"http://dicom:80", "http://dicom/"}, Row{"https://dicom:443/a", "https://dicom/a"},
      Row{"http://dicom:443/", "http://dicom:443/"}, Row{"https://dicom:80/", "https://dicom:80/"},
      Row{"http://dicom:8080", "http://dicom:8080/"}, Row{"http://dicom:/a", "http://dicom/a"},
      Row{"http://dicom/a/./b/../c", "http://dicom/a/c"}, Row{"http://dicom/a/..", "http://dicom/"},
      Row{"http://dicom/a/b/..", "http://dicom/a/"}, Row{"http://dicom/..", "http://dicom/"},
      Row{"http://dicom/a/.", "http://dicom/a/"}, Row{"http://dicom/%7ea%2fb%c3%a9", "http://dicom/~a%2Fb%C3%A9"},
      Row{"http://dicom/a/%2e%2E/b", "http://dicom/b"}, Row{"http://dicom//a//", "http://dicom//a//"},
      Row{"http://[::1]:8080/a", "http://[::1]:8080/a"}, Row{"http://127.0.0.1:5000", "http://127.0.0.1:5000/"});
  INFO(row.text);
  CHECK(url_fault(row.text) == "");
  CHECK(normalised_url(row.text) == row.normal);
  CHECK(normalised_url(row.normal) == row.normal);
}

TEST_CASE("what cannot be the root of requests is refused with a reason that does not repeat it") {
  for (auto text : {"", "dicom", "localhost:8080", "//dicom/", "/path", "ftp://dicom/", "http://", "http:///path",
                    "http://dicom:0/", "http://dicom:70000/", "http://dicom:x/", "http://a b/", "http://dicom/a b",
                    "http://dicom/%zz", "http://dicom/?key=1", "http://dicom/#part", "https://user:hidden@dicom/",
                    "https://user@dicom/"}) {
    INFO(text);
    CHECK(url_fault(text) != "");
    CHECK(url_fault(text).find("hidden") == std::string::npos);
  }
}

TEST_CASE("booleans and whole numbers are JSON or strings") {
  using Kind = Value::Kind;
  CHECK(read_boolean({Kind::Boolean, "true"}) == true);
  CHECK(read_boolean({Kind::Text, "False"}) == false);
  CHECK(read_boolean({Kind::Text, " TRUE "}) == true);
  for (auto value : {Value{Kind::Text, ""}, Value{Kind::Text, "yes"}, Value{Kind::Text, "1"}, Value{Kind::Number, "1"},
                     Value{Kind::Array, ""}})
    CHECK_FALSE(read_boolean(value));
  CHECK(read_integer({Kind::Number, "17"}) == 17);
  CHECK(read_integer({Kind::Text, " 17 "}) == 17);
  CHECK(read_integer({Kind::Text, "+17"}) == 17);
  CHECK(read_integer({Kind::Text, "-17"}) == -17);
  CHECK(read_integer({Kind::Text, "017"}) == 17);
  for (auto value : {Value{Kind::Number, "1.0"}, Value{Kind::Number, "1e2"}, Value{Kind::Text, ""},
                     Value{Kind::Text, "0x11"}, Value{Kind::Text, "17 a"}, Value{Kind::Text, "+-1"},
                     Value{Kind::Text, "9223372036854775808"}, Value{Kind::Boolean, "true"}}) {
    INFO(shown(value));
    CHECK_FALSE(read_integer(value));
  }
}

TEST_CASE("text holds no control characters, and is JSON text") {
  CHECK(read_text({Value::Kind::Text, "a b\xc3\xa9"}) == "a b\xc3\xa9");
  CHECK_FALSE(read_text({Value::Kind::Text, "a\nb"}));
  CHECK_FALSE(read_text({Value::Kind::Number, "5"}));
}
