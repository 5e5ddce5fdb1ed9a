// The content tree of generated CT radiation dose reports (DICOM PS3.16 TID 10011, 10012, 10013).
#include "tests/sim/dataset_writer.hpp"
#include "tests/sim/generator.hpp"

namespace dicomcast::sim {

namespace {

struct Code {
  std::string_view value, scheme, meaning;
};

void write_code(DatasetWriter& item, std::string_view tag, const Code& code) {
  item.begin_sequence(tag);
  DatasetWriter inner(item.out());
  inner.text("00080100", "SH", code.value);
  inner.text("00080102", "SH", code.scheme);
  inner.text("00080104", "LO", code.meaning);
  inner.end();
  item.end_sequence();
}

/// Begins a content item and writes what all have.
DatasetWriter begin_item(std::string& out, std::string_view type, const Code& concept_name) {
  if (out.back() != '[')
    out += ',';
  DatasetWriter item(out);
  item.text("0040A010", "CS", "CONTAINS");
  item.text("0040A040", "CS", type);
  write_code(item, "0040A043", concept_name);
  return item;
}

/// `number`: as JSON, so that its digits are as given.
void write_number(std::string& out, const Code& concept_name, std::string_view number, const Code& unit) {
  auto item = begin_item(out, "NUM", concept_name);
  item.begin_sequence("0040A300");
  DatasetWriter measured(out);
  write_code(measured, "004008EA", unit);
  measured.raw("0040A30A", "DS", number);
  measured.end();
  item.end_sequence();
  item.end();
}

void write_event(const GeneratorOptions& options, const InstanceKey& key, std::uint64_t number, std::string& out) {
  auto random = scatter(options.seed, 41, static_cast<std::uint64_t>(key.study), number);
  auto item = begin_item(out, "CONTAINER", {"113819", "DCM", "CT Acquisition"});
  item.begin_sequence("0040A730");
  auto region = begin_item(out, "CODE", {"123014", "DCM", "Target Region"});
  write_code(region, "0040A168", {"51185008", "SCT", "Chest"});
  region.end();
  auto uid = begin_item(out, "UIDREF", {"113769", "DCM", "Irradiation Event UID"});
  uid.text("0040A124", "UI", instance_uid(options, key) + ".7." + std::to_string(number));
  uid.end();
  auto dose = begin_item(out, "CONTAINER", {"113829", "DCM", "CT Dose"});
  dose.begin_sequence("0040A730");
  auto digits = std::to_string(3 + random % 20) + "." + std::to_string(random / 32 % 10) + "0";
  write_number(out, {"113830", "DCM", "Mean CTDIvol"}, digits, {"mGy", "UCUM", "mGy"});
  write_number(out, {"113838", "DCM", "DLP"}, "\"" + std::to_string(100 + random / 512 % 900) + ".50\"",
               {"mGy.cm", "UCUM", "mGy.cm"});
  dose.end_sequence();
  dose.end();
  item.end_sequence();
  item.end();
}

} // namespace

void write_dose_content(const GeneratorOptions& options, const InstanceKey& key, std::string& out) {
  auto events = 1 + scatter(options.seed, 40, static_cast<std::uint64_t>(key.study)) % 4;
  std::string content;
  DatasetWriter root(content);
  root.text("0040A040", "CS", "CONTAINER");
  write_code(root, "0040A043", {"113701", "DCM", "X-Ray Radiation Dose Report"});
  root.text("0040A491", "CS", "COMPLETE");
  root.text("0040A493", "CS", "VERIFIED");
  root.begin_sequence("0040A730");
  auto totals = begin_item(content, "CONTAINER", {"113811", "DCM", "CT Accumulated Dose Data"});
  totals.begin_sequence("0040A730");
  write_number(content, {"113812", "DCM", "Total Number of Irradiation Events"}, std::to_string(events),
               {"{events}", "UCUM", "events"});
  write_number(content, {"113813", "DCM", "CT Dose Length Product Total"}, "415.30", {"mGy.cm", "UCUM", "mGy.cm"});
  totals.end_sequence();
  totals.end();
  for (std::uint64_t event = 1; event <= events; ++event)
    write_event(options, key, event, content);
  root.end_sequence();
  out.append(",").append(content, 1); // without its opening brace; the caller's dataset ends it
}

} // namespace dicomcast::sim
