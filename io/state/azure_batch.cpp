// Entity group transactions on the wire: a multipart of requests there, a multipart of answers back.
#include "io/state/azure_batch.hpp"

#include "conf/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace dicomcast::io {

namespace {

// JSON holds no line break, so no line of a body can be one of these.
constexpr std::string_view batch = "batch_dicomcast", changeset = "changeset_dicomcast";

// The service takes 100 requests and 4 MiB.
constexpr std::size_t most_requests = 100, most_bytes = 3U << 20, headers_size = 1024;

std::string quoted_key(std::string_view text) {
  return text::percent_encoded(filter_text(text));
}

TableRequest batch_of(const std::vector<TableRequest>& requests, const AzureAccount& account) {
  TableRequest result{"POST", "/$batch", {}, fmt::format("multipart/mixed; boundary={}", batch), {}};
  auto& body = result.body;
  body = fmt::format("--{}\r\nContent-Type: multipart/mixed; boundary={}\r\n\r\n", batch, changeset);
  for (const auto& request : requests) {
    body += fmt::format("--{}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                        "{} {}{} HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
                        "DataServiceVersion: 3.0\r\n",
                        changeset, request.method, account.table_url, request.path);
    if (!request.if_match.empty())
      body += fmt::format("If-Match: {}\r\n", request.if_match);
    body += fmt::format("\r\n{}\r\n", request.body);
  }
  body += fmt::format("--{}--\r\n--{}--\r\n", changeset, batch);
  return result;
}

} // namespace

std::string filter_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

std::string entity_path(std::string_view table, std::string_view partition_key, std::string_view row_key) {
  return fmt::format("/{}(PartitionKey={},RowKey={})", table, quoted_key(partition_key), quoted_key(row_key));
}

void AzureBatches::add(const std::string& table, const std::string& partition, TableRequest request) {
  auto& open = open_[{table, partition}];
  const auto size = request.body.size() + request.path.size() + headers_size;
  if (open.requests.size() == most_requests || open.bytes + size > most_bytes)
    close(open);
  open.bytes += size;
  open.requests.push_back(std::move(request));
}

std::vector<TableRequest> AzureBatches::take() {
  for (auto& [where, open] : open_)
    close(open);
  open_.clear();
  return std::exchange(closed_, {});
}

void AzureBatches::close(Open& open) {
  if (open.requests.size() == 1)
    closed_.push_back(std::move(open.requests.front()));
  else if (!open.requests.empty())
    closed_.push_back(batch_of(open.requests, account_));
  open = {};
}

HttpResponse unwrapped(HttpResponse response) {
  constexpr std::string_view status_line = "HTTP/1.1 ", end_of_headers = "\r\n\r\n", end_of_part = "\r\n--";
  if (response.status != 202)
    return response;
  const std::string_view text = response.body;
  for (auto at = text.find(status_line); at != text.npos; at = text.find(status_line, at + 1)) {
    int status = 0;
    const auto digits = text.substr(at + status_line.size(), 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    if (status < 400)
      continue;
    const auto body =
        std::min(text.find(end_of_headers, at), text.size() - end_of_headers.size()) + end_of_headers.size();
    const auto end = std::min(text.find(end_of_part, body), text.size());
    return {status, {}, std::string(text.substr(body, end - body)), response.duration};
  }
  return response;
}

} // namespace dicomcast::io
