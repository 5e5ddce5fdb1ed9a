// The state store in Azure Table Storage, in the tables of the original DICOMcast under their names.
#pragma once

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

  std::string description() const override;
  Checkpoint checkpoint() override;
  void commit(std::optional<std::int64_t> synced_sequence, const std::vector<ExceptionRow>& rows) override;
  void reset(std::int64_t synced_sequence) override;
  void list(const RowFilter& filter, const std::function<void(const ExceptionRow&)>& row) override;
  std::array<std::int64_t, exception_tables.size()> counts() override;
  void mark_replayed(const std::vector<ExceptionRow>& replayed, const std::vector<ExceptionRow>& failed_again) override;

private:
  struct Known {
    Checkpoint checkpoint;
    std::string etag; ///< empty: there is none yet
  };

  std::string table_name(std::string_view name) const { return std::string(prefix_).append(name); }
  void make_tables();
  void check_writable() const;
  Known read_checkpoint();
  void advance(std::int64_t sequence);
  void store(const std::vector<NewRow>& rows);
  void mark(const std::vector<ExceptionRow>& rows, const std::string& time);
  /// Calls `entity` for each that passes the OData filter, the tables side by side, a page of 1,000 at a time.
  void query(const std::vector<ExceptionTable>& tables, const std::string& filter, const std::string& select,
             const std::function<void(const mapping::Json&, ExceptionTable)>& entity);

  AzureTableClient client_;
  const std::string prefix_;
  const bool read_only_;
  std::optional<Known> known_; ///< as it was last read or written here
};

/// Over a connection of its own. Throws StateStoreError.
std::unique_ptr<StateStore> open_azure_table_store(const std::string& connection_string,
                                                   const std::string& table_name_prefix, bool read_only,
                                                   TlsOptions tls = {});

} // namespace dicomcast::io
