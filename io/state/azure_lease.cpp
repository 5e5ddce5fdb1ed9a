#include "io/state/azure_lease.hpp"

#include "io/state/azure_entity.hpp"
#include "io/state/state_row.hpp"

#include <fmt/format.h>

#include <ctime>
#include <random>

namespace dicomcast::io {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

constexpr auto partition = "SyncStatePartitionKey", lease_row = "LeaseRowKey";
constexpr int most_conflicts = 20;
constexpr AzureTableClient::Patience to_take{20s, 5}, to_let_go{2s, 0};

std::string random_name() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", entropy(), entropy(), entropy(), entropy());
}

/// Of a row's Timestamp, `YYYY-MM-DDThh:mm:ss[.fffffff]Z`; nothing where it is none.
std::optional<system_clock::time_point> time_of(const mapping::Json& entity) {
  const auto text = server_time_of(entity); // with three digits of a fraction
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!end)
    return {};
  return system_clock::from_time_t(timegm(&parts)) + milliseconds(*end == '.' ? std::atoi(end + 1) : 0);
}

bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

} // namespace

LeaseClock::time_point LeaseClock::now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// What the service holds of the lease.
struct AzureLease::Row {
  std::string etag; ///< empty: there is none
  std::int64_t term = 0;
  std::string owner;
  Holder holder;
  bool is_free = true; ///< let go, or expired by the service's clock
};

AzureLease::AzureLease(MakeClient make_client, std::string table, Holder me, milliseconds duration)
    : make_client_(std::move(make_client)), table_(std::move(table)), owner_(random_name()), me_(std::move(me)),
      duration_(duration), lease_(duration) {
  take();
  thread_ = std::thread([this] { keep(); });
}

AzureLease::~AzureLease() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (why_lost_)
    return;
  try {
    auto client = make_client_(to_let_go);
    write(client, etag_, true);
  } catch (const StateStoreError&) {
    // Then it ends by itself.
  }
}

bool AzureLease::may_commit() const {
  const std::lock_guard lock(mutex_);
  return !why_lost_ && lease_.may_commit(LeaseClock::now());
}

void AzureLease::watch(std::function<void(std::string)> lost) {
  const std::lock_guard lock(mutex_);
  lost_ = std::move(lost);
  if (why_lost_ && lost_)
    lost_(*why_lost_);
}

AzureLease::Row AzureLease::read(AzureTableClient& client) const {
  const TableRequest request{"GET", entity_path(table_, partition, lease_row)};
  const auto response = client.exchange(request);
  if (response.status == 404)
    return {};
  if (response.status != 200)
    client.fail(request, response);
  const auto entity = client.json(request, response);
  Row row;
  row.etag = response.header("etag");
  if (row.etag.empty())
    row.etag = entity.text("odata.etag");
  row.term = integer_of(entity, "Term", 0);
  row.owner = entity.text("Owner");
  row.holder = holder_of_json(entity.text("Holder")).value_or(Holder{});
  const auto* released = entity.find("Released");
  const auto written = time_of(entity);
  // In whole seconds, so never late: what it calls over is over.
  const auto now = parse_http_date(response.header("date")).value_or(system_clock::now());
  const milliseconds life(integer_of(entity, "Milliseconds", 0));
  row.is_free = (released && *released == mapping::Json(true)) || !written || now - *written >= life;
  return row;
}

HttpResponse AzureLease::write(AzureTableClient& client, const std::string& etag, bool is_released) const {
  mapping::Json entity;
  const auto set_integer = [&entity](const std::string& name, std::int64_t value) {
    entity.set(name + "@odata.type", "Edm.Int64");
    entity.set(name, std::to_string(value));
  };
  entity.set("PartitionKey", partition);
  entity.set("RowKey", lease_row);
  set_integer("Term", term_);
  set_integer("Milliseconds", duration_.count());
  entity.set("Owner", owner_);
  entity.set("Holder", to_json(me_));
  entity.set("Released", mapping::Json(is_released));
  const bool is_there = !etag.empty();
  return client.exchange(TableRequest{is_there ? "PUT" : "POST",
                                      is_there ? entity_path(table_, partition, lease_row) : "/" + table_,
                                      entity.to_text(), "application/json", etag});
}

void AzureLease::take() {
  auto client = make_client_(to_take);
  for (int conflicts = 0; conflicts < most_conflicts; ++conflicts) {
    const auto row = read(client);
    if (row.owner == owner_) { // the answer that told so was lost
      etag_ = row.etag;
      return;
    }
    if (!row.is_free)
      throw StateStoreHeld("the state store in Azure account " + client.account().name, row.holder);
    term_ = row.term + 1;
    const auto sent = LeaseClock::now();
    const auto response = write(client, row.etag, false);
    if (is_success(response)) {
      lease_.renewed(sent);
      etag_ = response.header("etag");
      if (etag_.empty())
        etag_ = read(client).etag;
      return;
    }
    if (response.status != 412 && response.status != 409 && response.status != 404)
      client.fail({"PUT", "/" + table_}, response);
    lease_.renewed(sent); // in case that it was ours after all
  }
  throw StateStoreError("the state store's lease: other writers keep changing it");
}

/// The lease's thread.
void AzureLease::keep() {
  auto client = make_client_({lease_.patience(), 0});
  std::unique_lock lock(mutex_);
  while (!ends_ && !why_lost_) {
    const auto wait = lease_.next_renewal() - LeaseClock::now();
    if (changed_.wait_for(lock, wait, [this] { return ends_; }))
      return;
    lock.unlock();
    renew(client);
    lock.lock();
  }
}

void AzureLease::renew(AzureTableClient& client) {
  std::string failure = "it could not be renewed in time";
  try {
    const auto sent = LeaseClock::now();
    const auto response = write(client, etag_, false);
    if (is_success(response)) {
      etag_ = response.header("etag");
      if (etag_.empty())
        etag_ = read(client).etag;
      const std::lock_guard lock(mutex_);
      return lease_.renewed(sent);
    }
    if (response.status == 412 || response.status == 404) {
      const auto row = read(client);
      if (row.owner != owner_)
        return lose(row.etag.empty() ? "its row has been deleted" : "it was taken by " + to_string(row.holder));
      etag_ = row.etag; // ours, by a renewal whose answer was lost
    } else {
      client.fail({"PUT", "/" + table_}, response);
    }
  } catch (const StateStoreError& error) {
    failure += std::string(": ") + error.what();
  }
  const auto now = LeaseClock::now();
  {
    const std::lock_guard lock(mutex_);
    if (!lease_.is_over(now))
      return lease_.failed(now);
  }
  lose(std::move(failure));
}

void AzureLease::lose(std::string why) {
  const std::lock_guard lock(mutex_);
  why_lost_ = "the lease of the state store is lost: " + why;
  if (lost_)
    lost_(*why_lost_);
}

} // namespace dicomcast::io
