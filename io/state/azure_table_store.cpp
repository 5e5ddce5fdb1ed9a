// The state store in Azure tables: rows first, then the checkpoint.
#include "io/state/azure_table_store.hpp"

#include "conf/text.hpp"
#include "io/state/azure_entity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <tuple>

namespace dicomcast::io {

using std::chrono::milliseconds;

namespace {

constexpr auto checkpoint_table = "SyncStateTable", checkpoint_partition = "SyncStatePartitionKey",
               checkpoint_row = "SyncStateRowKey", checkpoint_property = "SyncedSequence", term_property = "Term";
constexpr auto table_not_found = "TableNotFound";

constexpr int most_conflicts = 20;

std::string now() {
  return utc_timestamp(std::chrono::system_clock::now());
}

std::string checked_prefix(std::string prefix) {
  // A table's name has 3 to 63 letters and digits and begins with a letter; our longest has 30.
  constexpr std::size_t longest = 33;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  const auto may_stand = [is_letter](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  if (!prefix.empty() &&
      (prefix.size() > longest || !is_letter(prefix.front()) || !std::all_of(prefix.begin(), prefix.end(), may_stand)))
    throw StateStoreError(fmt::format(
        "TableStore:TableNamePrefix {}: expected at most {} letters and digits, a letter first", prefix, longest));
  return prefix;
}

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

} // namespace

AzureTableStore::AzureTableStore(AzureTableClient client, std::string table_name_prefix, bool read_only)
    : client_(std::move(client)), prefix_(checked_prefix(std::move(table_name_prefix))), read_only_(read_only) {
  if (!read_only_)
    make_tables();
}

std::string AzureTableStore::description() const {
  auto text = "Azure Table Storage account " + client_.account().name;
  return prefix_.empty() ? text : text + ", table prefix " + prefix_;
}

void AzureTableStore::make_tables() {
  std::vector<std::string> names = {table_name(checkpoint_table)};
  for (const auto table : exception_tables)
    names.push_back(table_name(name_of(table)));
  std::vector<TableRequest> requests;
  for (const auto& name : names) {
    mapping::Json table;
    table.set("TableName", name);
    requests.push_back({"POST", "/Tables", table.to_text()});
  }
  const auto responses = client_.exchange(requests);
  for (std::size_t i = 0; i < responses.size(); ++i) {
    const auto& response = responses[i];
    if (is_success(response) || error_code_of(response) == "TableAlreadyExists")
      continue;
    // A shared access signature may allow no more than to use them.
    const TableRequest use{"GET", fmt::format("/{}()?$top=1", names[i])};
    if (response.status != 403 || !is_success(client_.exchange(use)))
      client_.fail(requests[i], response);
  }
}

void AzureTableStore::check_writable() const {
  if (read_only_)
    throw StateStoreError(description() + ": it was opened for reading");
}

void AzureTableStore::try_to_write() {
  // A change of an entity that is not there: the rights are looked at first.
  const TableRequest request{"MERGE", entity_path(table_name(checkpoint_table), checkpoint_partition, "TryToWrite"),
                             "{}", "application/json", "*"};
  const auto response = client_.exchange(request);
  if (!is_success(response) && response.status != 404)
    client_.fail(request, response);
}

AzureTableStore::Known AzureTableStore::read_checkpoint() {
  const TableRequest request{"GET", entity_path(table_name(checkpoint_table), checkpoint_partition, checkpoint_row)};
  const auto response = client_.exchange(request);
  if (response.status == 404)
    return {};
  if (response.status != 200)
    client_.fail(request, response);
  const auto entity = client_.json(request, response);
  const auto sequence = integer_of(entity, checkpoint_property, -1);
  if (sequence < 0)
    throw StateStoreError(
        fmt::format("{}: {} of {} is no sequence", description(), checkpoint_property, table_name(checkpoint_table)));
  auto etag = std::string(response.header("etag"));
  if (etag.empty())
    etag = entity.text("odata.etag");
  return {{sequence, server_time_of(entity)}, etag.empty() ? "*" : etag, integer_of(entity, term_property, 0)};
}

Checkpoint AzureTableStore::checkpoint() {
  known_ = read_checkpoint();
  return known_->checkpoint;
}

void AzureTableStore::commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) {
  check_writable();
  store(new_rows(rows, now()));
  if (synced_sequence)
    advance(*synced_sequence);
}

std::string AzureTableStore::checkpoint_entity(std::int64_t sequence) const {
  mapping::Json entity;
  const auto set_integer = [&entity](const std::string& name, std::int64_t value) {
    entity.set(name + "@odata.type", "Edm.Int64");
    entity.set(name, std::to_string(value));
  };
  entity.set("PartitionKey", checkpoint_partition);
  entity.set("RowKey", checkpoint_row);
  set_integer(checkpoint_property, sequence);
  if (lease_)
    set_integer(term_property, lease_->term());
  return entity.to_text();
}

void AzureTableStore::advance(std::int64_t sequence) {
  if (known_ && known_->checkpoint.synced_sequence >= sequence)
    known_.reset(); // it may have been set back
  change_checkpoint([sequence](const Known& known) {
    const bool is_there = !known.etag.empty();
    return is_there && known.checkpoint.synced_sequence >= sequence ? std::nullopt : std::optional(sequence);
  });
}

void AzureTableStore::change_checkpoint(const std::function<std::optional<std::int64_t>(const Known&)>& wanted) {
  const auto table = table_name(checkpoint_table);
  for (int conflicts = 0; conflicts < most_conflicts; ++conflicts) {
    if (!known_)
      known_ = read_checkpoint();
    if (lease_ && known_->term > lease_->term())
      throw StateStoreError(description() + ": another dicomcast has taken it over meanwhile");
    const auto sequence = wanted(*known_);
    if (!sequence)
      return;
    const bool is_there = !known_->etag.empty();
    const TableRequest request{is_there ? "PUT" : "POST",
                               is_there ? entity_path(table, checkpoint_partition, checkpoint_row) : "/" + table,
                               checkpoint_entity(*sequence), "application/json", known_->etag};
    const auto response = client_.exchange(request);
    known_.reset();
    if (is_success(response)) {
      if (const auto etag = response.header("etag"); !etag.empty())
        known_ = {{*sequence, {}}, std::string(etag), lease_ ? lease_->term() : 0};
      return;
    }
    // Another writer's, or our own whose answer was lost.
    const bool is_conflict = response.status == 412 || response.status == 409 || (is_there && response.status == 404);
    if (!is_conflict || error_code_of(response) == table_not_found)
      client_.fail(request, response);
  }
  throw StateStoreError(description() + ": other writers keep changing the checkpoint");
}

void AzureTableStore::hold(std::unique_ptr<AzureLease> lease) {
  lease_ = std::move(lease);
  known_.reset();
  change_checkpoint([](const Known& known) { return std::optional(known.checkpoint.synced_sequence); });
}

bool AzureTableStore::may_commit() const {
  return !lease_ || lease_->may_commit();
}

void AzureTableStore::watch(std::function<void(std::string)> lost) {
  if (lease_)
    lease_->watch(std::move(lost));
}

void AzureTableStore::reset(std::int64_t synced_sequence) {
  check_writable();
  known_.reset();
  change_checkpoint([synced_sequence](const Known&) { return std::optional(synced_sequence); });
}

void AzureTableStore::store(const std::vector<NewRow>& rows) {
  AzureBatches batches(client_.account());
  for (const auto& row : rows) {
    const auto table = table_name(name_of(row.row.table));
    const auto partition = azure_key(row.row.exception);
    batches.add(table, partition, {"PUT", entity_path(table, partition, to_guid(row.identity)), entity_of(row)});
  }
  const auto requests = batches.take();
  const auto responses = client_.exchange(requests);
  for (std::size_t i = 0; i < responses.size(); ++i)
    if (!is_success(responses[i]))
      client_.fail(requests[i], responses[i]);
}

void AzureTableStore::mark_replayed(const std::vector<ExceptionRow>& replayed,
                                    const std::vector<ExceptionRow>& failed_again) {
  check_writable();
  const auto time = now();
  store(new_rows(failed_again, time, replay_salt(replayed)));
  mark(replayed, time);
}

void AzureTableStore::mark(const std::vector<ExceptionRow>& rows, const std::string& time) {
  mapping::Json change;
  change.set("ReplayedAt", time);
  AzureBatches batches(client_.account());
  std::vector<TableRequest> singles;
  for (const auto& row : rows) {
    const auto table = table_name(name_of(row.table));
    TableRequest request{"MERGE", entity_path(table, row.exception, row.id), change.to_text(), "application/json", "*"};
    singles.push_back(request);
    batches.add(table, row.exception, std::move(request));
  }
  auto requests = batches.take();
  auto responses = client_.exchange(requests);
  const auto is_gone = [](const HttpResponse& response) { return response.status == 404; };
  if (std::any_of(responses.begin(), responses.end(), is_gone)) {
    // A row that is gone takes its batch with it.
    requests = std::move(singles);
    responses = client_.exchange(requests);
  }
  for (std::size_t i = 0; i < responses.size(); ++i)
    if (!is_success(responses[i]) && !is_gone(responses[i]))
      client_.fail(requests[i], responses[i]);
}

void AzureTableStore::query(const std::vector<ExceptionTable>& tables, const std::string& filter,
                            const std::string& select,
                            const std::function<void(const mapping::Json&, ExceptionTable)>& entity) {
  struct Page {
    ExceptionTable table;
    std::string path;
  };
  std::vector<Page> pages;
  for (const auto table : tables) {
    auto path = fmt::format("/{}()?$top=1000", table_name(name_of(table)));
    if (!filter.empty())
      path += "&$filter=" + text::percent_encoded(filter);
    if (!select.empty())
      path += "&$select=" + select;
    pages.push_back({table, std::move(path)});
  }
  while (!pages.empty()) {
    std::vector<TableRequest> requests;
    for (const auto& page : pages)
      requests.push_back({"GET", page.path});
    const auto responses = client_.exchange(requests);
    std::vector<Page> next;
    for (std::size_t i = 0; i < responses.size(); ++i) {
      const auto& response = responses[i];
      if (read_only_ && error_code_of(response) == table_not_found)
        continue;
      if (response.status != 200)
        client_.fail(requests[i], response);
      const auto json = client_.json(requests[i], response);
      for (const auto& one : json.items("value"))
        entity(one, pages[i].table);
      const auto partition = response.header("x-ms-continuation-nextpartitionkey");
      if (partition.empty())
        continue;
      auto path = pages[i].path.substr(0, pages[i].path.find("&NextPartitionKey="));
      path += "&NextPartitionKey=" + text::percent_encoded(partition);
      if (const auto row = response.header("x-ms-continuation-nextrowkey"); !row.empty())
        path += "&NextRowKey=" + text::percent_encoded(row);
      next.push_back({pages[i].table, std::move(path)});
    }
    pages = std::move(next);
  }
}

void AzureTableStore::list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) {
  std::string conditions;
  if (filter.since_sequence)
    conditions = fmt::format("ChangeFeedSequence ge {}L", *filter.since_sequence);
  if (!filter.study_instance_uid.empty())
    conditions +=
        fmt::format("{}StudyUid eq {}", conditions.empty() ? "" : " and ", filter_text(filter.study_instance_uid));
  const auto& tables =
      filter.tables.empty() ? std::vector(exception_tables.begin(), exception_tables.end()) : filter.tables;
  std::vector<ExceptionRow> rows;
  query(tables, conditions, {}, [&](const mapping::Json& entity, ExceptionTable table) {
    auto one = row_of(entity, table);
    if (one.replayed_at.empty() || filter.with_replayed)
      rows.push_back(std::move(one));
  });
  const auto key = [](const ExceptionRow& one) { return std::tie(one.sequence, one.timestamp, one.table, one.id); };
  std::sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::for_each(rows.begin(), rows.end(), row);
}

std::array<std::int64_t, exception_tables.size()> AzureTableStore::counts() {
  std::array<std::int64_t, exception_tables.size()> result{};
  query({exception_tables.begin(), exception_tables.end()}, {}, "PartitionKey,ReplayedAt",
        [&](const mapping::Json& entity, ExceptionTable table) {
          const auto* at = std::find(exception_tables.begin(), exception_tables.end(), table);
          if (entity.text("ReplayedAt").empty())
            ++result[static_cast<std::size_t>(at - exception_tables.begin())];
        });
  return result;
}

namespace {

void wait(milliseconds delay) {
  std::this_thread::sleep_for(delay);
}

} // namespace

std::unique_ptr<StateStore> open_azure_table_store(const std::string& connection_string,
                                                   const std::string& table_name_prefix, bool read_only,
                                                   TlsOptions tls) {
  AzureTableClient client(parse_azure_connection_string(connection_string),
                          std::make_shared<CurlClient>(std::move(tls)), wait);
  return std::make_unique<AzureTableStore>(std::move(client), table_name_prefix, read_only);
}

std::unique_ptr<StateStore> take_azure_table_store(const std::string& connection_string,
                                                   const std::string& table_name_prefix, TlsOptions tls,
                                                   const Holder& me, milliseconds lease_duration) {
  const auto account = parse_azure_connection_string(connection_string);
  const auto http = std::make_shared<CurlClient>(std::move(tls));
  auto store = std::make_unique<AzureTableStore>(AzureTableClient(account, http, wait), table_name_prefix, false);
  const auto make_client = [account, http](AzureTableClient::Patience patience) {
    return AzureTableClient(account, http, wait, patience);
  };
  store->hold(std::make_unique<AzureLease>(make_client, table_name_prefix + checkpoint_table, me, lease_duration));
  return store;
}

} // namespace dicomcast::io
