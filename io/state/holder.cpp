#include "io/state/holder.hpp"

#include "io/state/state_row.hpp"
#include "mapping/json/json.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <unistd.h>

namespace dicomcast::io {

using mapping::Json;

Holder this_process(std::string_view command) {
  constexpr std::size_t longest_name = 256; // HOST_NAME_MAX is 64
  std::array<char, longest_name> host{};
  if (gethostname(host.data(), host.size() - 1) != 0)
    host[0] = '?';
  return {std::string(command), host.data(), getpid(), utc_timestamp(std::chrono::system_clock::now())};
}

std::string to_string(const Holder& holder) {
  return text::one_line(
      fmt::format("{} on host {}, process {}, since {}", holder.command, holder.host, holder.pid, holder.since));
}

std::string to_json(const Holder& holder) {
  Json json;
  json.set("command", holder.command);
  json.set("host", holder.host);
  json.set("pid", Json::integer(holder.pid));
  json.set("since", holder.since);
  return json.to_text() + '\n';
}

std::optional<Holder> holder_of_json(std::string_view text) {
  const auto json = Json::parse(text);
  if (!json || json->text("command").empty())
    return {};
  Holder holder{std::string(json->text("command")), std::string(json->text("host")), 0,
                std::string(json->text("since"))};
  if (const auto* pid = json->find("pid"); pid && pid->if_number()) {
    const auto& token = pid->if_number()->token;
    std::from_chars(token.data(), token.data() + token.size(), holder.pid);
  }
  return holder;
}

StateStoreHeld::StateStoreHeld(const std::string& description, const std::optional<Holder>& holder)
    : StateStoreError(fmt::format("{} is held by another dicomcast ({}); only one at a time may work with it",
                                  description, holder ? to_string(*holder) : "which has just begun")) {}

} // namespace dicomcast::io
