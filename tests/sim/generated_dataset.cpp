// The datasets of generated instances: mostly tidy ones of about 3 KB, and at given rates odd and broken ones.
#include "tests/sim/dataset_writer.hpp"
#include "tests/sim/generator.hpp"

#include <array>
#include <optional>

namespace dicomcast::sim {

namespace {

constexpr std::string_view root = "1.2.826.0.1.3680043.10.1338.";

struct PatientName {
  std::string_view text;  ///< alphabetic group
  std::string_view other; ///< JSON members of the other groups
};
constexpr std::array<PatientName, 12> names{{
    {"Nowak^Anna", ""},
    {"Smith^John^Paul", ""},
    {"Müller^Jörg", ""},
    {"Yamada^Tarou", R"(,"Ideographic":"山田^太郎","Phonetic":"やまだ^たろう")"},
    {"García López^María José", ""},
    {"O'Neil^Siobhán^^Dr.", ""},
    {"Hong^Gildong", R"(,"Ideographic":"洪^吉洞","Phonetic":"홍^길동")"},
    {"Jensen^Ole^K.^Prof.^PhD", ""},
    {"Wang^XiaoDong", R"(,"Ideographic":"王^小东")"},
    {"Dupont^Éloïse", ""},
    {"van der Berg^Pieter", ""},
    {"Kowalska-Lis^Ewa^Maria", ""},
}};

struct Kind {
  std::string_view modality, sop_class, description;
};
constexpr std::array<Kind, 5> kinds{{
    {"CT", "1.2.840.10008.5.1.4.1.1.2", "CT Thorax"},
    {"MR", "1.2.840.10008.5.1.4.1.1.4", "MR Brain w/o contrast"},
    {"CR", "1.2.840.10008.5.1.4.1.1.1", "Chest pa & lateral"},
    {"US", "1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound abdomen"},
    {"PT", "1.2.840.10008.5.1.4.1.1.128", "PET whole body"},
}};
constexpr Kind dose_kind{"SR", "1.2.840.10008.5.1.4.1.1.88.67", "Dose Report"};

// What every image carries besides, and nothing is mapped from.
constexpr std::string_view filler_0018 =
    R"("00180015":{"vr":"CS","Value":["CHEST"]},"00180022":{"vr":"CS","Value":["HELICAL MODE"]},"00180050":{"vr":"DS","Value":[1.25]},"00180060":{"vr":"DS","Value":[120]},"00180088":{"vr":"DS","Value":[0.625]},"00180090":{"vr":"DS","Value":[500.0]},"00181000":{"vr":"LO","Value":["SN-00417"]},"00181020":{"vr":"LO","Value":["gmp_vct.42"]},"00181030":{"vr":"LO","Value":["5.1 Routine Chest"]},"00181100":{"vr":"DS","Value":[360.0]},"00181110":{"vr":"DS","Value":[949.147]},"00181111":{"vr":"DS","Value":[541.0]},"00181120":{"vr":"DS","Value":[0.0]},"00181130":{"vr":"DS","Value":[144.4]},"00181140":{"vr":"CS","Value":["CW"]},"00181150":{"vr":"IS","Value":[500]},"00181151":{"vr":"IS","Value":[287]},"00181152":{"vr":"IS","Value":[14]},"00181160":{"vr":"SH","Value":["BODY FILTER"]},"00181170":{"vr":"IS","Value":[36000]},"00181190":{"vr":"DS","Value":[1.2]},"00181210":{"vr":"SH","Value":["STANDARD"]},"00185100":{"vr":"CS","Value":["FFS"]})";
constexpr std::string_view filler_0020 =
    R"("00200032":{"vr":"DS","Value":[-180.0,-180.0,-42.375]},"00200037":{"vr":"DS","Value":[1.0,0.0,0.0,0.0,1.0,0.0]},"00200052":{"vr":"UI","Value":["1.2.826.0.1.3680043.10.1338.9.1"]},"00201040":{"vr":"LO","Value":["SN"]},"00201041":{"vr":"DS","Value":[-42.375]},"00280002":{"vr":"US","Value":[1]},"00280004":{"vr":"CS","Value":["MONOCHROME2"]},"00280010":{"vr":"US","Value":[512]},"00280011":{"vr":"US","Value":[512]},"00280030":{"vr":"DS","Value":[0.703125,0.703125]},"00280100":{"vr":"US","Value":[16]},"00280101":{"vr":"US","Value":[16]},"00280102":{"vr":"US","Value":[15]},"00280103":{"vr":"US","Value":[1]},"00281050":{"vr":"DS","Value":[40]},"00281051":{"vr":"DS","Value":[400]},"00281052":{"vr":"DS","Value":[-1024]},"00281053":{"vr":"DS","Value":[1]},"00281054":{"vr":"LO","Value":["HU"]},"00321032":{"vr":"PN","Value":[{"Alphabetic":"Requester^Rita"}]},"00321060":{"vr":"LO","Value":["Thorax routine"]},"00400244":{"vr":"DA","Value":["20250101"]},"00400245":{"vr":"TM","Value":["081500"]},"00400253":{"vr":"SH","Value":["PPS-1"]},"00400275":{"vr":"SQ","Value":[{"00080050":{"vr":"SH","Value":["ACC"]},"00321060":{"vr":"LO","Value":["Thorax routine"]},"00400007":{"vr":"LO","Value":["Thorax"]},"00400008":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["TH1"]},"00080102":{"vr":"SH","Value":["99HOSP"]},"00080104":{"vr":"LO","Value":["Thorax routine"]}}]}}]})";

/// The facts of an instance that end up in FHIR; what is not there is not written, `{}` is an attribute without value.
struct Facts {
  std::optional<std::string> patient_id, sex = "O", birth_date, accession, modality, sop_class, study_date, study_time,
                                         zone, study_description, series_date, series_time, series_description;
  std::string name;                                          ///< JSON of the value
  std::optional<std::string> series_number, instance_number; ///< JSON of the value
};

double unit(std::uint64_t random) {
  return static_cast<double>(random >> 11) * 0x1.0p-53;
}

std::string padded(std::int64_t value, std::size_t width) {
  auto text = std::to_string(value);
  return std::string(text.size() < width ? width - text.size() : 0, '0') + text;
}

std::string patient_id(const GeneratorOptions& options, std::int64_t patient) {
  if (!options.case_twins)
    return "PAT" + padded(patient, 7);
  return (patient % 2 ? "TWIN-" : "twin-") + padded(patient / 2, 6);
}

std::string quoted(std::string_view text) {
  std::string out;
  mapping::Json::write_string(text, out);
  return out;
}

Facts tidy_facts(const GeneratorOptions& options, const InstanceKey& key) {
  auto study = static_cast<std::uint64_t>(key.study);
  auto random = scatter(options.seed, 11, study);
  auto patient = key.study / options.studies_per_patient;
  if (key.version == 1 && scatter(options.seed, 12, study, static_cast<std::uint64_t>(key.instance)) % 8 == 0)
    ++patient; // the study was another patient's
  auto person = scatter(options.seed, 13, static_cast<std::uint64_t>(patient));
  const auto& name = names[person % names.size()];
  const auto& kind = is_dose_report(options, key) ? dose_kind : kinds[random % kinds.size()];
  Facts facts;
  facts.patient_id = patient_id(options, patient);
  facts.name.append("{\"Alphabetic\":").append(quoted(std::string(name.text) + (key.version == 1 ? "^Jr" : "")));
  facts.name.append(name.other).append("}");
  facts.sex = std::string(1, "MFO"[person / 16 % 3]);
  facts.birth_date = std::to_string(1930 + person / 64 % 90) +
                     padded(1 + static_cast<std::int64_t>(person / 8192 % 12), 2) +
                     padded(1 + static_cast<std::int64_t>(person / 131072 % 28), 2);
  facts.accession = "ACC" + padded(key.study, 8) + (key.version == 1 ? "U" : "");
  facts.modality = kind.modality;
  facts.sop_class = kind.sop_class;
  facts.study_date = "2025" + padded(1 + static_cast<std::int64_t>(random / 8 % 12), 2) +
                     padded(1 + static_cast<std::int64_t>(random / 128 % 28), 2);
  facts.study_time = padded(static_cast<std::int64_t>(random / 4096 % 24), 2) + "1530.250000";
  facts.zone = random / 131072 % 4 ? std::optional<std::string>() : "+0200";
  facts.study_description = std::string(kind.description) + (key.version == 1 ? " (amended)" : "");
  auto series = series_number(options, key);
  facts.series_date = facts.study_date;
  facts.series_time = facts.study_time->substr(0, 2) + padded(20 + series % 40, 2) + "00";
  facts.series_description = "Series " + std::to_string(series);
  facts.series_number = std::to_string(series);
  facts.instance_number = std::to_string(key.instance + 1);
  return facts;
}

/// Values that are valid, but that a careless reader stumbles over.
void make_odd(Facts& facts, std::uint64_t which) {
  switch (which % 14) {
  case 0:
    facts.name = R"("Yamada^Tarou=山田^太郎=やまだ^たろう")";
    break;
  case 1:
    facts.name = R"({"Ideographic":"山田^太郎"})";
    break;
  case 2:
    facts.name = R"({"Alphabetic":"^^^^"})";
    break;
  case 3:
    facts.modality = *facts.modality + " ";
    break;
  case 4:
    facts.instance_number = R"(" 12 ")";
    break;
  case 5:
    facts.study_time.reset();
    break;
  case 6:
    facts.study_date.reset();
    break;
  case 7:
    facts.study_time = "0930";
    break;
  case 8:
    facts.zone = "-0330";
    break;
  case 9:
    facts.series_number = "{}";
    break;
  case 10:
    facts.accession.reset();
    break;
  case 11:
    facts.patient_id = *facts.patient_id + std::string(1, '\0');
    break;
  case 12:
    facts.name = R"({"Alphabetic":" Adams ^ John  Robert^Quincy^Rev.^B.A. M.Div. "})";
    break;
  default:
    facts.study_description = "  50 % \"contrast\", é / 検査  ";
    break;
  }
}

void break_optional(Facts& facts, std::uint64_t which) {
  switch (which % 9) {
  case 0:
    facts.study_date = "20230231";
    break;
  case 1:
    facts.sex = "X";
    break;
  case 2:
    facts.series_number = "-1";
    break;
  case 3:
    facts.instance_number = "99999999999";
    break;
  case 4:
    facts.zone = "+2500";
    break;
  case 5:
    facts.study_time = "256000";
    break;
  case 6:
    facts.study_description = "a\\b\x01";
    break;
  case 7:
    facts.birth_date = "unknown";
    break;
  default:
    facts.name = R"({"Alphabetic":"a^b^c^d^e^f"})";
    break;
  }
}

void break_required(Facts& facts, std::uint64_t which) {
  switch (which % 5) {
  case 0:
    facts.patient_id.reset();
    break;
  case 1:
    facts.modality.reset();
    break;
  case 2:
    facts.modality = "ct?";
    break;
  case 3:
    facts.sop_class = "1.02.3";
    break;
  default:
    facts.sop_class.reset();
    break;
  }
}

Facts facts_of(const GeneratorOptions& options, const InstanceKey& key) {
  auto facts = tidy_facts(options, key);
  auto study = static_cast<std::uint64_t>(key.study), instance = static_cast<std::uint64_t>(key.instance);
  auto random = [&](std::uint64_t salt) { return scatter(options.seed, salt, study, instance); };
  if (unit(random(21)) < options.odd_rate)
    make_odd(facts, random(22));
  if (unit(random(23)) < options.broken_rate)
    break_optional(facts, random(24));
  if (unit(random(25)) < options.broken_required_rate)
    break_required(facts, random(26));
  return facts;
}

} // namespace

std::string study_uid(const GeneratorOptions& options, std::int64_t study) {
  return std::string(root) + std::to_string(options.seed % 1'000'000) + "." + std::to_string(study + 1);
}

std::string series_uid(const GeneratorOptions& options, const InstanceKey& key) {
  return study_uid(options, key.study) + "." + std::to_string(series_number(options, key));
}

std::string instance_uid(const GeneratorOptions& options, const InstanceKey& key) {
  return series_uid(options, key) + "." + std::to_string(key.instance + 1);
}

bool is_dose_report(const GeneratorOptions& options, const InstanceKey& key) {
  return options.dose_report_rate > 0 && key.instance == options.instances_per_study - 1 &&
         unit(scatter(options.seed, 31, static_cast<std::uint64_t>(key.study))) < options.dose_report_rate;
}

std::int64_t series_number(const GeneratorOptions& options, const InstanceKey& key) {
  if (is_dose_report(options, key))
    return options.series_per_study + 1;
  auto each = (options.instances_per_study + options.series_per_study - 1) / options.series_per_study;
  return key.instance / each + 1;
}

void write_dataset(const GeneratorOptions& options, const InstanceKey& key, std::string& out) {
  auto facts = facts_of(options, key);
  bool is_report = is_dose_report(options, key);
  out.reserve(out.size() + 4096);
  DatasetWriter dataset(out);
  auto text = [&](std::string_view tag, std::string_view vr, const std::optional<std::string>& value) {
    if (value)
      dataset.text(tag, vr, *value);
  };
  auto raw = [&](std::string_view tag, std::string_view vr, const std::optional<std::string>& value) {
    if (value && *value == "{}")
      dataset.empty(tag, vr);
    else if (value)
      dataset.raw(tag, vr, *value);
  };
  dataset.text("00080005", "CS", "ISO_IR 192");
  dataset.raw("00080008", "CS", R"("ORIGINAL","PRIMARY","AXIAL")");
  text("00080016", "UI", facts.sop_class);
  dataset.text("00080018", "UI", instance_uid(options, key));
  text("00080020", "DA", facts.study_date);
  text("00080021", "DA", facts.series_date);
  text("00080022", "DA", facts.series_date);
  text("00080023", "DA", facts.series_date);
  text("00080030", "TM", facts.study_time);
  text("00080031", "TM", facts.series_time);
  text("00080032", "TM", facts.series_time);
  text("00080033", "TM", facts.series_time);
  text("00080050", "SH", facts.accession);
  text("00080060", "CS", facts.modality);
  dataset.text("00080070", "LO", "Example Medical Systems");
  dataset.text("00080080", "LO", "University Hospital North");
  dataset.raw("00080090", "PN", R"({"Alphabetic":"Referring^Ruth^^Dr."})");
  text("00080201", "SH", facts.zone);
  dataset.text("00081010", "SH", "CT01");
  text("00081030", "LO", facts.study_description);
  text("0008103E", "LO", facts.series_description);
  dataset.text("00081090", "LO", "Scanner 64");
  dataset.raw("00100010", "PN", facts.name);
  text("00100020", "LO", facts.patient_id);
  text("00100030", "DA", facts.birth_date);
  text("00100040", "CS", facts.sex);
  dataset.text("00101010", "AS", "047Y");
  if (!is_report)
    dataset.members(filler_0018);
  dataset.text("0020000D", "UI", study_uid(options, key.study));
  dataset.text("0020000E", "UI", series_uid(options, key));
  dataset.text("00200010", "SH", std::to_string(key.study + 1));
  raw("00200011", "IS", facts.series_number);
  raw("00200013", "IS", facts.instance_number);
  if (is_report)
    write_dose_content(options, key, out);
  else
    dataset.members(filler_0020);
  dataset.end();
}

} // namespace dicomcast::sim
