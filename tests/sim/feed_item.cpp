// One item of a feed, and its JSON.
#include "tests/sim/feed_item.hpp"

#include "tests/sim/target.hpp"

#include <array>
#include <cctype>
#include <chrono>

namespace dicomcast::sim {

using mapping::Json;

namespace {

constexpr Ticks ticks_a_second = 10'000'000;

std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count)
    return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isdigit(static_cast<unsigned char>(text[i])))
      return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c)
    return false;
  text.remove_prefix(1);
  return true;
}

Ticks read_fraction(std::string_view& text) {
  Ticks fraction = 0, unit = ticks_a_second;
  while (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front()))) {
    unit /= 10;
    fraction += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return fraction;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  auto text = std::to_string(value);
  out.append(text.size() < width ? width - text.size() : 0, '0').append(text);
}

void write_key(std::string_view pascal, bool camel, std::string& out) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(pascal).append("\":");
  if (camel) {
    auto& first = out[out.size() - 2 - pascal.size()];
    first = static_cast<char>(std::tolower(static_cast<unsigned char>(first)));
  }
}

const Json* member(const Json& json, std::string_view pascal) {
  if (const auto* found = json.find(pascal))
    return found;
  std::string camel(pascal);
  camel[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(camel[0])));
  return json.find(camel);
}

std::string string_member(const Json& json, std::string_view pascal) {
  const auto* found = member(json, pascal);
  const auto* text = found ? found->if_string() : nullptr;
  return text ? *text : std::string();
}

std::int64_t number_member(const Json& json, std::string_view pascal) {
  const auto* found = member(json, pascal);
  const auto* number = found ? found->if_number() : nullptr;
  return number ? to_number(number->token).value_or(0) : 0;
}

} // namespace

std::optional<Ticks> parse_timestamp(std::string_view text) {
  namespace chr = std::chrono;
  auto year = digits(text, 4);
  auto month = year && skip(text, '-') ? digits(text, 2) : std::nullopt;
  auto day = month && skip(text, '-') ? digits(text, 2) : std::nullopt;
  if (!day)
    return std::nullopt;
  Ticks time = 0;
  if (!text.empty() && (text.front() == 'T' || text.front() == ' ')) {
    text.remove_prefix(1);
    auto hour = digits(text, 2);
    auto minute = hour && skip(text, ':') ? digits(text, 2) : std::nullopt;
    if (!minute)
      return std::nullopt;
    int second = 0;
    if (skip(text, ':')) {
      auto read = digits(text, 2);
      if (!read)
        return std::nullopt;
      second = *read;
    }
    time = ((*hour * 60LL + *minute) * 60 + second) * ticks_a_second;
    if (skip(text, '.'))
      time += read_fraction(text);
  }
  if (!skip(text, 'Z') && !text.empty()) {
    bool minus = text.front() == '-';
    if (!minus && text.front() != '+' && text.front() != ' ') // a `+` that was decoded as a space
      return std::nullopt;
    text.remove_prefix(1);
    auto hours = digits(text, 2);
    skip(text, ':');
    auto minutes = hours ? digits(text, 2) : std::nullopt;
    if (!minutes)
      return std::nullopt;
    time -= (minus ? -1 : 1) * (*hours * 60LL + *minutes) * 60 * ticks_a_second;
  }
  chr::year_month_day date{chr::year(*year), chr::month(static_cast<unsigned>(*month)),
                           chr::day(static_cast<unsigned>(*day))};
  if (!text.empty() || !date.ok())
    return std::nullopt;
  return chr::sys_days(date).time_since_epoch().count() * 86'400LL * ticks_a_second + time;
}

std::string format_timestamp(Ticks ticks) {
  namespace chr = std::chrono;
  auto day_ticks = 86'400LL * ticks_a_second;
  auto days = ticks / day_ticks - (ticks % day_ticks < 0 ? 1 : 0);
  auto rest = ticks - days * day_ticks;
  chr::year_month_day date{chr::sys_days(chr::days(days))};
  std::string out;
  append_padded(out, int(date.year()), 4);
  append_padded(out += '-', unsigned(date.month()), 2);
  append_padded(out += '-', unsigned(date.day()), 2);
  append_padded(out += 'T', rest / (3600 * ticks_a_second), 2);
  append_padded(out += ':', rest / (60 * ticks_a_second) % 60, 2);
  append_padded(out += ':', rest / ticks_a_second % 60, 2);
  append_padded(out += '.', rest % ticks_a_second, 7);
  return out += 'Z';
}

void write_item(const FeedItem& item, bool with_metadata, Keys keys, std::string& out) {
  bool camel = keys == Keys::Camel || (keys == Keys::Mixed && item.sequence % 2 == 0);
  auto text = [&](std::string_view key, std::string_view value) {
    write_key(key, camel, out);
    Json::write_string(value, out);
  };
  out += '{';
  write_key("Sequence", camel, out);
  out += std::to_string(item.sequence);
  text("StudyInstanceUid", item.study);
  text("SeriesInstanceUid", item.series);
  text("SopInstanceUid", item.instance);
  if (!item.partition.empty())
    text("PartitionName", item.partition);
  text("Action", item.action);
  text("Timestamp", format_timestamp(item.timestamp));
  text("State", item.state);
  if (!item.file_name.empty())
    text("FileName", item.file_name);
  if (with_metadata) {
    write_key("Metadata", camel, out);
    if (item.malformed)
      out += R"({"00080005":{"vr":"CS","Value":["ISO_IR 192"},"00100010":{"vr":"PN",)";
    else
      out += item.metadata.empty() ? "null" : item.metadata;
  }
  out += '}';
}

std::string attribute(const Json& dataset, std::string_view tag) {
  const auto* element = dataset.find(tag);
  if (!element || element->items("Value").empty())
    return {};
  const auto* text = element->items("Value").front().if_string();
  return text ? *text : std::string();
}

FeedItem read_item(const Json& json) {
  FeedItem item;
  const auto* metadata = member(json, "Metadata");
  if (!metadata && !member(json, "Action"))
    metadata = &json;
  item.sequence = number_member(json, "Sequence");
  item.timestamp = parse_timestamp(string_member(json, "Timestamp")).value_or(0);
  if (auto action = string_member(json, "Action"); !action.empty())
    item.action = action;
  item.state = string_member(json, "State");
  item.study = string_member(json, "StudyInstanceUid");
  item.series = string_member(json, "SeriesInstanceUid");
  item.instance = string_member(json, "SopInstanceUid");
  item.partition = string_member(json, "PartitionName");
  item.file_name = string_member(json, "FileName");
  item.hidden_requests = static_cast<int>(number_member(json, "HiddenRequests"));
  if (const auto* malformed = member(json, "Malformed"); malformed && malformed->if_bool())
    item.malformed = *malformed->if_bool();
  if (metadata && metadata->is_object()) {
    item.metadata = metadata->to_text();
    if (item.study.empty())
      item.study = attribute(*metadata, "0020000D");
    if (item.series.empty())
      item.series = attribute(*metadata, "0020000E");
    if (item.instance.empty())
      item.instance = attribute(*metadata, "00080018");
  }
  return item;
}

} // namespace dicomcast::sim
