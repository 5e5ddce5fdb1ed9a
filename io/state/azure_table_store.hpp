// The state store in Azure Table Storage, in the tables of the original DICOMcast under their names.
#pragma once

#include "io/state/azure_lease.hpp"
#include "io/state/azure_table_client.hpp"
#include "io/state/state_row.hpp"
#include "io/state/state_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dicomcast::io {

/// A commit is one request, or two round trips where there are rows: all the rows side by side, then the checkpoint. So
/// whatever is cut off in between repeats entries whose rows are stored already, which stores them once. The checkpoint
/// moves under its ETag, so that of two writers neither moves it back. See docs/state.md for the tables.
class AzureTableStore final : public StateStore {
public:
  /// Makes the tables that are not there, unless `read_only`: then absent tables are empty ones.
  AzureTableStore(AzureTableClient client, std::string table_name_prefix, bool read_only);

  /// From now on the store is ours alone: a writer of an earlier term fails, whatever it knows. Throws StateStoreError
  /// where there is a later term than the lease's.
  void hold(std::unique_ptr<AzureLease> lease);

  std::string description() const override;
  bool may_commit() const override;
  void watch(std::function<void(std::string why)> lost) override;
  void try_to_write() override;
  Checkpoint checkpoint() override;
  void commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) override;
  void reset(std::int64_t synced_sequence) override;
  void list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) override;
  std::array<std::int64_t, exception_tables.size()> counts() override;
  void mark_replayed(const std::vector<ExceptionRow>& replayed, const std::vector<ExceptionRow>& failed_again) override;

private:
  struct Known {
    Checkpoint checkpoint;
    std::string etag;      ///< empty: there is none yet
    std::int64_t term = 0; ///< of the lease under which it was written; 0: without one
  };

  std::string table_name(std::string_view name) const { return std::string(prefix_).append(name); }
  void make_tables();
  void check_writable() const;
  Known read_checkpoint();
  void advance(std::int64_t sequence);
  /// Writes what `wanted` makes of the checkpoint that is there, and begins anew where another has changed it
  /// meanwhile; nothing: it may stay.
  void change_checkpoint(const std::function<std::optional<std::int64_t>(const Known&)>& wanted);
  std::string checkpoint_entity(std::int64_t sequence) const;
  void store(const std::vector<NewRow>& rows);
  void mark(const std::vector<ExceptionRow>& rows, const std::string& time);
  /// Calls `entity` for each that passes the OData filter, the tables side by side, a page of 1,000 at a time.
  void query(const std::vector<ExceptionTable>& tables, const std::string& filter, const std::string& select,
             const std::function<void(const mapping::Json&, ExceptionTable)>& entity);

  AzureTableClient client_;
  const std::string prefix_;
  const bool read_only_;
  std::optional<Known> known_;        ///< as it was last read or written here
  std::unique_ptr<AzureLease> lease_; ///< none: nobody asked for it
};

/// Over a connection of its own. Throws StateStoreError.
std::unique_ptr<StateStore> open_azure_table_store(const std::string& connection_string,
                                                   const std::string& table_name_prefix, bool read_only,
                                                   TlsOptions tls = {});
/// The same for writing, and for this process alone. Throws StateStoreHeld.
std::unique_ptr<StateStore> take_azure_table_store(const std::string& connection_string,
                                                   const std::string& table_name_prefix, TlsOptions tls,
                                                   const Holder& me, std::chrono::milliseconds lease_duration);

} // namespace dicomcast::io
