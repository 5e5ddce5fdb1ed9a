// Which state store the configuration asks for; the names of the tables.
#include "io/state/state_store.hpp"

#include "io/state/azure_table_store.hpp"
#include "io/state/sqlite_store.hpp"

#include <strings.h>

namespace dicomcast::io {

namespace {

constexpr std::string_view suffix = "ExceptionTable";

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

TlsOptions table_store_options(const conf::Config& config) {
  return {config.table_store_ca_file, {}, {}, config.table_store_proxy, false};
}

} // namespace

const char* name_of(ExceptionTable table) {
  switch (table) {
  case ExceptionTable::InvalidDicomTag:
    return "InvalidDicomTagExceptionTable";
  case ExceptionTable::DicomFailToStore:
    return "DicomFailToStoreExceptionTable";
  case ExceptionTable::FhirFailToStore:
    return "FhirFailToStoreExceptionTable";
  case ExceptionTable::TransientRetry:
    return "TransientRetryExceptionTable";
  case ExceptionTable::TransientFailure:
    return "TransientFailureExceptionTable";
  }
  return "";
}

bool is_of_failed_entry(ExceptionTable table) {
  switch (table) {
  case ExceptionTable::DicomFailToStore:
  case ExceptionTable::FhirFailToStore:
  case ExceptionTable::TransientFailure:
    return true;
  case ExceptionTable::InvalidDicomTag:
  case ExceptionTable::TransientRetry:
    break;
  }
  return false;
}

std::optional<ExceptionTable> table_of(std::string_view name) {
  for (const auto table : exception_tables) {
    const std::string_view full = name_of(table);
    if (equal_in_any_case(name, full) || equal_in_any_case(name, full.substr(0, full.size() - suffix.size())))
      return table;
  }
  return {};
}

std::unique_ptr<StateStore> open_state_store(const conf::Config& config, bool read_only) {
  if (!config.table_store_connection_string.empty())
    return open_azure_table_store(config.table_store_connection_string, config.table_name_prefix, read_only,
                                  table_store_options(config));
  return std::make_unique<SqliteStore>(config.state_store_path, read_only);
}

std::unique_ptr<StateStore> take_state_store(const conf::Config& config, const Holder& me) {
  if (!config.table_store_connection_string.empty())
    return take_azure_table_store(config.table_store_connection_string, config.table_name_prefix,
                                  table_store_options(config), me, config.lease_duration);
  return std::make_unique<SqliteStore>(config.state_store_path, me);
}

} // namespace dicomcast::io
