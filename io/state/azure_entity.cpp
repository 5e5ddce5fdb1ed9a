// Rows as entities of the Table service, and back.
#include "io/state/azure_entity.hpp"

#include "conf/text.hpp"

#include <algorithm>
#include <charconv>

namespace dicomcast::io {

namespace {

constexpr std::string_view forbidden_in_keys = "/\\#?\t\r\n";
constexpr std::size_t longest_key = 256;

bool is_forbidden(char c) {
  return text::is_control(c) && c != '\t' && c != '\n' && c != '\r';
}

} // namespace

std::string azure_text(std::string_view text) {
  std::string result;
  for (std::size_t units = 0; !text.empty() && units < azure_text_limit; ++units) {
    const auto character = text::first_character(text);
    const bool stays = character.is_well_formed && !is_forbidden(text.front());
    result += stays ? text.substr(0, character.length) : text::replacement_character;
    units += stays && character.length == 4; // a surrogate pair
    text.remove_prefix(character.length);
  }
  return result;
}

std::string azure_key(std::string_view text) {
  auto key = azure_text(text.substr(0, longest_key));
  std::replace_if(
      key.begin(), key.end(), [](char c) { return forbidden_in_keys.find(c) != forbidden_in_keys.npos; }, '_');
  return key;
}

std::string entity_of(const NewRow& new_row) {
  const auto& row = new_row.row;
  mapping::Json entity;
  entity.set("PartitionKey", azure_key(row.exception));
  entity.set("RowKey", to_guid(new_row.identity));
  entity.set("StudyUid", azure_text(row.uids.study));
  entity.set("SeriesUid", azure_text(row.uids.series));
  entity.set("InstanceUid", azure_text(row.uids.instance));
  entity.set("ChangeFeedSequence@odata.type", "Edm.Int64");
  entity.set("ChangeFeedSequence", std::to_string(row.sequence));
  entity.set("Exception", azure_text(row.message));
  if (row.table == ExceptionTable::TransientRetry || row.table == ExceptionTable::TransientFailure)
    entity.set("RetryNumber", mapping::Json::integer(row.retry_count));
  entity.set("RecordedAt", new_row.timestamp);
  return entity.to_text();
}

std::int64_t integer_of(const mapping::Json& entity, std::string_view property, std::int64_t absent) {
  const auto* value = entity.find(property);
  if (!value)
    return absent;
  std::string_view text;
  if (const auto* number = value->if_number())
    text = number->token;
  else if (const auto* string = value->if_string())
    text = *string;
  std::int64_t result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  return error == std::errc() && end == text.data() + text.size() ? result : absent;
}

std::string server_time_of(const mapping::Json& entity) {
  // `YYYY-MM-DDThh:mm:ss[.fffffff]Z`
  constexpr std::size_t seconds_end = 19, fraction_digits = 3;
  std::string text(entity.text("Timestamp"));
  if (text.size() < seconds_end)
    return text;
  std::string fraction;
  if (text.size() > seconds_end && text[seconds_end] == '.')
    for (auto at = seconds_end + 1; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      fraction += text[at];
  fraction.resize(fraction_digits, '0');
  return text.substr(0, seconds_end) + "." + fraction + "Z";
}

ExceptionRow row_of(const mapping::Json& entity, ExceptionTable table) {
  ExceptionRow row;
  row.id = entity.text("RowKey");
  row.table = table;
  row.sequence = integer_of(entity, "ChangeFeedSequence", 0);
  row.uids = {std::string(entity.text("StudyUid")), std::string(entity.text("SeriesUid")),
              std::string(entity.text("InstanceUid"))};
  row.exception = entity.text("PartitionKey");
  row.message = entity.text("Exception");
  row.retry_count = static_cast<int>(integer_of(entity, "RetryNumber", 0));
  row.timestamp = entity.text("RecordedAt");
  row.replayed_at = entity.text("ReplayedAt");
  if (row.timestamp.empty()) { // the original's
    row.timestamp = server_time_of(entity);
    row.message.resize(std::min(row.message.find("\n   at "), row.message.size()));
    while (row.message.ends_with('\r'))
      row.message.pop_back();
  }
  return row;
}

} // namespace dicomcast::io
