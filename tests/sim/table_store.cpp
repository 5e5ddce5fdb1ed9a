// Its tables.
#include "tests/sim/table_store.hpp"

#include "tests/sim/target.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <regex>
#include <stdexcept>

namespace dicomcast::sim {

using mapping::Json;

namespace {

constexpr std::size_t page_size = 1000, most_in_a_batch = 100;

std::string now() {
  const auto now = std::chrono::system_clock::now();
  const auto time = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds = now.time_since_epoch() / std::chrono::milliseconds(1) % 1000;
  tm parts{};
  gmtime_r(&time, &parts);
  char seconds[24], text[40];
  std::strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03d0000Z", seconds, static_cast<int>(milliseconds));
  return text;
}

HttpReply done(const TableEntity& entity) {
  HttpReply reply;
  reply.status = 204;
  reply.content_type.clear();
  reply.headers.emplace_back("ETag", entity.etag());
  return reply;
}

Json shown(const TableEntity& entity) {
  auto json = entity.properties;
  json.set("odata.etag", entity.etag());
  json.set("Timestamp", entity.timestamp);
  return json;
}

std::string undoubled(std::string text) {
  for (auto at = text.find("''"); at != std::string::npos; at = text.find("''", at + 1))
    text.erase(at, 1);
  return text;
}

/// The value of `name=` in a header, or nothing.
std::string_view parameter_of(std::string_view header, std::string_view name) {
  auto at = header.find(name);
  if (at == std::string_view::npos)
    return {};
  header.remove_prefix(at + name.size());
  return header.substr(0, header.find_first_of(";\r\n"));
}

/// The requests of a change set, in order. Empty: it is malformed.
std::vector<HttpRequest> parts_of(const HttpRequest& batch) {
  std::vector<HttpRequest> parts;
  std::string_view text = batch.body;
  auto outer = parameter_of(batch.header("content-type"), "boundary="), inner = parameter_of(text, "boundary=");
  if (outer.empty() || inner.empty() || !text.starts_with("--" + std::string(outer) + "\r\n"))
    return {};
  const auto delimiter = "--" + std::string(inner);
  auto at = text.find(delimiter + "\r\n");
  while (at != std::string_view::npos && text.substr(at + delimiter.size(), 2) != "--") {
    at += delimiter.size();
    const auto next = text.find("\r\n" + delimiter, at);
    const auto start = text.find("\r\n\r\n", at);
    if (next == std::string_view::npos || start == std::string_view::npos || start > next)
      return {};
    auto part = text.substr(start + 4, next - start - 4);
    at = next + 2;
    HttpRequest request;
    const auto head = part.substr(0, part.find("\r\n\r\n"));
    const auto line = head.substr(0, head.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
    if (auto match = head.find("\r\nIf-Match: "); match != std::string_view::npos)
      request.headers.emplace_back("if-match", head.substr(match + 12, head.find("\r\n", match + 2) - match - 12));
    if (head.size() + 4 <= part.size())
      request.body = part.substr(head.size() + 4);
    parts.push_back(std::move(request));
  }
  return parts;
}

/// The path of a batch's request, which names the whole URL.
std::string path_of(const std::string& url) {
  return parse_target(url).path;
}

} // namespace

HttpReply table_error(int status, std::string_view code, std::string_view message) {
  Json text, inner, outer;
  text.set("lang", "en-US");
  text.set("value", message);
  inner.set("code", code);
  inner.set("message", text);
  outer.set("odata.error", inner);
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json;odata=minimalmetadata";
  reply.body = outer.to_text();
  return reply;
}

std::optional<TableAddress> read_table_address(std::string_view path) {
  static const std::regex form("/([A-Za-z][A-Za-z0-9]{2,62})(\\(\\)|\\(PartitionKey='(.*)',RowKey='(.*)'\\))?");
  std::smatch match;
  const std::string text(path);
  if (!std::regex_match(text, match, form))
    return std::nullopt;
  return TableAddress{match[1], match[3].matched, undoubled(match[3]), undoubled(match[4])};
}

bool passes(const Json& entity, const std::string& filter) {
  static const std::regex condition("(\\w+) (?:eq '((?:[^']|'')*)'|ge (-?\\d+)L)(?: and |$)");
  for (auto at = filter.begin(); at != filter.end();) {
    std::smatch match;
    if (!std::regex_search(at, filter.end(), match, condition, std::regex_constants::match_continuous))
      throw std::invalid_argument("the filter is not simulated: " + filter);
    const auto value = entity.text(match[1].str());
    const bool holds = match[3].matched ? to_number(value).value_or(0) >= to_number(match[3].str()).value_or(0)
                                        : value == undoubled(match[2]);
    if (!holds)
      return false;
    at = match[0].second;
  }
  return true;
}

HttpReply TableStore::create_table(const HttpRequest& request) {
  const auto json = Json::parse(request.body).value_or(Json());
  const std::string name(json.text("TableName"));
  if (!read_table_address("/" + name))
    return table_error(400, "InvalidResourceName", "The name is not that of a table.");
  if (!tables_.try_emplace(name).second)
    return table_error(409, "TableAlreadyExists", "The table is there.");
  HttpReply reply;
  reply.status = 204;
  reply.content_type.clear();
  return reply;
}

HttpReply TableStore::entity(const HttpRequest& request, const TableAddress& address) {
  const auto table = tables_.find(address.table);
  if (table == tables_.end())
    return table_error(404, "TableNotFound", "There is no such table.");
  if (request.method != "GET")
    return write(table->second, request, address);
  const auto found = table->second.find({address.partition, address.row});
  if (found == table->second.end())
    return table_error(404, "ResourceNotFound", "There is no such entity.");
  HttpReply reply;
  reply.headers.emplace_back("ETag", found->second.etag());
  reply.body = shown(found->second).to_text();
  return reply;
}

HttpReply TableStore::write(Table& table, const HttpRequest& request, const TableAddress& address) {
  auto json = Json::parse(request.body);
  if (!json || !json->is_object())
    return table_error(400, "InvalidInput", "The body is not an entity.");
  Key key{address.partition, address.row};
  const bool is_insert = request.method == "POST" && !address.is_entity;
  if (is_insert)
    key = {std::string(json->text("PartitionKey")), std::string(json->text("RowKey"))};
  else if (!address.is_entity || (request.method != "PUT" && request.method != "MERGE"))
    return table_error(405, "MethodNotAllowed", "Not done here.");
  const auto found = table.find(key);
  const auto if_match = request.header("if-match");
  if (is_insert && found != table.end())
    return table_error(409, "EntityAlreadyExists", "The entity is there.");
  if (!if_match.empty() && found == table.end())
    return table_error(404, "ResourceNotFound", "There is no such entity.");
  if (!if_match.empty() && if_match != "*" && if_match != found->second.etag())
    return table_error(412, "UpdateConditionNotSatisfied", "The entity was changed meanwhile.");
  auto& entity = table[key];
  if (request.method == "MERGE")
    for (auto& [name, value] : *json->if_object())
      entity.properties.set(name, std::move(value));
  else
    entity.properties = std::move(*json);
  entity.properties.set("PartitionKey", key.first);
  entity.properties.set("RowKey", key.second);
  entity.version = ++version_;
  entity.timestamp = now();
  return done(entity);
}

HttpReply TableStore::batch(const HttpRequest& request, std::string_view prefix) {
  const auto parts = parts_of(request);
  if (parts.empty() || parts.size() > most_in_a_batch)
    return table_error(400, "InvalidInput", "A batch is one change set of 1 to 100 requests.");
  std::vector<TableAddress> addresses;
  for (const auto& part : parts) {
    const auto path = below(path_of(part.target), prefix);
    auto address = path ? read_table_address(*path) : std::nullopt;
    if (!address || !address->is_entity)
      return table_error(400, "InvalidInput", "A request of the batch names no entity.");
    if (!addresses.empty() && (address->table != addresses[0].table || address->partition != addresses[0].partition))
      return table_error(400, "CommandsInBatchActOnDifferentPartitions", "A batch is for one partition.");
    for (const auto& other : addresses)
      if (other.row == address->row)
        return table_error(400, "InvalidDuplicateRow", "A batch names an entity once.");
    addresses.push_back(std::move(*address));
  }
  const auto table = tables_.find(addresses[0].table);
  const auto before = table == tables_.end() ? Table() : table->second;
  std::string answers;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto one = entity(parts[i], addresses[i]);
    const bool failed = one.status >= 400;
    if (failed) {
      answers.clear();
      if (table != tables_.end())
        table->second = before;
    }
    answers += "--changesetresponse\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
               "HTTP/1.1 " +
               std::to_string(one.status) + (failed ? " Failed" : " No Content") + "\r\n";
    for (const auto& [name, value] : one.headers)
      answers += name + ": " + value + "\r\n";
    answers += "\r\n" + one.body + "\r\n";
    if (failed)
      break;
  }
  HttpReply reply;
  reply.status = 202;
  reply.content_type = "multipart/mixed; boundary=batchresponse";
  reply.body = "--batchresponse\r\nContent-Type: multipart/mixed; boundary=changesetresponse\r\n\r\n" + answers +
               "--changesetresponse--\r\n--batchresponse--\r\n";
  return reply;
}

HttpReply TableStore::query(const std::string& name, std::size_t top, const std::string& filter,
                            const std::optional<Key>& from) const {
  const auto table = tables_.find(name);
  if (table == tables_.end())
    return table_error(404, "TableNotFound", "There is no such table.");
  HttpReply reply;
  Json list = Json::array();
  auto at = from ? table->second.lower_bound(*from) : table->second.begin();
  try {
    for (auto most = std::min(top, page_size); most > 0 && at != table->second.end(); ++at)
      if (passes(at->second.properties, filter)) {
        list.push_back(shown(at->second));
        --most;
      }
  } catch (const std::invalid_argument& e) {
    return table_error(501, "NotImplemented", e.what());
  }
  if (at != table->second.end()) {
    reply.headers.emplace_back("x-ms-continuation-NextPartitionKey", at->first.first);
    reply.headers.emplace_back("x-ms-continuation-NextRowKey", at->first.second);
  }
  Json page = Json::object();
  page.set("value", std::move(list));
  reply.body = page.to_text();
  return reply;
}

} // namespace dicomcast::sim
