// A dataset by itself, tag by tag: for `map --explain`.
#include "mapping/feed/dataset.hpp"

#include "mapping/extended/extended_facts.hpp"
#include "mapping/feed/entry_reader.hpp"
#include "mapping/feed/map_entry.hpp"
#include "mapping/json/json_node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::mapping {

namespace {

using State = CheckedValue::State;

const Json& only_element(const Json& json) {
  auto* list = json.if_array();
  return list && list->size() == 1 ? list->front() : json;
}

const Json* find_attribute(const Json& dataset, const TagRule& rule) {
  if (auto* members = dataset.if_object())
    for (auto& [key, value] : *members)
      if (number_of_key(key) == rule.number)
        return &value;
  return nullptr;
}

/// The Value for people: a single string as it is, all else as JSON.
std::string shown(const Json* attribute) {
  auto* value = attribute ? attribute->find("Value") : nullptr;
  if (!value)
    return {};
  auto& element = only_element(*value);
  return excerpt(element.if_string() ? *element.if_string() : element.to_text());
}

/// For a time, the date that it needs; else the tag itself.
Tag date_of(Tag time) {
  return time == Tag::StudyTime ? Tag::StudyDate : time == Tag::SeriesTime ? Tag::SeriesDate : time;
}

void explain_extended(const Json& dataset, const Options& options, const KnownFacts& known,
                      std::vector<TagFinding>& findings) {
  Json picked;
  pick_extended(JsonNode{&dataset}, options.groups, picked);
  std::vector<std::string> problems;
  extended_facts(picked, options, known, problems);
  for (auto& row : extended_tags) {
    if (!options.groups.has(row.group))
      continue;
    auto* there = picked.find(fmt::format("{:08X}", row.number));
    auto label = fmt::format("{} ({:04X},{:04X})", row.keyword, row.number >> 16, row.number & 0xFFFF);
    auto problem = std::ranges::find_if(problems, [&](auto& one) { return one.starts_with(label); });
    bool is_mapped = there && !there->items("Value").empty() && problem == problems.end();
    auto outcome = is_mapped                   ? fmt::format("{}: {}", row.element, row.rule)
                   : problem != problems.end() ? problem->substr(label.size() + 2)
                   : there                     ? "empty"
                                               : "absent";
    findings.push_back({row.number, row.keyword, shown(there), is_mapped, std::move(outcome)});
  }
}

} // namespace

bool is_dataset(const Json& json) {
  auto* members = only_element(json).if_object();
  return members && !members->empty() && std::all_of(members->begin(), members->end(), [](auto& member) {
           return number_of_key(member.first).has_value();
         });
}

Json entry_of_dataset(const Json& dataset) {
  Json entry = Json::object();
  entry.set("Sequence", Json::integer(1));
  entry.set("Action", "create");
  entry.set("State", "current");
  auto& metadata = only_element(dataset);
  for (auto [name, tag] : {std::pair("StudyInstanceUid", Tag::StudyInstanceUID),
                           {"SeriesInstanceUid", Tag::SeriesInstanceUID},
                           {"SopInstanceUid", Tag::SOPInstanceUID}})
    if (auto* attribute = find_attribute(metadata, rule_of(tag)); attribute && !attribute->items("Value").empty())
      entry.set(name, attribute->items("Value").front());
  entry.set("Metadata", metadata);
  return entry;
}

std::string missing_uids(const Json& dataset) {
  std::string missing;
  for (auto tag : {Tag::StudyInstanceUID, Tag::SeriesInstanceUID, Tag::SOPInstanceUID}) {
    Attribute attribute;
    std::string problem;
    if (auto* there = find_attribute(only_element(dataset), rule_of(tag)))
      read_attribute(JsonNode{there}, Form::Uid, attribute);
    if (check(attribute, Form::Uid, problem).state != State::Valid)
      missing.append(missing.empty() ? "" : ", ").append(label_of(rule_of(tag)));
  }
  return missing;
}

std::vector<TagFinding> explain_dataset(const Json& json, const Options& options) {
  auto& dataset = only_element(json);
  std::array<State, tag_count> states;
  std::vector<TagFinding> findings;
  KnownFacts known{{}, {}, false, options.default_timezone};
  for (auto& rule : tag_table) {
    auto* there = find_attribute(dataset, rule);
    Attribute attribute;
    if (there)
      read_attribute(JsonNode{there}, rule.form, attribute);
    std::string problem;
    auto state = states[static_cast<std::size_t>(rule.tag)] = check(attribute, rule.form, problem).state;
    std::string outcome = fmt::format("{}: {}", rule.element, rule.rule);
    if (state == State::Absent || state == State::Empty)
      outcome = fmt::format("{}{}", state == State::Absent ? "absent" : "empty", rule.required ? ", but required" : "");
    bool is_mapped = state == State::Valid;
    if (state == State::Invalid) {
      outcome = problem;
      if (rule.form == Form::Line && !options.is_original() && attribute.kind == Attribute::Kind::Text &&
          is_text(in_one_line(attribute.text))) {
        outcome = fmt::format("{}: line breaks or tabs become spaces", rule.element);
        is_mapped = true;
      }
    }
    if (rule.tag == Tag::IssuerOfPatientID && !options.is_issuer_id_used) {
      outcome = "Patient:IsIssuerIdUsed is false";
      is_mapped = false;
    }
    auto date = date_of(rule.tag);
    if (is_mapped && states[static_cast<std::size_t>(date)] != State::Valid) {
      outcome = fmt::format("there is no valid {} for it", rule_of(date).keyword);
      is_mapped = false;
    }
    findings.push_back({rule.number, rule.keyword, shown(there), is_mapped, std::move(outcome)});
    if (state == State::Valid && rule.tag == Tag::AccessionNumber)
      known.accession_number = without_padding(attribute.text);
    if (state == State::Valid && rule.tag == Tag::PatientName)
      known.patient_name = without_padding(attribute.text);
    known.has_series_date |= state == State::Valid && rule.tag == Tag::SeriesDate;
  }
  explain_extended(dataset, options, known, findings);
  return findings;
}

} // namespace dicomcast::mapping
