// What the entries of a world say, as DICOM JSON (PS3.18 annex F); dose reports as PS3.16 TID 10011 has them, cut down
// to what is read.
#include "tests/sim/dataset_writer.hpp"
#include "tests/simulation/world.hpp"

namespace dicomcast::simulation {

using sim::DatasetWriter;

namespace {

void write_code(DatasetWriter& item, std::string_view tag, std::string_view value, std::string_view meaning) {
  item.begin_sequence(tag);
  DatasetWriter inner(item.out());
  inner.text("00080100", "SH", value);
  inner.text("00080102", "SH", "DCM");
  inner.text("00080104", "LO", meaning);
  inner.end();
  item.end_sequence();
}

DatasetWriter begin_item(std::string& out, std::string_view type, std::string_view code, std::string_view meaning) {
  if (out.back() != '[')
    out += ',';
  DatasetWriter item(out);
  item.text("0040A010", "CS", "CONTAINS");
  item.text("0040A040", "CS", type);
  write_code(item, "0040A043", code, meaning);
  return item;
}

void write_number(std::string& out, std::string_view code, std::string_view meaning, std::string_view digits) {
  auto item = begin_item(out, "NUM", code, meaning);
  item.begin_sequence("0040A300");
  DatasetWriter measured(out);
  measured.begin_sequence("004008EA");
  DatasetWriter unit(out);
  unit.text("00080100", "SH", "mGy.cm");
  unit.text("00080102", "SH", "UCUM");
  unit.text("00080104", "LO", "mGy.cm");
  unit.end();
  measured.end_sequence();
  measured.raw("0040A30A", "DS", digits);
  measured.end();
  item.end_sequence();
  item.end();
}

void write_event(const std::string& uid, int version, int number, std::string& out) {
  auto item = begin_item(out, "CONTAINER", "113819", "CT Acquisition");
  item.begin_sequence("0040A730");
  auto reference = begin_item(out, "UIDREF", "113769", "Irradiation Event UID");
  reference.text("0040A124", "UI", uid);
  reference.end();
  write_number(out, "113838", "DLP", std::to_string(100 + number) + "." + std::to_string(version) + "0");
  item.end_sequence();
  item.end();
}

std::string content_of(const World& world, const WorldEntry& entry) {
  std::string content;
  DatasetWriter root(content);
  root.text("0040A040", "CS", "CONTAINER");
  write_code(root, "0040A043", "113701", "X-Ray Radiation Dose Report");
  root.begin_sequence("0040A730");
  write_number(content, "113813", "CT Dose Length Product Total", "415." + std::to_string(entry.version));
  for (int event = 0; event < entry.events; ++event)
    write_event(event == 0 && entry.shared_event
                    ? "2.25.99"
                    : instance_uid(world, entry.instance) + ".7." + std::to_string(event + 1),
                entry.version, event, content);
  root.end_sequence();
  return content.substr(1);
}

} // namespace

std::string patient_id(int patient) {
  switch (patient) {
  case 0:
    return "Pat-a";
  case 1:
    return "PAT-A";
  default:
    return "Other-" + std::to_string(patient);
  }
}

std::string study_uid(int study) {
  return "2.25." + std::to_string(study + 1);
}

std::string series_uid(const Instance& instance) {
  return study_uid(instance.study) + "." + std::to_string(instance.series + 1);
}

std::string instance_uid(const World& world, int instance) {
  return series_uid(world.instances[static_cast<std::size_t>(instance)]) + "." + std::to_string(instance + 1);
}

std::string dataset_of(const World& world, const WorldEntry& entry) {
  if (entry.flaw == Flaw::NoMetadata || entry.action == Action::Delete)
    return {};
  const auto& instance = world.instances[static_cast<std::size_t>(entry.instance)];
  bool is_report = entry.events >= 0;
  auto version = std::to_string(entry.version);
  std::string out;
  DatasetWriter dataset(out);
  dataset.text("00080016", "UI", is_report ? "1.2.840.10008.5.1.4.1.1.88.67" : "1.2.840.10008.5.1.4.1.1.2");
  dataset.text("00080018", "UI", instance_uid(world, entry.instance));
  dataset.text("00080020", "DA", "2025010" + std::to_string(1 + instance.study));
  dataset.text("00080023", "DA", "20250109");
  dataset.text("00080030", "TM", "10" + version + "000");
  dataset.text("00080033", "TM", "110000");
  if (entry.flaw != Flaw::InvalidRequired)
    dataset.text("00080060", "CS", is_report ? "SR" : "CT");
  dataset.text("00081030", "LO", "Study " + std::to_string(instance.study) + " as of " + version);
  dataset.text("0008103E", "LO", "Series " + std::to_string(instance.series));
  dataset.raw("00100010", "PN",
              "{\"Alphabetic\":\"Name" + std::to_string(entry.patient) + "^Version" + version + "\"}");
  dataset.text("00100020", "LO", patient_id(entry.patient));
  dataset.text("00100040", "CS", entry.flaw == Flaw::InvalidTag ? "X" : entry.patient % 2 ? "F" : "M");
  dataset.text("0020000D", "UI", study_uid(instance.study));
  dataset.text("0020000E", "UI", series_uid(instance));
  dataset.text("00200011", "IS", std::to_string(instance.series + 1));
  dataset.text("00200013", "IS", std::to_string(entry.instance + 1));
  if (is_report)
    dataset.members(content_of(world, entry));
  dataset.end();
  return out;
}

} // namespace dicomcast::simulation
