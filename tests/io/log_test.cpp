// The log's levels, and the form of a line on stderr.
#include "io/log.hpp"

#include <catch2/catch.hpp>

#include <cstdio>
#include <regex>
#include <string>
#include <unistd.h>

using namespace dicomcast::io;

namespace {

/// What `write` puts to file descriptor 2.
template<class Write>
std::string on_stderr(Write write) {
  std::FILE* file = std::tmpfile();
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  write();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  std::rewind(file);
  std::string text(4'096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

} // namespace

TEST_CASE("A line has its UTC time, its level and one line of text") {
  const auto text = on_stderr([] { log::warning("first\nsecond {} %s\xE2\x80\xAE"); });
  INFO(text);
  CHECK(std::regex_match(text, std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z warning "
                                          "first second \\{\\} %s\n")));
}

TEST_CASE("What comes from outside neither forges a line nor steers a terminal") {
  const auto text = on_stderr([] { log::warning("a\x1b[2J\u009b1m\u2028\u2029\u202e\u2066b\x7f\xff"); });
  INFO(text);
  CHECK(std::regex_search(text, std::regex(" warning a \\[2J 1m b \uFFFD\n$")));
}

TEST_CASE("What is below the level is not written") {
  const auto text = on_stderr([] {
    log::debug("hidden");
    log::set_level(log::Level::Error);
    log::warning("hidden");
    log::error("shown");
    log::set_level(log::Level::Info);
  });
  CHECK(text.find("hidden") == std::string::npos);
  CHECK(text.find(" error shown\n") != std::string::npos);
  CHECK(log::writes(log::Level::Info));
  CHECK_FALSE(log::writes(log::Level::Debug));
}
