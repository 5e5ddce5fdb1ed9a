// Observations onto those that are there.
#include "mapping/dose/observation.hpp"
#include "mapping/merge.hpp"
#include "tests/mapping/dose/sr_builder.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::mapping;

namespace {

const InstanceUids uids{"1.2.3", "1.2.3.4", "1.2.3.4.5"};
constexpr auto patient = "Patient/p1";
constexpr auto study = "ImagingStudy/s1";

MappedEntry entry_of(const Json& dataset, bool is_update) {
  MappedEntry entry;
  entry.is_update = is_update;
  entry.observations = dose_observations(dataset, uids, {}, entry.invalid_tags);
  return entry;
}
MappedEntry created(const Json& dataset) {
  return entry_of(dataset, false);
}
MappedEntry updated(const Json& dataset) {
  return entry_of(dataset, true);
}

Json event(std::string_view uid, Json::Array children = {sr::number(sr::ctdi, "1")}) {
  children.push_back(sr::uid(sr::event_uid, uid));
  return sr::container(sr::ct_event, std::move(children));
}
Json report(Json::Array children) {
  return sr::container(sr::ct_report, std::move(children));
}

/// What a service holds after the report's first processing.
std::vector<Json> stored(const Json& dataset) {
  auto resources = merge_observations(created(dataset), {}, {}, patient, study).created;
  int id = 0;
  for (auto& resource : resources) {
    resource.set("id", "o" + std::to_string(++id));
    resource.set("meta", *Json::parse(R"({"versionId":"1"})"));
  }
  return resources;
}

ObservationChanges update(const Json& dataset, const std::vector<Json>& existing) {
  return merge_observations(updated(dataset), {}, existing, patient, study);
}

bool is_empty(const ObservationChanges& changes) {
  return changes.created.empty() && changes.updated.empty() && changes.deleted.empty();
}

} // namespace

TEST_CASE("a report's Observations are created with subject and study") {
  auto changes = merge_observations(created(report({event("1.9")})), {}, {}, patient, study);
  REQUIRE(changes.created.size() == 2);
  CHECK(changes.updated.empty());
  CHECK(changes.deleted.empty());
  for (auto& observation : changes.created) {
    CHECK(observation.find("subject")->to_text() == R"({"reference":"Patient/p1"})");
    CHECK(observation.find("partOf")->to_text() == R"([{"reference":"ImagingStudy/s1"}])");
  }
}

TEST_CASE("a create makes what is missing and leaves what is there") {
  auto existing = stored(report({event("1.9", {sr::number(sr::ctdi, "1")})}));
  auto changes =
      merge_observations(created(report({event("1.9"), event("1.10")})), {}, existing, "Patient/other", study);
  REQUIRE(changes.created.size() == 1);
  CHECK(changes.created[0].items("identifier")[0].text("value") == "urn:oid:1.10");
  CHECK(changes.updated.empty());
  CHECK(merge_observations(created(report({})), {}, existing, patient, study).deleted.empty());
}

TEST_CASE("an update that changes nothing changes nothing") {
  auto dataset = report({event("1.9", {sr::number(sr::ctdi, "1.10"), sr::coded("123014|DCM|", "1|SCT|Chest")}),
                         sr::coded("410675002|SCT|", "1|SCT|x"), sr::text("349358000|SCT|", "agent"),
                         sr::text("121022|DCM|", "A1")});
  dataset.set("00080023", sr::attribute("DA", {"20230501"}));
  auto existing = stored(dataset);
  CHECK(is_empty(update(dataset, existing)));

  SECTION("nor does it where a service dropped digits or put members in another order") {
    for (auto& observation : existing) {
      std::string text = observation.to_text();
      for (std::string from : {R"("value":1.10,"unit":"mGy")", R"("value":1.10,"unit":"mGy")"})
        if (auto at = text.find(from); at != std::string::npos)
          text.replace(at, from.size(), R"("unit":"mGy","value":1.1)");
      observation = *Json::parse(text);
    }
    CHECK(existing != stored(dataset));
    CHECK(is_empty(update(dataset, existing)));
  }
}

TEST_CASE("an update writes what differs and keeps what DICOM does not speak of") {
  auto existing = stored(report({sr::number(sr::ctdi, "1"), sr::number("113813|DCM|", "5")}));
  auto& observation = existing[0];
  observation.set("note", *Json::parse(R"([{"text":"checked"}])"));
  observation.array_at("identifier").push_back(*Json::parse(R"({"system":"urn:x","value":"mine"})"));
  auto& component = observation.array_at("component")[0];
  component.set("interpretation", *Json::parse(R"([{"text":"high"}])"));
  component.find("code")->array_at("coding").push_back(*Json::parse(R"({"system":"urn:x","code":"CTDI"})"));
  observation.array_at("component")
      .push_back(*Json::parse(R"({"code":{"coding":[{"system":"urn:x","code":"mine"}]},"valueString":"kept"})"));

  auto changes = update(report({sr::number(sr::ctdi, "2.50", "Gy|UCUM|"), sr::number("113725|DCM|", "7")}), existing);
  REQUIRE(changes.updated.size() == 1);
  CHECK(changes.created.empty());
  CHECK(changes.deleted.empty());
  auto& after = changes.updated[0];
  CHECK(after.text("id") == "o1");
  CHECK(after.find("meta")->to_text() == R"({"versionId":"1"})");
  CHECK(after.find("note")->to_text() == R"([{"text":"checked"}])");
  CHECK(after.items("identifier").back().text("value") == "mine");
  auto& components = after.items("component");
  REQUIRE(components.size() == 3);
  CHECK(components[0].find("valueQuantity")->to_text() ==
        R"({"value":2.50,"unit":"Gy","system":"http://unitsofmeasure.org","code":"Gy"})");
  CHECK(components[0].find("interpretation"));
  CHECK(components[0].find("code")->items("coding").size() == 2);
  CHECK(components[1].find("code")->items("coding")[0].text("code") == "113725");
  CHECK(components[2].text("valueString") == "kept");
}

TEST_CASE("a value takes the place of one of another type, and a unit that is gone goes") {
  auto existing = stored(report({sr::text("349358000|SCT|", "agent"), sr::number(sr::ctdi, "1")}));
  auto changes = update(report({sr::number("349358000|SCT|", "3", ""), sr::number(sr::ctdi, "1", "")}), existing);
  REQUIRE(changes.updated.size() == 1);
  auto& components = changes.updated[0].items("component");
  REQUIRE(components.size() == 2);
  CHECK_FALSE(components[0].find("valueString"));
  CHECK(components[0].find("valueQuantity")->to_text() == R"({"value":3})");
  CHECK(components[1].find("valueQuantity")->to_text() == R"({"value":1})");
}

TEST_CASE("an update without components leaves none") {
  auto existing = stored(report({sr::number(sr::ctdi, "1")}));
  auto changes = update(report({}), existing);
  REQUIRE(changes.updated.size() == 1);
  CHECK_FALSE(changes.updated[0].find("component"));
}

TEST_CASE("an update changes body site, time and accession number, and leaves them where the report has none") {
  auto dated = [](Json dataset, std::string_view date) {
    dataset.set("00080023", sr::attribute("DA", {date}));
    return dataset;
  };
  auto chest = dated(report({event("1.9", {sr::coded("123014|DCM|", "1|SCT|Chest"), sr::number(sr::ctdi, "1")}),
                             sr::text("121022|DCM|", "A1")}),
                     "20230501");
  auto existing = stored(chest);
  existing[0].array_at("identifier")[3].set("system", "urn:ris");
  existing[1].erase("effectiveDateTime");
  existing[1].set("effectivePeriod", Json::object());

  auto changes =
      update(dated(report({event("1.9", {sr::coded("123014|DCM|", "2|SCT|Abdomen"), sr::number(sr::ctdi, "1")}),
                           sr::text("121022|DCM|", "A2")}),
                   "20230502"),
             existing);
  REQUIRE(changes.updated.size() == 2);
  CHECK(changes.updated[0].text("effectiveDateTime") == "2023-05-02");
  REQUIRE(changes.updated[0].items("identifier").size() == 4);
  CHECK(changes.updated[0].items("identifier")[3].text("value") == "A2");
  CHECK(changes.updated[0].items("identifier")[3].text("system") == "urn:ris");
  CHECK(changes.updated[1].text("effectiveDateTime") == "2023-05-02");
  CHECK_FALSE(changes.updated[1].find("effectivePeriod"));
  CHECK(changes.updated[1].find("bodySite")->to_text() ==
        R"({"coding":[{"system":"http://snomed.info/sct","code":"2","display":"Abdomen"}]})");

  CHECK(is_empty(update(report({event("1.9")}), stored(chest))));
}

TEST_CASE("an update moves the Observations to the study's Patient") {
  auto dataset = report({event("1.9")});
  auto existing = stored(dataset);
  existing[0].find("subject")->set("display", "the old one");
  auto changes = merge_observations(updated(dataset), {}, existing, "Patient/p2", study);
  REQUIRE(changes.updated.size() == 2);
  CHECK(changes.updated[0].find("subject")->to_text() == R"({"reference":"Patient/p2"})");
  CHECK(changes.updated[0].find("partOf")->to_text() == R"([{"reference":"ImagingStudy/s1"}])");
}

TEST_CASE("an update deletes what the report no longer holds and creates what is new") {
  auto existing = stored(report({event("1.9"), event("1.10")}));
  auto changes = update(report({event("1.10"), event("1.11")}), existing);
  REQUIRE(changes.deleted.size() == 1);
  CHECK(changes.deleted[0].text("id") == "o2");
  REQUIRE(changes.created.size() == 1);
  CHECK(changes.created[0].items("identifier")[0].text("value") == "urn:oid:1.11");
  CHECK(changes.updated.empty());

  CHECK(update(Json(), existing).deleted.size() == 3);
}

TEST_CASE("an Observation whose own identifier differs in case or system is another") {
  auto existing = stored(report({}));
  existing[0].array_at("identifier")[0].set("value", "URN:OID:1.2.3.4.5");
  auto changes = update(report({}), existing);
  CHECK(changes.created.size() == 1);
  CHECK(changes.deleted.size() == 1);
}

TEST_CASE("whatever stands in a service's Observation, merging ends and a second time changes nothing") {
  auto dataset = report({sr::number(sr::ctdi, "1"), sr::coded("410675002|SCT|", "1|SCT|x")});
  for (std::string odd :
       {R"("component":7)", R"("component":[null,7,[],{"code":3},{"code":{"coding":{}}}])", R"("partOf":{})",
        R"("subject":[])", R"("code":"x")", R"("status":null)", R"("effectiveDateTime":[1])"}) {
    INFO(odd);
    auto name = odd.substr(1, odd.find('"', 1) - 1);
    auto existing = stored(dataset);
    existing[0].set(name, *Json::parse("{" + odd + "}")->find(name));
    auto changes = update(dataset, existing);
    REQUIRE(changes.updated.size() <= 1);
    if (!changes.updated.empty())
      CHECK(is_empty(update(dataset, changes.updated)));
  }
}
