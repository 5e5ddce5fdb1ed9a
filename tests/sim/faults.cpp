// Faults by rule: which request fails, and how.
#include "tests/sim/faults.hpp"

#include "tests/sim/target.hpp"

#include <array>
#include <stdexcept>

namespace dicomcast::sim {

namespace {

using mapping::Json;
using How = Fault::How;

constexpr std::array<std::pair<std::string_view, How>, 9> hows{{{"status", How::Status},
                                                                {"lost", How::Lost},
                                                                {"reset", How::Reset},
                                                                {"lost_reset", How::LostReset},
                                                                {"cut_off", How::CutOff},
                                                                {"not_json", How::NotJson},
                                                                {"empty", How::Empty},
                                                                {"slow", How::Slow},
                                                                {"silence", How::Silence}}};

[[noreturn]] void refuse(std::string_view name) {
  throw std::invalid_argument("a fault rule's '" + std::string(name) + "' is unknown or of the wrong type");
}

How how_of(std::string_view text) {
  for (const auto& [name, how] : hows)
    if (name == text)
      return how;
  refuse("how");
}

bool writes_type(std::string_view body, std::string_view type) {
  for (auto at = body.find("\"url\""); at != std::string_view::npos; at = body.find("\"url\"", at + 5)) {
    auto value = body.substr(at + 5, type.size() + 8);
    auto quote = value.find('"');
    if (quote != std::string_view::npos && value.substr(quote + 1).starts_with(type))
      return true;
  }
  return false;
}

bool matches(const FaultRule& rule, std::string_view kind, std::string_view type, const HttpRequest& request) {
  bool batched = kind == "transaction" || kind == "batch";
  return (rule.kind.empty() || rule.kind == kind) && (rule.method.empty() || rule.method == request.method) &&
         (rule.type.empty() || (batched ? writes_type(request.body, rule.type) : rule.type == type)) &&
         (rule.contains.empty() || request.target.find(rule.contains) != std::string::npos ||
          percent_decode(request.target, true).find(rule.contains) != std::string::npos ||
          request.body.find(rule.contains) != std::string::npos);
}

} // namespace

FaultRule read_fault_rule(const Json& json) {
  if (!json.is_object())
    refuse("rule");
  FaultRule rule;
  for (const auto& member : *json.if_object()) {
    const auto& name = member.first;
    const auto& value = member.second;
    const auto* text = value.if_string();
    const auto* number = value.if_number();
    auto string = [&](std::string& into) { text ? void(into = *text) : refuse(name); };
    auto whole = [&](std::int64_t& into) {
      auto read = number ? to_number(number->token) : std::nullopt;
      read ? void(into = *read) : refuse(name);
    };
    if (name == "kind")
      string(rule.kind);
    else if (name == "method")
      string(rule.method);
    else if (name == "type")
      string(rule.type);
    else if (name == "contains")
      string(rule.contains);
    else if (name == "skip")
      whole(rule.skip);
    else if (name == "every")
      whole(rule.every);
    else if (name == "times")
      whole(rule.times);
    else if (name == "probability" && number)
      rule.probability = std::stod(number->token);
    else if (name == "how" && text)
      rule.fault.how = how_of(*text);
    else if (name == "status" && number)
      rule.fault.status = static_cast<int>(to_number(number->token).value_or(503));
    else if (name == "retry_after")
      rule.fault.retry_after = number ? number->token : (text ? *text : (refuse(name), ""));
    else if (name == "body")
      string(rule.fault.body);
    else if (name == "delay" && number)
      rule.fault.delay = std::chrono::microseconds(static_cast<std::int64_t>(std::stod(number->token) * 1000));
    else
      refuse(name);
  }
  if (rule.every < 1)
    refuse("every");
  return rule;
}

void Faults::add(FaultRule rule) {
  rules_.push_back({std::move(rule)});
}
void Faults::clear() {
  rules_.clear();
}
void Faults::seed(std::uint64_t seed) {
  random_.seed(seed);
}

void Faults::configure(const Json& json) {
  std::vector<FaultRule> read;
  for (const auto& rule : json.items("rules"))
    read.push_back(read_fault_rule(rule));
  const auto* seed_value = json.find("seed");
  if (const auto* number = seed_value ? seed_value->if_number() : nullptr)
    seed(static_cast<std::uint64_t>(to_number(number->token).value_or(1)));
  const auto* replace = json.find("replace");
  if (replace && replace->if_bool() && *replace->if_bool())
    clear();
  for (auto& rule : read)
    add(std::move(rule));
}

std::optional<Fault> Faults::next(std::string_view kind, std::string_view type, const HttpRequest& request) {
  for (auto& counted : rules_) {
    const auto& rule = counted.rule;
    if ((rule.times >= 0 && counted.done >= rule.times) || !matches(rule, kind, type, request))
      continue;
    auto place = counted.matched++ - rule.skip;
    if (place < 0 || place % rule.every != 0)
      continue;
    if (rule.probability < 1 && std::uniform_real_distribution<>(0, 1)(random_) >= rule.probability)
      continue;
    ++counted.done;
    return rule.fault;
  }
  return std::nullopt;
}

} // namespace dicomcast::sim
