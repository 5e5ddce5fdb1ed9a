// Commands and options.
#include "conf/command_line.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::conf;

namespace {

using Words = std::vector<const char*>;

std::variant<CommandLine, CommandLineEnd> read(Words words) {
  words.insert(words.begin(), "dicomcast");
  return read_command_line(static_cast<int>(words.size()), words.data(), "1.2.3");
}

CommandLine line(const Words& words) {
  auto result = read(words);
  if (auto* end = std::get_if<CommandLineEnd>(&result))
    FAIL(end->text);
  return std::get<CommandLine>(result);
}

template<class T>
T command(const Words& words) {
  auto result = line(words);
  REQUIRE(std::holds_alternative<T>(result.command));
  return std::get<T>(result.command);
}

CommandLineEnd end(const Words& words) {
  auto result = read(words);
  REQUIRE(std::holds_alternative<CommandLineEnd>(result));
  return std::get<CommandLineEnd>(result);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("each command is read with its options") {
  command<Daemon>({"daemon"});
  command<Check>({"check"});
  CHECK_FALSE(command<Status>({"status"}).json);
  CHECK(command<Status>({"status", "--json"}).json);
  CHECK(command<Reset>({"reset", "--to", "0"}).to == 0);
  CHECK(command<Reset>({"reset", "--to=9223372036854775807"}).to == INT64_MAX);

  auto plain = command<Backfill>({"backfill"});
  CHECK_FALSE(plain.from);
  CHECK_FALSE(plain.to);
  CHECK_FALSE(plain.commit_mode);
  CHECK_FALSE(plain.json);
  CHECK_FALSE(plain.rewrite_observations);
  CHECK(command<Backfill>({"backfill", "--rewrite-observations"}).rewrite_observations);
  auto bounded = command<Backfill>({"backfill", "--from", "010", "--to", "10", "--commit-mode", "per-entry", "--json"});
  CHECK(bounded.from == 10);
  CHECK(bounded.to == 10);
  CHECK(bounded.commit_mode == CommitMode::PerEntry);
  CHECK(bounded.json);
  CHECK(command<Backfill>({"backfill", "--commit-mode", "Grouped"}).commit_mode == CommitMode::Grouped);

  auto map = command<Map>({"map", "--existing", "a.json", "--existing", "b.json", "entry.json", "--explain"});
  CHECK(map.entry == "entry.json");
  CHECK(map.existing == std::vector<std::string>{"a.json", "b.json"});
  CHECK(map.explain);
  CHECK(command<Map>({"map", "entry.json", "--existing", "a.json"}).existing == std::vector<std::string>{"a.json"});
  CHECK_FALSE(command<Map>({"map", "entry.json"}).explain);
}

TEST_CASE("errors lists by filter, and errors replay takes the same filters before and after its name") {
  auto list = command<Errors>(
      {"errors", "--table", "A", "--table", "B", "--study", "1.2", "--since-sequence", "7", "--all", "--json"});
  CHECK(list.filter.tables == std::vector<std::string>{"A", "B"});
  CHECK(list.filter.study == "1.2");
  CHECK(list.filter.since_sequence == 7);
  CHECK(list.all);
  CHECK(list.json);
  CHECK_FALSE(command<Errors>({"errors"}).filter.since_sequence);

  auto after =
      command<ErrorsReplay>({"errors", "replay", "--table", "A", "--study", "1.2", "--since-sequence", "7", "--json"});
  CHECK(after.filter.tables == std::vector<std::string>{"A"});
  CHECK(after.filter.study == "1.2");
  CHECK(after.filter.since_sequence == 7);
  CHECK(after.json);
  auto around = command<ErrorsReplay>({"errors", "--table", "A", "replay", "--table", "B"});
  CHECK(around.filter.tables == std::vector<std::string>{"A", "B"});
}

TEST_CASE("common options stand before or after the command") {
  auto before = line({"--config", "a.json", "--set", "A:B=1", "status"});
  CHECK(before.common.config_file == "a.json");
  CHECK(before.common.config_file_given);
  CHECK(before.common.settings == std::vector<std::string>{"A:B=1"});

  auto around = line({"--set", "A:B=1", "errors", "replay", "--set", "A:B=x,y z", "--config=b.json", "--set", "C="});
  CHECK(around.common.config_file == "b.json");
  CHECK(around.common.settings == std::vector<std::string>{"A:B=1", "A:B=x,y z", "C="});

  auto neither = line({"daemon"});
  CHECK(neither.common.config_file == "conf/dicomcast.json");
  CHECK_FALSE(neither.common.config_file_given);
}

TEST_CASE("a value of --set may begin with anything") {
  CHECK(line({"daemon", "--set", "Mapping:DefaultTimezone=-03:00"}).common.settings.front() ==
        "Mapping:DefaultTimezone=-03:00");
  CHECK(line({"daemon", "--set", "A:B=[1,2]"}).common.settings == std::vector<std::string>{"A:B=[1,2]"});
  CHECK(line({"daemon", "--set", "A:B=\"q\""}).common.settings.front() == "A:B=\"q\"");
  CHECK(line({"daemon", "--set", "A:B=c==;d="}).common.settings.front() == "A:B=c==;d=");
}

TEST_CASE("help and version end with 0") {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"daemon", "--help"}, Words{"--help", "daemon"},
                             Words{"errors", "replay", "--help"}, Words{"reset", "--help"}, Words{"map", "--help"}}) {
    auto help = end(words);
    CHECK(help.exit_code == 0);
    CHECK(contains(help.text, "Usage: dicomcast"));
    CHECK(contains(help.text, "--set"));
    CHECK(contains(help.text, "--config"));
  }
  CHECK(end({"--version"}).exit_code == 0);
  CHECK(end({"--version"}).text == "dicomcast 1.2.3\n");
  for (auto name : {"daemon", "backfill", "status", "errors", "map", "check", "reset"})
    CHECK(contains(end({"--help"}).text, name));
}

TEST_CASE("a wrong command line ends with 2 and says what is wrong and where to read on") {
  struct Row {
    Words words;
    const char *said, *help;
  };
  for (const auto& row :
       {Row{{}, "a command is missing", "`dicomcast --help`"},
        Row{{"nope"}, "there is no command 'nope'", "`dicomcast --help`"},
        Row{{"--nope"}, "there is no option '--nope'", "`dicomcast --help`"},
        Row{{"status", "--nope"}, "--nope", "`dicomcast status --help`"},
        Row{{"status", "daemon"}, "daemon", "`dicomcast status --help`"},
        Row{{"daemon", "--json"}, "--json", "`dicomcast daemon --help`"},
        Row{{"reset"}, "--to is required", "`dicomcast reset --help`"},
        Row{{"reset", "--to"}, "--to", "`dicomcast reset --help`"},
        Row{{"reset", "--to", "-1"}, "'-1' is no sequence number", "`dicomcast reset --help`"},
        Row{{"reset", "--to", "1.5"}, "'1.5' is no sequence number", "`dicomcast reset --help`"},
        Row{{"reset", "--to", "x"}, "'x' is no sequence number", "`dicomcast reset --help`"},
        Row{{"reset", "--to", "9223372036854775808"}, "no sequence number", "`dicomcast reset --help`"},
        Row{{"backfill", "--from", "-5"}, "'-5' is no sequence number", "`dicomcast backfill --help`"},
        Row{{"backfill", "--from", "5", "--to", "4"}, "--from 5 is above --to 4", "`dicomcast backfill --help`"},
        Row{{"backfill", "--commit-mode", "both"}, "both", "`dicomcast backfill --help`"},
        Row{{"backfill", "extra"}, "extra", "`dicomcast backfill --help`"},
        Row{{"errors", "--since-sequence", "-1"}, "no sequence number", "`dicomcast errors --help`"},
        Row{{"errors", "replay", "--all"}, "--all", "`dicomcast errors --help`"},
        Row{{"errors", "repeat"}, "repeat", "`dicomcast errors --help`"},
        Row{{"map"}, "ENTRY is required", "`dicomcast map --help`"},
        Row{{"map", "a.json", "b.json"}, "b.json", "`dicomcast map --help`"},
        Row{{"status", "--config"}, "--config", "`dicomcast status --help`"},
        Row{{"status", "--set"}, "--set", "`dicomcast status --help`"}}) {
    auto wrong = end(row.words);
    INFO(wrong.text);
    CHECK(wrong.exit_code == 2);
    CHECK(contains(wrong.text, row.said));
    CHECK(contains(wrong.text, row.help));
  }
}
