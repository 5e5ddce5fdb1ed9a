// What an entry does, and what is wrong with it: each case with and without EnforceValidationOfTagValues.
#include "mapping/tags.hpp"

#include "tests/mapping/support.hpp"

#include <cstdio>

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

std::string key_of(const TagRule& rule) {
  char key[9];
  std::snprintf(key, sizeof key, "%08X", rule.number);
  return key;
}

bool is_optional(const TagRule& rule) {
  return !rule.required && rule.tag != Tag::IssuerOfPatientID;
}

/// Elements of a Value that no form allows, by the table's rows.
std::vector<std::string> invalid_elements(Form form) {
  std::vector<std::string> any{R"("a\\b")", R"("a\nb")", R"("x","y")", "true", "{}", "[]", R"("","")"};
  switch (form) {
  case Form::Uid:
    any.insert(any.end(), {R"("1.02")", R"("x")", "12"});
    break;
  case Form::Code:
    any.insert(any.end(), {R"("ct")", R"("ABCDEFGHIJKLMNOPQ")", "12"});
    break;
  case Form::Sex:
    any.insert(any.end(), {R"("U")", R"("m")", "1"});
    break;
  case Form::Date:
    any.insert(any.end(), {R"("20210229")", R"("2021.01.01")", "20210101"});
    break;
  case Form::Time:
    any.insert(any.end(), {R"("2400")", R"("10:11")", "1011"});
    break;
  case Form::Zone:
    any.insert(any.end(), {R"("+1401")", R"("Z")", "100"});
    break;
  case Form::Number:
    any.insert(any.end(), {"-1", R"("-1")", "1.5", "2147483648", R"("x")"});
    break;
  case Form::Text:
  case Form::Line:
    any.insert(any.end(), {"12", R"("a\u0085")"});
    break;
  case Form::Name:
    any.insert(any.end(), {R"("a^b^c^d^e^f")", R"({"Alphabetic":7})", R"({"Phonetic":"a\\b"})", "12"});
    break;
  }
  if (form == Form::Name)
    std::erase(any, "{}");
  if (form == Form::Line)
    std::erase(any, R"("a\nb")");
  return any;
}

} // namespace

TEST_CASE("create, current or replaced, with metadata: the resources are written") {
  for (auto* state : {"current", "replaced", "Current", "REPLACED"}) {
    auto mapped = map(entry(dataset(), "Create", state));
    CHECK(mapped.effect == Effect::Upsert);
    CHECK_FALSE(mapped.is_update);
  }
}

TEST_CASE("update with metadata: the resources are written, and the subject follows the Patient") {
  auto mapped = map(entry(dataset(), "update"));
  CHECK(mapped.effect == Effect::Upsert);
  CHECK(mapped.is_update);
}

TEST_CASE("create or update, deleted: skipped, whatever else is wrong with it") {
  for (auto* action : {"create", "update", "UPDATE"})
    for (auto metadata : {Json(), dataset(), dataset_with("00100020", "\"\\\\\"")}) {
      auto mapped = map(entry(metadata, action, "Deleted"));
      CHECK(mapped.effect == Effect::Skip);
      CHECK(mapped.invalid_tags.empty());
      CHECK(mapped.refusal == "");
    }
}

TEST_CASE("create or update without metadata: refused") {
  for (auto* action : {"create", "update"})
    for (auto metadata : {Json(), Json("x"), Json::array()}) {
      auto mapped = map(entry(metadata, action));
      CHECK(mapped.effect == Effect::Refuse);
      CHECK(mapped.fault == DicomFault::MissingMetadata);
      CHECK(mapped.refusal != "");
    }
}

TEST_CASE("an action that is none of create, update and delete: refused, and named") {
  for (auto* action : {"move", "", "creates", " create"}) {
    auto mapped = map(entry(dataset(), action, "deleted"));
    CHECK(mapped.effect == Effect::Refuse);
    CHECK(mapped.fault == DicomFault::UnknownAction);
    CHECK(mapped.refusal.find('"' + std::string(action) + '"') != std::string::npos);
  }
}

TEST_CASE("delete: needs the three UIDs and nothing else") {
  CHECK(map(entry(Json(), "delete", "deleted")).effect == Effect::Delete);
  CHECK(map(entry(Json(), "delete", "Deleted")).is_deleted);
  CHECK_FALSE(map(entry(Json(), "delete", "current")).is_deleted);
  CHECK(map(entry(dataset_with("00100020", "\"\""), "delete", "current")).effect == Effect::Delete);
  for (auto* uid : {"StudyInstanceUid", "SeriesInstanceUid", "SopInstanceUid"}) {
    auto one = entry(Json(), "delete", "deleted");
    one.set(uid, "1.02");
    auto mapped = map(one);
    CHECK(mapped.effect == Effect::Refuse);
    CHECK(mapped.fault == DicomFault::InvalidRequiredTag);
    one.erase(uid);
    CHECK(map(one).effect == Effect::Refuse);
  }
}

TEST_CASE("an entry of another data partition is skipped; one that names none is of Microsoft.Default") {
  auto with = options();
  with.partition = "Microsoft.Default";
  auto one = entry(Json(), "nonsense");
  CHECK(map(one, with).effect == Effect::Refuse);
  one.set("PartitionName", "other");
  CHECK(map(one, with).effect == Effect::Skip);
  CHECK(map(one).effect == Effect::Refuse);
  with.partition = "other";
  CHECK(map(one, with).effect == Effect::Refuse);
  one.erase("PartitionName");
  CHECK(map(one, with).effect == Effect::Skip);
}

TEST_CASE("optional tag invalid, not enforced: it is not mapped, one row names it, the rest is mapped") {
  for (auto& rule : tag_table) {
    if (!is_optional(rule))
      continue;
    auto key = key_of(rule);
    auto without = map(entry(dataset_without(key)));
    for (auto& elements : invalid_elements(rule.form)) {
      INFO(rule.keyword << " " << elements);
      auto mapped = map(entry(dataset_with(key, elements)));
      REQUIRE(mapped.effect == Effect::Upsert);
      REQUIRE(mapped.invalid_tags.size() == 1);
      CHECK(mapped.invalid_tags[0].starts_with(label_of(rule) + ": "));
      CHECK(patient_of(mapped) == patient_of(without));
      if (rule.tag != Tag::TimezoneOffsetFromUTC) // then the date alone remains, see below
        CHECK(study_of(mapped) == study_of(without));
    }
  }
}

TEST_CASE("optional tag invalid, enforced: refused, and the message names all") {
  for (auto& rule : tag_table) {
    if (!is_optional(rule))
      continue;
    for (auto& elements : invalid_elements(rule.form)) {
      INFO(rule.keyword << " " << elements);
      auto mapped = map(entry(dataset_with(key_of(rule), elements)), enforcing());
      CHECK(mapped.effect == Effect::Refuse);
      CHECK(mapped.fault == DicomFault::InvalidTag);
      CHECK(mapped.invalid_tags.empty());
      CHECK(mapped.refusal.starts_with(label_of(rule) + ": "));
    }
  }
  auto two = dataset_with("00100030", "\"19991345\"");
  two.set("00200011", attribute("\"x\""));
  CHECK(map(entry(two), enforcing()).refusal == R"(PatientBirthDate (0010,0030): "19991345" is no date YYYYMMDD; )"
                                                R"(SeriesNumber (0020,0011): "x" is no integer from 0 to 2147483647)");
  CHECK(map(entry(two)).invalid_tags.size() == 2);
  CHECK(map(entry(), enforcing()).effect == Effect::Upsert);
}

TEST_CASE(
    "required tag missing or invalid, enforced or not: refused with one message that names all, and no other row") {
  for (auto& with : {options(), enforcing()}) {
    for (auto& rule : tag_table) {
      if (!rule.required)
        continue;
      INFO(rule.keyword);
      for (auto& elements : invalid_elements(rule.form)) {
        INFO(elements);
        auto metadata = dataset_with(key_of(rule), elements);
        metadata.set("00100040", attribute("\"X\""));
        auto mapped = map(entry(metadata), with);
        CHECK(mapped.effect == Effect::Refuse);
        CHECK(mapped.fault == DicomFault::InvalidRequiredTag);
        CHECK(mapped.refusal.starts_with(label_of(rule) + ": "));
        CHECK(mapped.refusal.find("PatientSex") == std::string::npos);
        CHECK(mapped.invalid_tags.empty());
      }
    }
    for (auto* key : {"00080016", "00080060", "00100020"}) {
      CHECK(map(entry(dataset_without(key)), with).fault == DicomFault::InvalidRequiredTag);
      for (auto* empty : {"", "null", R"("")", R"("  ")", R"("\u0000")"})
        CHECK(map(entry(dataset_with(key, empty)), with).refusal.find("required, but empty") != std::string::npos);
    }
  }
  auto mapped = map(entry(Json::object()));
  CHECK(mapped.refusal == "SOPClassUID (0008,0016): required, but absent; Modality (0008,0060): required, but absent; "
                          "PatientID (0010,0020): required, but absent");
  auto bare = entry(dataset_with("00080060", "\"ct\""));
  bare.erase("StudyInstanceUid");
  bare.set("SeriesInstanceUid", 7 == 7);
  bare.set("SopInstanceUid", "");
  CHECK(map(bare).refusal ==
        "StudyInstanceUID (0020,000D): required, but absent; SeriesInstanceUID (0020,000E): true is no string; "
        "SOPInstanceUID (0008,0018): required, but empty; "
        "Modality (0008,0060): \"ct\" is no code string (A-Z, 0-9, space and underscore, at most 16 characters)");
}

TEST_CASE("an attribute that is absent or empty is not mapped and is no fault") {
  for (auto& rule : tag_table) {
    if (!is_optional(rule))
      continue;
    auto without = map(entry(dataset_without(key_of(rule))), enforcing());
    REQUIRE(without.effect == Effect::Upsert);
    std::vector<std::string> empties{"", "null", R"("")", R"("   ")", R"("\u0000")"};
    if (rule.form == Form::Name)
      empties.insert(empties.end(), {"{}", R"({"Alphabetic":""})", R"({"Alphabetic":null})", R"({"Ideographic":"^"})",
                                     R"("^^^^")", R"("=^")", R"(" ^ ^")"});
    for (auto& elements : empties) {
      INFO(rule.keyword << " " << elements);
      auto mapped = map(entry(dataset_with(key_of(rule), elements)), enforcing());
      REQUIRE(mapped.effect == Effect::Upsert);
      CHECK(patient_of(mapped) == patient_of(without));
      CHECK(study_of(mapped) == study_of(without));
    }
    auto metadata = dataset();
    for (auto value :
         {Json(), json(R"({"vr":"LO"})"), json(R"({"vr":"LO","Value":null})"), json(R"({"BulkDataURI":"x"})")}) {
      metadata.set(key_of(rule), value);
      CHECK(map(entry(metadata), enforcing()).effect == Effect::Upsert);
    }
    for (auto value : {Json("x"), json(R"({"Value":"x"})"), json(R"({"Value":{}})"), json("[1]")}) {
      metadata.set(key_of(rule), value);
      CHECK(map(entry(metadata)).invalid_tags.size() == 1);
    }
  }
}

TEST_CASE("spaces around a value and trailing NULs are not part of it") {
  auto metadata = dataset();
  metadata.set("00100020", attribute(R"("  P1 \u0000")"));
  metadata.set("00080016", attribute(R"("1.2.840.10008.5.1.4.1.1.2\u0000")"));
  metadata.set("00080060", attribute(R"("CT ")"));
  metadata.set("00080020", attribute(R"(" 20200131 ")"));
  metadata.set("00080050", attribute(R"("A1 ")"));
  metadata.set("00200013", attribute(R"(" 42 ")"));
  metadata.set("00100040", attribute(R"("F ")"));
  auto mapped = map(entry(metadata), enforcing());
  REQUIRE(mapped.effect == Effect::Upsert);
  CHECK(study_of(mapped) == study_of(map(entry())));
  CHECK(patient_of(mapped) == patient_of(map(entry())));
}

TEST_CASE("the dataset's own UIDs may be absent, but not broken; the entry's count") {
  auto metadata = dataset();
  for (auto* key : {"00080018", "0020000D", "0020000E"})
    metadata.erase(key);
  CHECK(map(entry(metadata), enforcing()).effect == Effect::Upsert);
  CHECK(map(entry(dataset_with("0020000D", "\"9.9\""))).uids.study == "1.2.3");
  CHECK(map(entry(dataset_with("0020000D", "\"1.2.3\",\"1.2.3\""))).fault == DicomFault::InvalidRequiredTag);
}

TEST_CASE("text longer than its VR allows is mapped as it is") {
  std::string longer(3000, 'x');
  for (auto* key : {"00080050", "00081030", "0008103E", "00100010", "00100020"}) {
    auto mapped = map(entry(dataset_with(key, '"' + longer + '"')), enforcing());
    CHECK(mapped.effect == Effect::Upsert);
    CHECK((patient_of(mapped).to_text() + study_of(mapped).to_text()).find(longer) != std::string::npos);
  }
}

TEST_CASE("numbers come as JSON numbers or as strings") {
  for (auto* number : {"42", "\"42\"", "\"+42\"", "\"042\"", "42.0", "4.2e1", "\" 42 \""}) {
    INFO(number);
    CHECK(map(entry(dataset_with("00200013", number))).study.instance_number == 42);
    CHECK(map(entry(dataset_with("00200011", number))).study.series_number == 42);
  }
  CHECK(map(entry(dataset_with("00200013", "0"))).study.instance_number == 0);
}

TEST_CASE("a row quotes the value found and says what was expected") {
  CHECK(map(entry(dataset_with("00100030", "\"19991345\""))).invalid_tags[0] ==
        R"(PatientBirthDate (0010,0030): "19991345" is no date YYYYMMDD)");
  CHECK(map(entry(dataset_with("00081030", "\"a\",\"b\""))).invalid_tags[0] ==
        "StudyDescription (0008,1030): 2 values, but may have one");
  CHECK(map(entry(dataset_with("00200011", "1.5"))).invalid_tags[0] ==
        "SeriesNumber (0020,0011): 1.5 is no integer from 0 to 2147483647");
  CHECK(map(entry(dataset_with("00081030", "{\"a\":1}"))).invalid_tags[0] ==
        R"(StudyDescription (0008,1030): {"a":1} is no string)");
}

TEST_CASE("times: a date alone, a date and a time with their zone, and nothing without a date") {
  auto started = [](const std::string& date, const std::string& time, const std::string& zone) {
    auto metadata = dataset();
    metadata.set("00080020", attribute(date));
    metadata.set("00080030", attribute(time));
    metadata.set("00080201", attribute(zone));
    return map(entry(metadata)).study.started;
  };
  CHECK(started(R"("20200131")", R"("1011")", R"("+0130")") == "2020-01-31T10:11:00+01:30");
  CHECK(started(R"("20200131")", R"("10")", "") == "2020-01-31T10:00:00+00:00");
  CHECK(started(R"("20200131")", R"("101112.1200")", R"("-0500")") == "2020-01-31T10:11:12.12-05:00");
  CHECK(started(R"("20200131")", "", R"("+0130")") == "2020-01-31");
  CHECK(started(R"("20200131")", R"("99")", R"("+0130")") == "2020-01-31");
  CHECK(started(R"("20200131")", R"("10")", R"("+9900")") == "2020-01-31");
  CHECK(started("", R"("10")", R"("+0130")") == std::nullopt);
  CHECK(started(R"("20201331")", R"("10")", R"("+0130")") == std::nullopt);
  auto with = options();
  with.default_timezone = *dicomcast::conf::Timezone::read("-03:30");
  CHECK(map(entry(dataset_without("00080201")), with).study.started == "2020-01-31T10:11:12.5-03:30");
  CHECK(map(entry(dataset_without("00080201")), with).study.series_started == "2020-02-01T13:14:00-03:30");
}

TEST_CASE("the system of a patient's identifier is the configured one, or the issuer") {
  CHECK(map(entry()).patient.system == "urn:hospital");
  auto with = options();
  with.is_issuer_id_used = true;
  CHECK(map(entry(), with).patient.system == "urn:issuer");
  CHECK(map(entry(dataset_without("00100021")), with).patient.system == "");
  CHECK(map(entry(dataset_with("00100021", "\" \"")), with).patient.system == "");
  auto mapped = map(entry(dataset_with("00100021", "\"a\\\\b\"")), with);
  CHECK(mapped.fault == DicomFault::InvalidRequiredTag);
  CHECK(mapped.refusal.starts_with("IssuerOfPatientID (0010,0021): "));
  CHECK(map(entry(dataset_with("00100021", "\"a\\\\b\""))).effect == Effect::Upsert);
}

TEST_CASE("a person name given as a string may have five components in each of its groups") {
  const auto name = [](const std::string& text) {
    return map(entry(dataset_with("00100010", '"' + text + '"')), enforcing());
  };
  CHECK(name("a^b^c^d^e=f^g^h^i^j=k^l^m^n^o").effect == Effect::Upsert);
  CHECK(name("a^b=f^g^h^i^j=^^^^o").effect == Effect::Upsert);
  CHECK(name("a^b=f^g^h^i^j^k").fault == DicomFault::InvalidTag);
}
