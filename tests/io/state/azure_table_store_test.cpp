// The Azure table store against a service that answers from a script, and, where there is one, against Azurite.
#include "io/state/azure_table_store.hpp"
#include "tests/io/certificates.hpp"
#include "tests/io/scripted_client.hpp"
#include "tests/io/state/state_backends.hpp"
#include "tests/io/stub_server.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast;
using namespace dicomcast::test;
using Catch::Matchers::Contains;
using io::StateStoreError;
using namespace std::chrono_literals;

namespace {

const std::string key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

/// A store over a script. Waits are kept, not waited.
struct Scripted {
  explicit Scripted(bool read_only = false, const std::string& account = "AccountName=acc;AccountKey=" + key) {
    if (!read_only)
      http->answers.assign(6, response(204));
    store = std::make_unique<io::AzureTableStore>(
        io::AzureTableClient(io::parse_azure_connection_string(account), http,
                             [this](std::chrono::milliseconds delay) { waits.push_back(delay); }),
        "pre", read_only);
    http->sent.clear();
  }

  std::shared_ptr<ScriptedClient> http = std::make_shared<ScriptedClient>();
  std::vector<std::chrono::milliseconds> waits;
  std::unique_ptr<io::AzureTableStore> store;
};

io::HttpResponse checkpoint_answer(std::int64_t sequence, const std::string& etag) {
  return response(
      200,
      R"({"SyncedSequence@odata.type":"Edm.Int64","Timestamp":"2023-04-05T06:07:08.9123456Z","SyncedSequence":")" +
          std::to_string(sequence) + "\"}",
      {{"etag", etag}});
}

io::HttpResponse error(int status, const std::string& code, const std::string& message = "No.\nRequestId:1") {
  mapping::Json text, inner, outer;
  text.set("value", message);
  inner.set("code", code);
  inner.set("message", text);
  outer.set("odata.error", inner);
  return response(status, outer.to_text());
}

io::ExceptionRow row(std::int64_t sequence, const std::string& kind = "FhirRefused") {
  io::ExceptionRow result;
  result.table = io::ExceptionTable::FhirFailToStore;
  result.sequence = sequence;
  result.uids = {"1", "2", "3"};
  result.exception = kind;
  result.message = "422";
  result.timestamp = "2024-05-06T07:08:09.010Z";
  return result;
}

} // namespace

TEST_CASE("A commit without rows is one request, under the ETag of the last") {
  Scripted azure;
  azure.http->answers = {error(404, "ResourceNotFound"), response(204, "", {{"etag", "W/\"1\""}}),
                         response(204, "", {{"etag", "W/\"2\""}})};
  azure.store->commit(5, {});
  azure.store->commit(6, {});
  const auto& sent = azure.http->sent;
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].method == "GET");
  CHECK(sent[0].url == "https://acc.table.core.windows.net/"
                       "preSyncStateTable(PartitionKey=%27SyncStatePartitionKey%27,RowKey=%27SyncStateRowKey%27)");
  CHECK(sent[1].method == "POST");
  CHECK(sent[1].url == "https://acc.table.core.windows.net/preSyncStateTable");
  CHECK(sent[1].body == R"({"PartitionKey":"SyncStatePartitionKey","RowKey":"SyncStateRowKey",)"
                        R"("SyncedSequence@odata.type":"Edm.Int64","SyncedSequence":"5"})");
  CHECK(sent[2].method == "PUT");
  CHECK(sent[2].url == sent[0].url);
  CHECK(header_of(sent[2], "If-Match") == "W/\"1\"");
  CHECK_THAT(header_of(sent[2], "Authorization"), Contains("SharedKeyLite acc:"));
}

TEST_CASE("Rows are stored before the checkpoint moves, one batch for each table and kind") {
  Scripted azure;
  azure.http->answers = {response(202, ""), response(204), checkpoint_answer(1, "e"),
                         response(204, "", {{"etag", "f"}})};
  azure.store->commit(9, {row(7), row(8), row(9, "FhirConflict")});
  const auto& sent = azure.http->sent;
  REQUIRE(sent.size() == 4);
  CHECK_THAT(sent[0].url + sent[1].url, Contains("/$batch") && Contains("PartitionKey=%27FhirConflict%27"));
  CHECK(sent[3].method == "PUT");

  // Rows that are not stored hold the checkpoint back.
  azure.http->answers = {error(400, "InvalidInput")};
  CHECK_THROWS_WITH(azure.store->commit(10, {row(10)}), Contains("400 InvalidInput: No."));
  CHECK(azure.http->answers.empty());
}

TEST_CASE("A checkpoint that somebody else has moved is read again, and the greater one stays") {
  Scripted azure;
  azure.http->answers = {checkpoint_answer(4, "a"), error(412, "UpdateConditionNotSatisfied"),
                         checkpoint_answer(6, "b"), response(204, "", {{"etag", "c"}})};
  azure.store->commit(8, {});
  CHECK(header_of(azure.http->sent[1], "If-Match") == "a");
  CHECK(header_of(azure.http->sent[3], "If-Match") == "b");

  azure.http->answers = {error(412, "UpdateConditionNotSatisfied"), checkpoint_answer(20, "d")};
  azure.store->commit(9, {});
  CHECK(azure.http->answers.empty());
}

TEST_CASE("An answer that was lost after the checkpoint had moved does no harm") {
  Scripted azure;
  azure.http->answers = {checkpoint_answer(4, "a"), io::HttpFailure{io::HttpFailure::Kind::Broken, "cut off"},
                         error(412, "UpdateConditionNotSatisfied"), checkpoint_answer(8, "b")};
  azure.store->commit(8, {});
  CHECK(azure.http->answers.empty());
}

TEST_CASE("Passing trouble is tried again after growing delays or as the service says; then it is an error") {
  Scripted azure;
  azure.http->answers = {response(503), response(503, "", {{"retry-after", "7"}}),
                         response(500), io::HttpFailure{io::HttpFailure::Kind::Timeout, "no answer"},
                         response(429), checkpoint_answer(4, "a")};
  CHECK(azure.store->checkpoint().synced_sequence == 4);
  CHECK(azure.waits == std::vector<std::chrono::milliseconds>{500ms, 7s, 2s, 4s, 8s});
  azure.waits.clear();
  azure.http->answers.assign(6, error(503, "ServerBusy", "The server is busy."));
  CHECK_THROWS_WITH(azure.store->checkpoint(), Contains("answered 503 ServerBusy: The server is busy.") &&
                                                   Contains("https://acc.table.core.windows.net"));
  CHECK(azure.waits.size() == 5);
  azure.http->answers.assign(6, io::HttpFailure{io::HttpFailure::Kind::Connect, "no connection to acc:443"});
  CHECK_THROWS_WITH(azure.store->checkpoint(), Contains("no connection to acc:443"));
}

TEST_CASE("Of requests side by side only those that failed are sent again") {
  Scripted azure;
  azure.http->answers = {response(204), response(503), response(204), response(204)};
  azure.store->commit({}, {row(1, "A"), row(1, "B"), row(1, "C")});
  REQUIRE(azure.http->sent.size() == 4);
  CHECK(azure.http->sent[3].url == azure.http->sent[1].url);
  CHECK(azure.http->sent[3].body == azure.http->sent[1].body);
}

TEST_CASE("Refused credentials are an error at once, with a hint and without the secret") {
  const std::string sas = "sv=2019-02-02&sig=sEcReT%3D";
  Scripted azure(true, "AccountName=acc;SharedAccessSignature=" + sas);
  azure.http->answers = {error(403, "AuthenticationFailed", "Not allowed: ?" + sas + "\nTime:1")};
  CHECK_THROWS_WITH(azure.store->checkpoint(), Contains("403 AuthenticationFailed: Not allowed: ?***;") &&
                                                   Contains("check the account key") && !Contains("sEcReT"));
  CHECK(azure.waits.empty());
  CHECK_THAT(azure.http->sent[0].url, Contains("?" + sas));
  CHECK(header_of(azure.http->sent[0], "Authorization") == "(none)");
  CHECK(azure.store->description() == "Azure Table Storage account acc, table prefix pre");
}

TEST_CASE("A signature that may not make tables is enough where they are there") {
  auto http = std::make_shared<ScriptedClient>();
  http->answers.assign(6, error(403, "AuthorizationPermissionMismatch"));
  for (int table = 0; table < 6; ++table)
    http->answers.push_back(response(200, R"({"value":[]})"));
  const auto open = [&http] {
    io::AzureTableClient client(io::parse_azure_connection_string("https://acc.table.core.windows.net/?sig=a"), http,
                                {});
    io::AzureTableStore(std::move(client), "", false);
  };
  CHECK_NOTHROW(open());
  http->answers.assign(6, error(403, "AuthorizationPermissionMismatch"));
  http->answers.push_back(error(404, "TableNotFound"));
  CHECK_THROWS_WITH(open(), Contains("AuthorizationPermissionMismatch"));
}

TEST_CASE("A list follows the continuation of each table") {
  Scripted azure(true);
  const auto page = [](const std::string& sequence, io::Headers headers = {}) {
    return response(200,
                    R"({"value":[{"PartitionKey":"K","RowKey":")" + sequence + R"(","ChangeFeedSequence":")" +
                        sequence + R"(","RecordedAt":"2024-05-06T07:08:09.010Z"}]})",
                    std::move(headers));
  };
  azure.http->answers = {
      page("9", {{"x-ms-continuation-nextpartitionkey", "1!8!SQ"}, {"x-ms-continuation-nextrowkey", "a/b"}}),
      error(404, "TableNotFound"),
      page("4", {{"x-ms-continuation-nextpartitionkey", "z"}}),
      page("3"),
      response(200, R"({"value":[]})"),
      page("1", {{"x-ms-continuation-nextpartitionkey", "y"}, {"x-ms-continuation-nextrowkey", "n"}}),
      response(200, R"({"value":[]})"),
      page("2")};
  std::vector<std::int64_t> sequences;
  for (const auto& one : rows_of(*azure.store))
    sequences.push_back(one.sequence);
  CHECK(sequences == std::vector<std::int64_t>{1, 2, 3, 4, 9});
  const auto& sent = azure.http->sent;
  REQUIRE(sent.size() == 8);
  CHECK_THAT(sent[5].url, Contains("preInvalidDicomTagExceptionTable()?") &&
                              Contains("&NextPartitionKey=1%218%21SQ&NextRowKey=a%2Fb"));
  CHECK_THAT(sent[6].url, Contains("preFhirFailToStoreExceptionTable()?") && !Contains("NextRowKey"));
  CHECK_THAT(sent[7].url, Contains("&NextPartitionKey=y&NextRowKey=n") && !Contains("1%218"));
}

TEST_CASE("A checkpoint that is no sequence, and an answer that is no JSON, are errors") {
  Scripted azure(true);
  azure.http->answers = {response(200, R"({"SyncedSequence":"many"})")};
  CHECK_THROWS_WITH(azure.store->checkpoint(), Contains("SyncedSequence of preSyncStateTable is no sequence"));
  azure.http->answers = {response(200, "<html>")};
  CHECK_THROWS_WITH(azure.store->checkpoint(), Contains("is not JSON"));
}

TEST_CASE("A prefix that cannot begin a table's name is refused") {
  const auto prefix = GENERATE(as<std::string>(), "my-", "1a", "a_b", "\xC3\xBC", std::string(34, 'a'));
  auto http = std::make_shared<ScriptedClient>();
  io::AzureTableClient client(io::parse_azure_connection_string("UseDevelopmentStorage=true"), http, {});
  CHECK_THROWS_WITH(io::AzureTableStore(std::move(client), prefix, true), Contains("TableStore:TableNamePrefix"));
}

TEST_CASE("The original's checkpoint and rows in Azurite are taken over as they stand") {
  if (azurite().empty())
    return;
  const auto prefix = new_prefix();
  io::AzureTableClient client(io::parse_azure_connection_string(azurite()), std::make_shared<io::CurlClient>(), {});
  const auto post = [&client](const std::string& path, const std::string& body) {
    CHECK(client.exchange({"POST", path, body}).status == 204);
  };
  for (const auto* table : {"SyncStateTable", "TransientRetryExceptionTable"})
    post("/Tables", R"({"TableName":")" + prefix + table + "\"}");
  post("/" + prefix + "SyncStateTable", R"({"PartitionKey":"SyncStatePartitionKey","RowKey":"SyncStateRowKey",)"
                                        R"("SyncedSequence@odata.type":"Edm.Int64","SyncedSequence":"1234"})");
  post("/" + prefix + "TransientRetryExceptionTable",
       R"({"PartitionKey":"TransientServerException","RowKey":"6a1e4f0a-1111-4222-8333-000000000001","StudyUid":"1.2",)"
       R"("SeriesUid":"1.2.3","InstanceUid":"1.2.3.4","ChangeFeedSequence@odata.type":"Edm.Int64",)"
       R"("ChangeFeedSequence":"1200","RetryNumber":2,"Exception":"busy\n   at A.B"
})");

  const auto store = io::open_azure_table_store(azurite(), prefix, false);
  CHECK(store->checkpoint().synced_sequence == 1234);
  CHECK(store->checkpoint().synced_date.size() == std::string("2023-04-05T06:07:08.912Z").size());
  auto rows = rows_of(*store, {{}, "1.2", 1200, false});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].exception == "TransientServerException");
  CHECK(rows[0].retry_count == 2);
  CHECK(rows[0].message == "busy");
  store->mark_replayed(rows, {});
  CHECK(rows_of(*store).empty());
  store->commit(1235, {});
  CHECK(store->checkpoint().synced_sequence == 1235);
}

TEST_CASE("A wrong key is told by Azurite and by us") {
  if (azurite().empty())
    return;
  auto account = io::parse_azure_connection_string(azurite());
  account.key[0] ^= 1;
  io::AzureTableStore store(io::AzureTableClient(account, std::make_shared<io::CurlClient>(), {}), "", true);
  CHECK_THROWS_WITH(store.checkpoint(), Contains("answered 403") && Contains("check the account key"));
}

TEST_CASE("The table service's certificate is verified, and CaFile names the authority") {
  CertificateAuthority authority;
  const auto pair = authority.issue("localhost");
  StubServer server([](const StubRequest&) { return reply(204, ""); }, StubTls{pair.certificate, pair.key, {}});
  conf::Config config;
  config.table_store_connection_string = "AccountName=acc;AccountKey=" + key + ";TableEndpoint=" + server.url();
  CHECK_THROWS_WITH(io::open_state_store(config, false), Contains("unknown here") && Contains("CaFile"));
  config.table_store_ca_file = authority.certificate();
  CHECK_NOTHROW(io::open_state_store(config, false));
}

TEST_CASE("The table service is reached by way of TableStore:Proxy") {
  StubServer proxy([](const StubRequest& request) {
    return reply(request.target.starts_with("http://tables.example/acc/Tables") ? 204 : 400, "");
  });
  conf::Config config;
  config.table_store_connection_string =
      "AccountName=acc;AccountKey=" + key + ";TableEndpoint=http://tables.example/acc";
  config.table_store_proxy = proxy.url();
  CHECK_NOTHROW(io::open_state_store(config, false));
  CHECK(proxy.connections() > 0);
}
