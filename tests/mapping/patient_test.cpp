// The Patient.
#include "tests/mapping/support.hpp"

using namespace dicomcast::mapping;
using namespace dicomcast::mapping::test;

namespace {

Json name_of_patient(const std::string& pn) {
  auto patient = patient_of(map(entry(dataset_with("00100010", pn))));
  auto& names = patient.items("name");
  return names.empty() ? Json() : names.front();
}

/// The Patient after the sample entry was merged onto it.
std::string merged(const std::string& patient, const Json& metadata = dataset(), const Options& with = options()) {
  Resources resources;
  resources.patient = json(patient);
  resources.apply(map(entry(metadata), with), with);
  return resources.patient->to_text();
}

} // namespace

TEST_CASE("a new Patient has identifier, usual name, gender and birth date") {
  CHECK(patient_of(map(entry())) ==
        json(R"({"resourceType":"Patient","identifier":[{"system":"urn:hospital","value":"P1"}],"name":[{"use":"usual",
          "family":"Doe","given":["Jane","Q","R"],"prefix":["Dr."],"suffix":["MD"]}],"gender":"female","birthDate":"1970-12-31"})"));
  auto with = options();
  with.patient_system_id = "";
  auto bare = json(R"({"00080016":{"Value":["1.2"]},"00080060":{"Value":["CT"]},"00100020":{"Value":["P1"]}})");
  CHECK(patient_of(map(entry(bare), with), with) ==
        json(R"({"resourceType":"Patient","identifier":[{"value":"P1"}]})"));
}

TEST_CASE("a name is the alphabetic group, split at carets and spaces") {
  CHECK(name_of_patient(R"("Doe")") == json(R"({"use":"usual","family":"Doe"})"));
  CHECK(name_of_patient(R"("van  der Berg ^ Jan  Piet^^^")") ==
        json(R"({"use":"usual","family":"van der Berg","given":["Jan","Piet"]})"));
  CHECK(name_of_patient(R"("^Jan")") == json(R"({"use":"usual","given":["Jan"]})"));
  CHECK(name_of_patient(R"("A^B^C^D^E")") ==
        json(R"({"use":"usual","family":"A","given":["B","C"],"prefix":["D"],"suffix":["E"]})"));
}

TEST_CASE("a name with an ideographic group gets no false prefix") {
  auto expected = json(R"({"use":"usual","family":"Yamada","given":["Tarou"]})");
  CHECK(name_of_patient(R"("Yamada^Tarou=山田^太郎=やまだ^たろう")") == expected);
  CHECK(name_of_patient(R"({"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎^a b","Phonetic":"やまだ"})") ==
        expected);
  CHECK(name_of_patient(R"({"Alphabetic":"Yamada^Tarou=山田^太郎"})") == expected);
}

TEST_CASE("gender follows PatientSex") {
  CHECK(map(entry(dataset_with("00100040", "\"M\""))).patient.gender == "male");
  CHECK(map(entry(dataset_with("00100040", "\"F\""))).patient.gender == "female");
  CHECK(map(entry(dataset_with("00100040", "\"O\""))).patient.gender == "other");
  CHECK(merged(R"({"resourceType":"Patient","gender":"unknown"})", dataset_without("00100040")).find("unknown") !=
        std::string::npos);
}

TEST_CASE("of the usual name only four members are replaced; other names and members stay") {
  CHECK(
      merged(R"({"resourceType":"Patient","id":"1","x":1.10,"name":[{"family":"Maiden","use":"maiden"},
    {"use":"usual","text":"t","family":"Old","given":["a"],"suffix":["b","c"],"period":{"start":"2001"}},{"use":"usual","family":"z"}],
    "gender":"female","active":true})",
             dataset_with("00100010", R"("New^^^Dr.")")) ==
      R"({"resourceType":"Patient","id":"1","x":1.10,"name":[{"family":"Maiden","use":"maiden"},)"
      R"({"use":"usual","text":"t","family":"New","period":{"start":"2001"},"prefix":["Dr."]},{"use":"usual","family":"z"}],)"
      R"("gender":"female","active":true})");
}

TEST_CASE("a Patient without a usual name gets one beside the others") {
  CHECK(
      merged(R"({"resourceType":"Patient","name":[{"family":"Doe"}],"gender":"female"})",
             dataset_with("00100010", R"("Doe^J")")) ==
      R"({"resourceType":"Patient","name":[{"family":"Doe"},{"use":"usual","family":"Doe","given":["J"]}],"gender":"female"})");
}

TEST_CASE("extensions of given names stay while their number stays") {
  auto with = dataset_with("00100010", R"("Doe^Ann")");
  auto patient =
      R"({"name":[{"use":"usual","family":"X","_family":{"id":"f"},"given":["B"],"_given":[{"id":"g"}]}],"gender":"female"})";
  CHECK(
      merged(patient, with) ==
      R"({"name":[{"use":"usual","family":"Doe","_family":{"id":"f"},"given":["Ann"],"_given":[{"id":"g"}]}],"gender":"female"})");
  CHECK(merged(patient, dataset_with("00100010", R"("Doe^Ann Eve")")) ==
        R"({"name":[{"use":"usual","family":"Doe","_family":{"id":"f"},"given":["Ann","Eve"]}],"gender":"female"})");
}

TEST_CASE("the birth date is set only when the Patient is created") {
  CHECK(merged(R"({"resourceType":"Patient"})").find("birthDate") == std::string::npos);
  CHECK(merged(R"({"birthDate":"1950-01-01"})").find("1950-01-01") != std::string::npos);
}

TEST_CASE("what the entry does not say stays") {
  std::string patient = R"({"resourceType":"Patient","name":[{"use":"usual","family":"X"}],"gender":"male"})";
  auto metadata = dataset_without("00100010");
  metadata.erase("00100040");
  CHECK(merged(patient, metadata) == patient);
}

TEST_CASE("Policy CreateOnly and LinkOnly leave a Patient that is there as it is; LinkOnly makes none") {
  std::string patient = R"({"resourceType":"Patient","gender":"male"})";
  for (auto policy : {PatientPolicy::CreateOnly, PatientPolicy::LinkOnly}) {
    auto with = options();
    with.policy = policy;
    CHECK(merged(patient, dataset(), with) == patient);
    std::optional<Json> none;
    CHECK(merge_patient(map(entry()).patient, with, none) == (policy == PatientPolicy::CreateOnly));
    CHECK(none.has_value() == (policy == PatientPolicy::CreateOnly));
  }
  CHECK(merged(patient) != patient);
}
