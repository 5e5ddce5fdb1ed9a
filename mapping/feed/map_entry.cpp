// From the views of one entry to checked facts: what it says, what is wrong with it.
#include "mapping/feed/map_entry.hpp"

#include "conf/text.hpp"
#include "mapping/code/issuer.hpp"
#include "mapping/dose/observation.hpp"
#include "mapping/extended/extended_facts.hpp"
#include "mapping/feed/entry_reader.hpp"
#include "mapping/person_name.hpp"
#include "mapping/timestamp.hpp"
#include "mapping/validity.hpp"

#include <list>

namespace dicomcast::mapping {

namespace {

using State = CheckedValue::State;

/// The attribute's text for a message about an entry's UIDs, whatever it is.
std::string shown(const Attribute& attribute) {
  return attribute.kind == Attribute::Kind::Text ? std::string(without_padding(attribute.text)) : std::string();
}

void append(std::string& list, const std::string& item) {
  if (!list.empty())
    list += "; ";
  list += item;
}

/// The attributes of an entry, checked: what is wrong with those that are required, and with the others.
class CheckedEntry {
public:
  CheckedEntry(const RawEntry& raw, const Options& options, bool uids_only) {
    check_uid(Tag::StudyInstanceUID, raw.uids[0], raw, uids_only);
    check_uid(Tag::SeriesInstanceUID, raw.uids[1], raw, uids_only);
    check_uid(Tag::SOPInstanceUID, raw.uids[2], raw, uids_only);
    if (uids_only)
      return;
    for (auto& rule : tag_table) {
      bool is_issuer = rule.tag == Tag::IssuerOfPatientID;
      if (is_uid_of_entry(rule.tag) || (is_issuer && !options.is_issuer_id_used))
        continue;
      std::string problem;
      auto& value = at(rule.tag) = check(raw.attributes[static_cast<std::size_t>(rule.tag)], rule.form, problem);
      if (rule.form == Form::Line && value.state == State::Invalid && !options.is_original())
        put_in_one_line(rule, raw, value);
      bool is_mended = raw.mended[static_cast<std::size_t>(rule.tag)];
      if (rule.required || is_issuer) {
        // Two identifiers that differ only in what was lost would be one: they are never guessed.
        if (is_mended && value.state == State::Valid) {
          value.state = State::Invalid;
          problem = in_quotes(value.text) + " held bytes that are no UTF-8";
        }
        if (rule.required || value.state == State::Invalid)
          require(rule, value, problem);
      } else if (value.state == State::Invalid) {
        optional_.push_back(label_of(rule) + ": " + problem);
      } else if (is_mended) {
        optional_.push_back(label_of(rule) + ": bytes that are no UTF-8 became U+FFFD");
      }
    }
  }

  /// The value where it is valid; none where it is absent, empty or invalid.
  std::optional<std::string_view> text(Tag tag) const {
    auto& value = values_[static_cast<std::size_t>(tag)];
    return value.state == State::Valid ? std::optional(value.text) : std::nullopt;
  }
  std::optional<std::string> string(Tag tag) const {
    auto value = text(tag);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  std::optional<std::int32_t> number(Tag tag) const {
    auto& value = values_[static_cast<std::size_t>(tag)];
    return value.state == State::Valid ? std::optional(value.number) : std::nullopt;
  }
  State state(Tag tag) const { return values_[static_cast<std::size_t>(tag)].state; }

  const std::string& required_faults() const { return required_; } ///< in one message; empty: none
  std::vector<std::string>& optional_faults() { return optional_; }

private:
  static bool is_uid_of_entry(Tag tag) {
    return tag == Tag::StudyInstanceUID || tag == Tag::SeriesInstanceUID || tag == Tag::SOPInstanceUID;
  }
  /// Of a value that is invalid for its line breaks and tabs alone: it counts without them, and that is told.
  void put_in_one_line(const TagRule& rule, const RawEntry& raw, CheckedValue& value) {
    auto& attribute = raw.attributes[static_cast<std::size_t>(rule.tag)];
    if (attribute.kind != Attribute::Kind::Text)
      return;
    auto& line = lines_.emplace_back(in_one_line(attribute.text));
    if (!is_text(line))
      return;
    value = {line.empty() ? State::Empty : State::Valid, 0, line};
    optional_.push_back(label_of(rule) + ": line breaks or tabs became spaces");
  }

  CheckedValue& at(Tag tag) { return values_[static_cast<std::size_t>(tag)]; }

  /// The entry's own UID counts; the dataset's, if it is there, must be a UID too.
  void check_uid(Tag tag, const Attribute& of_entry, const RawEntry& raw, bool entry_only) {
    auto& rule = rule_of(tag);
    std::string problem;
    auto& value = at(tag) = check(of_entry, rule.form, problem);
    auto& in_dataset = raw.attributes[static_cast<std::size_t>(tag)];
    bool is_same = in_dataset.kind == of_entry.kind && in_dataset.text == of_entry.text;
    if (value.state == State::Valid && !entry_only && !is_same) {
      auto of_dataset = check(in_dataset, rule.form, problem);
      if (of_dataset.state == State::Invalid)
        value = of_dataset;
    }
    require(rule, value, problem);
  }

  void require(const TagRule& rule, const CheckedValue& value, const std::string& problem) {
    switch (value.state) {
    case State::Valid:
      break;
    case State::Absent:
      append(required_, label_of(rule) + ": required, but absent");
      break;
    case State::Empty:
      append(required_, label_of(rule) + ": required, but empty");
      break;
    case State::Invalid:
      append(required_, label_of(rule) + ": " + problem);
      break;
    }
  }

  std::array<CheckedValue, tag_count> values_;
  std::list<std::string> lines_; ///< values that are not those of the page
  std::string required_;
  std::vector<std::string> optional_;
};

/// No date: none. A date whose time or zone is absent or invalid: the date alone.
std::optional<std::string> started(const CheckedEntry& checked, Tag date, Tag time, const Options& options) {
  auto day = checked.text(date);
  if (!day)
    return std::nullopt;
  auto clock = checked.text(time);
  if (!clock || checked.state(Tag::TimezoneOffsetFromUTC) == State::Invalid)
    return fhir_date(*day);
  auto zone = checked.text(Tag::TimezoneOffsetFromUTC);
  return fhir_date_time(*day, *clock, zone ? conf::Timezone::of_offset(fhir_zone(*zone)) : options.default_timezone);
}

PatientFacts patient_facts(const CheckedEntry& checked, const Options& options) {
  PatientFacts facts;
  facts.system = options.patient_system_id;
  if (options.is_issuer_id_used) {
    auto issuer = checked.string(Tag::IssuerOfPatientID).value_or("");
    auto system = system_of_issuer(issuer, options);
    facts.system = system.empty() ? issuer : system;
  }
  facts.patient_id = *checked.text(Tag::PatientID);
  if (auto name = checked.text(Tag::PatientName))
    facts.name = options.is_original() ? name_group(*name, NameGroup::Alphabetic) : person_name(*name);
  if (auto sex = checked.text(Tag::PatientSex))
    facts.gender = *sex == "M" ? "male" : *sex == "F" ? "female" : "other";
  if (auto date = checked.text(Tag::PatientBirthDate))
    facts.birth_date = fhir_date(*date);
  return facts;
}

StudyFacts study_facts(const CheckedEntry& checked, const Options& options) {
  StudyFacts facts;
  facts.accession_number = checked.string(Tag::AccessionNumber);
  facts.description = checked.string(Tag::StudyDescription);
  facts.started = started(checked, Tag::StudyDate, Tag::StudyTime, options);
  facts.modality = *checked.text(Tag::Modality);
  facts.series_number = checked.number(Tag::SeriesNumber);
  facts.instance_number = checked.number(Tag::InstanceNumber);
  facts.series_description = checked.string(Tag::SeriesDescription);
  facts.series_started = started(checked, Tag::SeriesDate, Tag::SeriesTime, options);
  facts.sop_class = *checked.text(Tag::SOPClassUID);
  return facts;
}

/// What the dataset says beyond profile R4.
void add_extended(const RawEntry& raw, const CheckedEntry& checked, const Options& options, MappedEntry& entry) {
  KnownFacts known{checked.string(Tag::AccessionNumber).value_or(""), checked.string(Tag::PatientName).value_or(""),
                   checked.text(Tag::SeriesDate).has_value(), options.default_timezone};
  if (auto zone = checked.text(Tag::TimezoneOffsetFromUTC))
    known.zone = conf::Timezone::of_offset(fhir_zone(*zone));
  else if (checked.state(Tag::TimezoneOffsetFromUTC) == State::Invalid)
    known.zone.reset();
  auto facts = extended_facts(raw.extended, options, known, entry.invalid_tags);
  entry.patient.extras = std::move(facts.patient);
  entry.patient.is_update = entry.is_update;
  entry.study.extras = std::move(facts.study);
  entry.study.accession_system = std::move(facts.accession_system);
}

void refuse(MappedEntry& entry, DicomFault fault, std::string why) {
  entry.effect = Effect::Refuse;
  entry.fault = fault;
  entry.refusal = std::move(why);
  entry.invalid_tags.clear();
  entry.observations.clear();
}

void refuse_invalid_tags(MappedEntry& entry) {
  std::string all;
  for (auto& fault : entry.invalid_tags)
    append(all, fault);
  refuse(entry, DicomFault::InvalidTag, all);
}

} // namespace

const char* name_of(DicomFault fault) {
  switch (fault) {
  case DicomFault::UnknownAction:
    return "UnknownAction";
  case DicomFault::MissingMetadata:
    return "MissingMetadata";
  case DicomFault::InvalidRequiredTag:
    return "InvalidRequiredTag";
  case DicomFault::InvalidTag:
    return "InvalidTag";
  }
  return "";
}

CheckedValue check(const Attribute& attribute, Form form, std::string& problem) {
  auto invalid = [&](std::string what) {
    problem = std::move(what);
    return CheckedValue{State::Invalid, 0, {}};
  };
  switch (attribute.kind) {
  case Attribute::Kind::Absent:
    return {};
  case Attribute::Kind::Empty:
    return {State::Empty, 0, {}};
  case Attribute::Kind::Other:
    return invalid(*attribute.other);
  case Attribute::Kind::Integer: {
    auto digits = std::to_string(attribute.integer);
    if (form != Form::Number || !has_form(form, digits))
      return invalid(digits + " " + wrong_kind(form));
    return {State::Valid, static_cast<std::int32_t>(attribute.integer), {}};
  }
  case Attribute::Kind::Text:
    break;
  }
  auto text = without_padding(attribute.text);
  if (text.empty())
    return {State::Empty, 0, {}};
  if (!has_form(form, text))
    return invalid(in_quotes(text) + " " + fault_of(form));
  return {State::Valid, form == Form::Number ? *integer_of(text) : 0, text};
}

void map_entry(const RawEntry& raw, const Options& options, MappedEntry& entry) {
  entry.sequence = raw.sequence;
  entry.uids = {shown(raw.uids[0]), shown(raw.uids[1]), shown(raw.uids[2])};
  entry.partition = raw.partition;
  entry.is_structured_report = raw.has_content_sequence;
  entry.is_deleted = text::equal_but_for_case(raw.state, "deleted");
  auto partition = raw.partition.empty() ? std::string_view("Microsoft.Default") : raw.partition;
  if (!options.partition.empty() && partition != options.partition)
    return; // Skip

  bool is_delete = text::equal_but_for_case(raw.action, "delete");
  entry.is_update = text::equal_but_for_case(raw.action, "update");
  if (!is_delete && !entry.is_update && !text::equal_but_for_case(raw.action, "create")) {
    refuse(entry, DicomFault::UnknownAction,
           "action " + in_quotes(raw.action) + " is none of create, update and delete");
    return;
  }
  if (!is_delete && entry.is_deleted)
    return; // Skip
  if (!is_delete && !raw.has_metadata) {
    refuse(entry, DicomFault::MissingMetadata, "the entry holds no metadata");
    return;
  }

  CheckedEntry checked(raw, options, is_delete);
  if (!checked.required_faults().empty()) {
    refuse(entry, DicomFault::InvalidRequiredTag, checked.required_faults());
    return;
  }
  entry.effect = is_delete ? Effect::Delete : Effect::Upsert;
  if (is_delete)
    return;
  entry.invalid_tags = std::move(checked.optional_faults());
  entry.patient = patient_facts(checked, options);
  entry.study = study_facts(checked, options);
  if (!raw.extended.is_null())
    add_extended(raw, checked, options, entry);
  if (options.enforce_validation && !entry.invalid_tags.empty()) {
    refuse_invalid_tags(entry);
    return;
  }
  entry.invalid_tags.insert(entry.invalid_tags.end(), raw.mended_elsewhere.begin(), raw.mended_elsewhere.end());
}

void map_observations(MappedEntry& entry, const Json& dataset, const Options& options) {
  if (entry.effect != Effect::Upsert || !entry.is_structured_report || !options.generate_observations)
    return;
  auto before = entry.invalid_tags.size();
  entry.observations = dose_observations(dataset, entry.uids, options, entry.invalid_tags);
  if (options.enforce_validation && entry.invalid_tags.size() > before)
    refuse_invalid_tags(entry);
}

} // namespace dicomcast::mapping
