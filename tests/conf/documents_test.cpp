// The sample configuration and the table in conf/README.md say what the table of keys says.
#include "tests/conf/support.hpp"

#include "conf/json_file.hpp"
#include "conf/keys.hpp"

#include <fmt/format.h>

using namespace dicomcast::conf;
using namespace dicomcast::conf::test;

namespace {

std::string document(const std::string& name) {
  auto folder = std::filesystem::path(DICOMCAST_SOURCE_FOLDER) / "conf";
  auto text = read_whole_file((folder / name).string());
  REQUIRE(text);
  return *text;
}

} // namespace

TEST_CASE("the sample lists every key once, in the table's order, with its default and its type") {
  auto flat = std::get<FlatFile>(read_json_file(document("dicomcast.json")));
  REQUIRE(flat.size() == keys().size());
  for (std::size_t i = 0; i < flat.size(); ++i) {
    const auto& key = keys()[i];
    CHECK(flat[i].first == key.name);
    CHECK(flat[i].second.kind == key.kind);
    if (!key.required) {
      INFO(key.name);
      CHECK(flat[i].second.text == key.show(Config{}));
    }
  }
}

TEST_CASE("the sample loads without errors and without notes") {
  auto loaded = load_text(document("dicomcast.json"));
  CHECK(joined(loaded.errors) == "");
  CHECK(joined(loaded.notes) == "");
  CHECK(contains(loaded.config.dicom.endpoint, "localhost"));
  CHECK(contains(loaded.config.fhir.endpoint, "localhost"));
  CHECK_FALSE(loaded.config.commit_mode);
}

TEST_CASE("the README's table has a row for every key, and no others") {
  auto readme = document("README.md");
  std::string rows;
  for (const auto& key : keys()) {
    auto fallback = key.show(Config{});
    rows += fmt::format("| `{}` | {} | {} |\n", key.name,
                        key.required       ? "required"
                        : fallback.empty() ? "none"
                                           : '`' + fallback + '`',
                        key.meaning);
  }
  INFO("the table should be:\n" << rows);
  CHECK(contains(readme, "| key | default | meaning |\n| --- | --- | --- |\n" + rows));
  CHECK(readme.substr(readme.size() - rows.size()) == rows);
}

TEST_CASE("every key has what a message about it needs") {
  for (const auto& key : keys()) {
    INFO(key.name);
    CHECK(key.expected != "");
    CHECK(key.meaning != "");
    CHECK(contains(key.name, ":"));
    CHECK(key.assign);
    CHECK(key.show);
    CHECK(is_section(key.name.substr(0, key.name.find(':'))));
    CHECK(passed_over(key.name) == "");
  }
}

TEST_CASE("the service unit stops the daemon as the daemon wants to be stopped") {
  auto unit = document("dicomcast.service");
  for (auto line : {"Type=simple", "KillSignal=SIGTERM", "TimeoutStopSec=15", "RestartPreventExitStatus=2",
                    "NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes"}) {
    INFO(line);
    CHECK(contains(unit, std::string("\n") + line + "\n"));
  }
  CHECK(contains(unit, " daemon --config /etc/dicomcast/dicomcast.json\n"));
}
