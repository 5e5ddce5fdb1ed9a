// What a simulated Azure Table service holds, and what it does with one request to an entity. Source: Microsoft Learn,
// "Table service REST API"; what is not used by dicomcast is not here.
#pragma once

#include "mapping/json/json.hpp"
#include "tests/sim/http_server.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::sim {

struct TableEntity {
  mapping::Json properties; ///< with PartitionKey and RowKey
  std::int64_t version = 0;
  std::string timestamp; ///< when it was written: UTC, as the service gives it
  std::string etag() const { return "W/\"" + std::to_string(version) + "\""; }
};

/// Where a request goes: a table, or one entity of it.
struct TableAddress {
  std::string table;
  bool is_entity = false;
  std::string partition, row;
};
/// Of `/table`, `/table()` or `/table(PartitionKey='..',RowKey='..')`, decoded; nothing where it is none of these.
std::optional<TableAddress> read_table_address(std::string_view path);

/// Whether the entity passes a filter of `Name eq 'text'` and `Name ge 1L`, joined by ` and `; an empty one lets all
/// pass. Throws std::invalid_argument for any other.
bool passes(const mapping::Json& entity, const std::string& filter);

class TableStore {
public:
  using Key = std::pair<std::string, std::string>; ///< PartitionKey and RowKey
  using Table = std::map<Key, TableEntity>;

  /// POST to /Tables.
  HttpReply create_table(const HttpRequest& request);
  /// GET, PUT, MERGE or DELETE of an entity, or POST of one to its table.
  HttpReply entity(const HttpRequest& request, const TableAddress& address);
  /// The multipart body of POST /$batch: one change set, all or nothing. `prefix`: the account's path.
  HttpReply batch(const HttpRequest& request, std::string_view prefix);
  /// GET of a table: a page of 1,000 at most. `filter`: an OData filter (see passes); `from`: the key to go on at.
  HttpReply query(const std::string& table, std::size_t top, const std::string& filter,
                  const std::optional<Key>& from) const;

  const std::map<std::string, Table>& tables() const { return tables_; }

private:
  HttpReply write(Table& table, const HttpRequest& request, const TableAddress& address);

  std::map<std::string, Table> tables_;
  std::int64_t version_ = 0;
};

/// An error as the service tells it.
HttpReply table_error(int status, std::string_view code, std::string_view message);

} // namespace dicomcast::sim
