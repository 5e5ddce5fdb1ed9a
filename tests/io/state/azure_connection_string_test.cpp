// Connection strings, signatures, texts and batches of Azure tables.
#include "io/state/azure_batch.hpp"
#include "io/state/azure_connection_string.hpp"
#include "io/state/azure_entity.hpp"
#include "tests/io/scripted_client.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::parse_azure_connection_string;

namespace {

const std::string key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="; // secret-secret-secret

} // namespace

TEST_CASE("A request is signed as the service expects it") {
  const auto account = parse_azure_connection_string("UseDevelopmentStorage=true");
  CHECK(account.table_url == "http://127.0.0.1:10002/devstoreaccount1");
  CHECK(io::shared_key_lite(account, "Fri, 01 Jan 2021 00:00:00 GMT", account.table_url + "/Tables") ==
        "SharedKeyLite devstoreaccount1:hCRdN2tHWxuYqS/c2QuC98bzEoOFHOlfpjSv4eMHGJE=");
  CHECK(io::shared_key_lite(account, "Fri, 01 Jan 2021 00:00:00 GMT", account.table_url + "/Tables?$top=1&a=/b") ==
        "SharedKeyLite devstoreaccount1:hCRdN2tHWxuYqS/c2QuC98bzEoOFHOlfpjSv4eMHGJE=");
}

TEST_CASE("Every usual form of a connection string is understood") {
  struct Form {
    std::string text, name, url, key, sas;
  };
  const auto form = GENERATE(values<Form>({
      {"DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=" + key + ";EndpointSuffix=core.windows.net", "acc",
       "https://acc.table.core.windows.net", "secret-secret-secret", ""},
      {" accountname = acc ; ACCOUNTKEY=" + key + ";", "acc", "https://acc.table.core.windows.net",
       "secret-secret-secret", ""},
      {"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey=" + key + ";EndpointSuffix=core.chinacloudapi.cn",
       "acc", "http://acc.table.core.chinacloudapi.cn", "secret-secret-secret", ""},
      {"AccountName=acc;AccountKey=" + key + ";BlobEndpoint=https://b;TableEndpoint=https://t.example/acc/", "acc",
       "https://t.example/acc", "secret-secret-secret", ""},
      {"TableEndpoint=https://acc.table.core.windows.net/;SharedAccessSignature=sv=2019&sig=a%3D", "acc",
       "https://acc.table.core.windows.net", "", "sv=2019&sig=a%3D"},
      {"AccountName=acc;SharedAccessSignature=?sv=2019&sig=a%3D", "acc", "https://acc.table.core.windows.net", "",
       "sv=2019&sig=a%3D"},
      {"https://acc.table.core.windows.net/?sv=2019&sig=a%3D", "acc", "https://acc.table.core.windows.net", "",
       "sv=2019&sig=a%3D"},
      {"http://127.0.0.1:10002/acc?sv=2019&sig=a%3D", "acc", "http://127.0.0.1:10002/acc", "", "sv=2019&sig=a%3D"},
      {"UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://emulator", "devstoreaccount1",
       "http://emulator:10002/devstoreaccount1", "", ""},
  }));
  INFO(form.text);
  const auto account = parse_azure_connection_string(form.text);
  CHECK(account.name == form.name);
  CHECK(account.table_url == form.url);
  CHECK(account.sas == form.sas);
  if (!form.key.empty())
    CHECK(account.key == form.key);
  else
    CHECK(account.key.empty() == !form.sas.empty());
}

TEST_CASE("What is wrong with a connection string is said without its secrets") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"garbage-secret", "not of the form Key=Value"},
      {"AccountKey=" + std::string(key), "AccountName is missing"},
      {"AccountName=acc", "neither AccountKey nor SharedAccessSignature"},
      {"AccountName=acc;AccountKey=secret!", "AccountKey is not Base64"},
      {"AccountName=acc;AccountKey=" + std::string(key) + ";TableEndpoint=secret", "TableEndpoint is not an http URL"},
      {"AccountName=acc;DefaultEndpointsProtocol=ftp;AccountKey=" + std::string(key), "neither https nor http"},
      {"UseDevelopmentStorage=false", "UseDevelopmentStorage can only be true"},
      {"https://acc.table.core.windows.net", "a URL needs a shared access signature"},
  }));
  INFO(text);
  CHECK_THROWS_WITH(parse_azure_connection_string(text), Contains(message) && Contains("TableStore:ConnectionString") &&
                                                             !Contains("secret", Catch::CaseSensitive::Yes) &&
                                                             !Contains(key));
}

TEST_CASE("Keys in a path and texts in a filter are escaped") {
  CHECK(io::entity_path("T", "O'Neill a/b", "1") == "/T(PartitionKey=%27O%27%27Neill%20a%2Fb%27,RowKey=%271%27)");
  CHECK(io::filter_text("a'b") == "'a''b'");
}

TEST_CASE("A text is what the service takes: UTF-8, no control characters, no longer than it may be") {
  CHECK(io::azure_text("plain \xC3\xBC\xF0\x9F\xA9\xBB\n") == "plain \xC3\xBC\xF0\x9F\xA9\xBB\n");
  CHECK(io::azure_text(std::string("a\0b\x1B", 4)) == "a\xEF\xBF\xBD"
                                                      "b\xEF\xBF\xBD");
  for (const auto* broken : {"\xFF", "\xC0", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3"})
    CHECK(io::azure_text(broken).starts_with("\xEF\xBF\xBD"));
  CHECK(io::azure_text(std::string(100'000, 'x')).size() == io::azure_text_limit);
  std::string pairs;
  for (std::size_t i = 0; i < io::azure_text_limit; ++i)
    pairs += "\xF0\x9F\xA9\xBB";
  CHECK(io::azure_text(pairs).size() == io::azure_text_limit / 2 * 4);
  CHECK(io::azure_key("a/b\\c#d?e\tf") == "a_b_c_d_e_f");
}

TEST_CASE("Requests to one partition go as one batch, others on their own, and none is too large") {
  const auto account = parse_azure_connection_string("UseDevelopmentStorage=true");
  io::AzureBatches batches(account);
  for (int i = 0; i < 101; ++i)
    batches.add("T", "p", {"PUT", io::entity_path("T", "p", std::to_string(i)), "{}"});
  batches.add("T", "q", {"PUT", io::entity_path("T", "q", "0"), "{}"});
  const auto requests = batches.take();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].path == "/$batch");
  CHECK_THAT(requests[0].content_type, Contains("multipart/mixed; boundary="));
  CHECK_THAT(
      requests[0].body,
      Contains("PUT http://127.0.0.1:10002/devstoreaccount1/T(PartitionKey=%27p%27,RowKey=%2799%27) HTTP/1.1\r\n"));
  CHECK_THAT(requests[1].path, Contains("RowKey=%27100%27"));
  CHECK_THAT(requests[2].path, Contains("PartitionKey=%27q%27"));
  CHECK(batches.take().empty());

  for (int i = 0; i < 100; ++i)
    batches.add("T", "p", {"PUT", "/T", std::string(100'000, 'x')});
  for (const auto& request : batches.take())
    CHECK(request.body.size() < 4U << 20);
}

TEST_CASE("A batch's answer is that of the request in it that failed") {
  const std::string good =
      "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
      "Content-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nDataServiceVersion: 3.0;\r\n\r\n\r\n";
  CHECK(io::unwrapped(response(202, good + "--c--\r\n--batchresponse_1--")).status == 202);
  const auto failed = io::unwrapped(
      response(202, good + "--c\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n"
                           "Content-Type: application/json\r\n\r\n{\"odata.error\":{}}\r\n--c--\r\n"));
  CHECK(failed.status == 412);
  CHECK(failed.body == "{\"odata.error\":{}}");
  CHECK(io::unwrapped(response(503, "HTTP/1.1 400")).status == 503);
  for (const auto* broken : {"HTTP/1.1 ", "HTTP/1.1 50", "HTTP/1.1 500", "HTTP/1.1 500\r\n\r\n", "HTTP/1.1 x"})
    CHECK_NOTHROW(io::unwrapped(response(202, broken)));
}

TEST_CASE("A row of the original's is read with the server's time and without its stack trace") {
  const auto entity = *mapping::Json::parse(
      R"({"PartitionKey":"InvalidDicomTagValueException","RowKey":"6a1e4f0a-0000-4000-8000-000000000001",)"
      R"("Timestamp":"2023-04-05T06:07:08.9123456Z","StudyUid":"1.2","SeriesUid":"1.2.3","InstanceUid":"1.2.3.4",)"
      R"("ChangeFeedSequence@odata.type":"Edm.Int64","ChangeFeedSequence":"4711","RetryNumber":3,)"
      R"("Exception":"Fhir.Core.SomeException: no such thing\r\n   at Some.Class.Method\r\n   at Other"})");
  const auto row = io::row_of(entity, io::ExceptionTable::TransientRetry);
  CHECK(row.id == "6a1e4f0a-0000-4000-8000-000000000001");
  CHECK(row.exception == "InvalidDicomTagValueException");
  CHECK(row.sequence == 4711);
  CHECK(row.uids == mapping::InstanceUids{"1.2", "1.2.3", "1.2.3.4"});
  CHECK(row.retry_count == 3);
  CHECK(row.timestamp == "2023-04-05T06:07:08.912Z");
  CHECK(row.message == "Fhir.Core.SomeException: no such thing");
  CHECK(row.replayed_at.empty());
}

TEST_CASE("The server's time is read with any number of fraction digits") {
  const auto time = [](const char* text) {
    mapping::Json entity;
    entity.set("Timestamp", text);
    return io::server_time_of(entity);
  };
  CHECK(time("2023-04-05T06:07:08Z") == "2023-04-05T06:07:08.000Z");
  CHECK(time("2023-04-05T06:07:08.1Z") == "2023-04-05T06:07:08.100Z");
  CHECK(time("2023-04-05T06:07:08.1234567Z") == "2023-04-05T06:07:08.123Z");
}
