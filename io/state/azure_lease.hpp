// The tables of an Azure storage account for one process alone: a row with a term, changed under its ETag.
#pragma once

#include "io/state/azure_table_client.hpp"
#include "io/state/holder.hpp"
#include "io/state/lease.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace dicomcast::io {

/// Held from its making until it is gone, unless it is lost. Whether another's has expired is told by the service's own
/// clock alone (its Date against the row's Timestamp). A thread of its own renews it each third.
class AzureLease {
public:
  using MakeClient = std::function<AzureTableClient(AzureTableClient::Patience)>;

  /// `table` is there. Throws StateStoreHeld where another has it, StateStoreError where the service does not answer.
  AzureLease(MakeClient make_client, std::string table, Holder me, std::chrono::milliseconds duration);
  /// Lets go, so that the next may begin at once; one try of 2 s.
  ~AzureLease();
  AzureLease(const AzureLease&) = delete;
  AzureLease& operator=(const AzureLease&) = delete;

  std::int64_t term() const { return term_; }
  /// Any thread.
  bool may_commit() const;
  /// From now on `lost` is called, once and on the lease's thread, when it is lost; at once if it has been. Empty: no
  /// longer; not while it is being called.
  void watch(std::function<void(std::string why)> lost);

private:
  struct Row;
  Row read(AzureTableClient& client) const;
  HttpResponse write(AzureTableClient& client, const std::string& etag, bool is_released) const;
  void take();
  void keep();
  void renew(AzureTableClient& client);
  void lose(std::string why);

  const MakeClient make_client_;
  const std::string table_, owner_;
  const Holder me_;
  const std::chrono::milliseconds duration_;
  std::int64_t term_ = 0;
  std::string etag_; ///< of the lease's thread, once that runs

  mutable std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  Lease lease_;
  std::optional<std::string> why_lost_;
  std::function<void(std::string)> lost_;
  bool ends_ = false;

  std::thread thread_;
};

} // namespace dicomcast::io
