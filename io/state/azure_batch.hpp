// Paths and entity group transactions of the Table service as they go over the wire.
#pragma once

#include "io/http/http_client.hpp"
#include "io/state/azure_connection_string.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dicomcast::io {

struct TableRequest {
  std::string method;
  std::string path; ///< behind the service's URL, with its leading slash and query, percent-encoded
  std::string body = {};
  std::string content_type = "application/json";
  std::string if_match = {}; ///< empty: none
};

/// `/table(PartitionKey='..',RowKey='..')`, escaped.
std::string entity_path(std::string_view table, std::string_view partition_key, std::string_view row_key);
/// A text in a filter, with its quotes, not yet percent-encoded.
std::string filter_text(std::string_view text);

/// Joins requests to entities into as few as the service takes: entity group transactions, all or nothing, of at most
/// 100 requests to one table and partition.
class AzureBatches {
public:
  /// `account` outlives this.
  explicit AzureBatches(const AzureAccount& account) : account_(account) {}

  void add(const std::string& table, const std::string& partition, TableRequest request);
  /// A request alone is no batch.
  std::vector<TableRequest> take();

private:
  struct Open {
    std::vector<TableRequest> requests;
    std::size_t bytes = 0;
  };
  void close(Open& open);

  const AzureAccount& account_;
  std::map<std::pair<std::string, std::string>, Open> open_; ///< by table and partition
  std::vector<TableRequest> closed_;
};

/// The answer to a batch as that of one request: the status and body of the one that failed, else as it is.
HttpResponse unwrapped(HttpResponse response);

} // namespace dicomcast::io
