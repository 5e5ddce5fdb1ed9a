// The simulated Table service.
#include "tests/sim/table_service.hpp"
#include "tests/simulators/client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::sim;
using test::Answer;
using test::Client;

namespace {

/// Signed in form: the simulated service knows no key.
struct Table {
  TableService service;
  Client client{service.url()};

  Table() { CHECK(send("POST", "/Tables", R"({"TableName":"Rows"})").status == 204); }

  Answer send(const std::string& method, const std::string& target, const std::string& body = "",
              std::vector<std::string> headers = {}) {
    headers.push_back("x-ms-date: Fri, 01 Jan 2021 00:00:00 GMT");
    headers.push_back("Authorization: SharedKeyLite simulated:hCRdN2tHWxuYqS/c2QuC98bzEoOFHOlfpjSv4eMHGJE=");
    return client.send(method, target, body, headers);
  }
};

std::string entity(const std::string& row) {
  return "/Rows(PartitionKey=%27p%27,RowKey=%27" + row + "%27)";
}

std::string code_of(const Answer& answer) {
  const auto json = answer.json();
  const auto* error = json.find("odata.error");
  return error ? std::string(error->text("code")) : "";
}

std::string batch_of(const Table& table, const std::vector<std::string>& rows, const std::string& if_match = "") {
  std::string body = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n";
  for (const auto& row : rows)
    body += "--c\r\nContent-Type: application/http\r\n\r\nPUT " + table.service.url() + entity(row) + " HTTP/1.1\r\n" +
            (row == rows.back() ? if_match : "") + "Content-Type: application/json\r\n\r\n{\"A\":\"" + row + "\"}\r\n";
  return body + "--c--\r\n--b--\r\n";
}

const std::vector<std::string> multipart = {"Content-Type: multipart/mixed; boundary=b"};

} // namespace

TEST_CASE("tables: a request without a signature in form is refused") {
  TableService service;
  Client client(service.url());
  CHECK(client.get("/Rows()").status == 403);
  CHECK(
      client.send("GET", "/Rows()", "", {"x-ms-date: now GMT", "Authorization: SharedKeyLite simulated:abc"}).status ==
      403);
}

TEST_CASE("tables: a table is made once, an entity inserted once, and written under its ETag") {
  Table table;
  CHECK(code_of(table.send("POST", "/Tables", R"({"TableName":"Rows"})")) == "TableAlreadyExists");
  CHECK(code_of(table.send("GET", "/Other(PartitionKey=%27p%27,RowKey=%27r%27)")) == "TableNotFound");
  const auto made = table.send("POST", "/Rows", R"({"PartitionKey":"p","RowKey":"r","N":"1"})");
  CHECK(made.status == 204);
  CHECK(code_of(table.send("POST", "/Rows", R"({"PartitionKey":"p","RowKey":"r"})")) == "EntityAlreadyExists");
  const auto etag = made.headers.at("etag");
  CHECK(table.send("PUT", entity("r"), R"({"N":"2"})", {"If-Match: " + etag}).status == 204);
  CHECK(table.send("PUT", entity("r"), R"({"N":"3"})", {"If-Match: " + etag}).status == 412);
  CHECK(table.send("MERGE", entity("r"), R"({"M":"4"})", {"If-Match: *"}).status == 204);
  CHECK(table.send("MERGE", entity("none"), "{}", {"If-Match: *"}).status == 404);
  const auto read = table.send("GET", entity("r")).json();
  CHECK(read.text("N") == "2");
  CHECK(read.text("M") == "4");
  CHECK(read.text("Timestamp").size() == 28);
}

TEST_CASE("tables: a batch is done whole or not at all") {
  Table table;
  CHECK(table.send("POST", "/$batch", batch_of(table, {"1", "2"}), multipart).status == 202);
  CHECK(table.service.entities("Rows").size() == 2);
  const auto failed = table.send("POST", "/$batch", batch_of(table, {"3", "1"}, "If-Match: W/\"9\"\r\n"), multipart);
  CHECK(failed.status == 202);
  CHECK(failed.body.find("HTTP/1.1 412") != std::string::npos);
  CHECK(failed.body.find("HTTP/1.1 204") == std::string::npos);
  CHECK(table.service.entities("Rows").size() == 2);
  CHECK(code_of(table.send("POST", "/$batch", batch_of(table, {"4", "4"}), multipart)) == "InvalidDuplicateRow");
  CHECK(table.send("POST", "/$batch", "nonsense", multipart).status == 400);
  std::vector<std::string> many;
  for (int row = 0; row < 101; ++row)
    many.push_back(std::to_string(row));
  CHECK(table.send("POST", "/$batch", batch_of(table, many), multipart).status == 400);
}

TEST_CASE("tables: a page goes on where the one before ended, and a filter holds back the others") {
  Table table;
  for (const auto* row : {"1", "2", "3"})
    table.send("PUT", entity(row), std::string(R"({"S":"it's","N":")") + row + "\"}");
  const auto first = table.send("GET", "/Rows()?$top=2");
  CHECK(first.json().items("value").size() == 2);
  CHECK(first.headers.at("x-ms-continuation-nextrowkey") == "3");
  const auto next = table.send("GET", "/Rows()?$top=2&NextPartitionKey=p&NextRowKey=3");
  CHECK(next.json().items("value").size() == 1);
  CHECK(next.headers.count("x-ms-continuation-nextrowkey") == 0);
  CHECK(
      table.send("GET", "/Rows()?$filter=N%20ge%202L%20and%20S%20eq%20%27it%27%27s%27").json().items("value").size() ==
      2);
  CHECK(table.send("GET", "/Rows()?$filter=S%20eq%20%27it%27").json().items("value").empty());
  CHECK(table.send("GET", "/Rows()?$filter=not%20S").status == 501);
}
