// Whole dose reports, as dcmtk makes DICOM JSON of them, against the Observations they are to become. The expected
// files are written anew only by DICOMCAST_REGENERATE_GOLDEN=1; their changes are then for a person to review.
#include "mapping/entry.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace dicomcast::mapping;

namespace {

const auto folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / "sr";

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO(file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string uid_of(const Json& dataset, std::string_view tag) {
  return *dataset.find(tag)->items("Value").at(0).if_string();
}

/// The dataset as an entry of the feed.
std::string entry_of(const std::string& text) {
  auto dataset = Json::parse(text);
  REQUIRE(dataset);
  Json entry;
  entry.set("Sequence", Json::integer(1));
  entry.set("StudyInstanceUid", uid_of(*dataset, "0020000D"));
  entry.set("SeriesInstanceUid", uid_of(*dataset, "0020000E"));
  entry.set("SopInstanceUid", uid_of(*dataset, "00080018"));
  entry.set("Action", "create");
  entry.set("State", "current");
  entry.set("Metadata", std::move(*dataset));
  return entry.to_text();
}

} // namespace

TEST_CASE("dose reports of CT, projection X-ray and nuclear medicine become the expected Observations") {
  for (std::string name : {"ct", "projection", "nuclear_medicine"}) {
    DYNAMIC_SECTION(name) {
      Options options;
      options.generate_observations = true;
      std::string error;
      auto entries = read_feed_page(entry_of(read(folder / (name + ".dataset.json"))), options, &error);
      INFO(error);
      REQUIRE(entries);
      REQUIRE(entries->size() == 1);
      auto& entry = entries->front();
      CHECK(entry.effect == Effect::Upsert);
      CHECK(entry.invalid_tags.empty());
      auto actual = Json(Json::Array(entry.observations.begin(), entry.observations.end())).to_pretty_text() + "\n";

      auto file = folder / (name + ".observations.json");
      if (auto* regenerate = std::getenv("DICOMCAST_REGENERATE_GOLDEN");
          regenerate && std::string_view(regenerate) == "1")
        std::ofstream(file, std::ios::binary) << actual;
      CHECK(actual == read(file));
    }
  }
}
