// How to reach the tables of an Azure storage account, read from a connection string, and how to sign for them.
// Sources: Microsoft Learn, "Configure Azure Storage connection strings" and "Authorize with Shared Key" (Shared Key
// Lite for the Table service).
#pragma once

#include <string>
#include <string_view>

namespace dicomcast::io {

struct AzureAccount {
  std::string name;
  std::string table_url; ///< of the table service, without trailing slash
  std::string key;       ///< the account key's bytes; empty: requests carry the SAS
  std::string sas;       ///< a shared access signature's query without `?`; empty: requests are signed with the key
};

/// Takes what the original takes: `AccountName=..;AccountKey=..` with or without `DefaultEndpointsProtocol`,
/// `EndpointSuffix` and `TableEndpoint`; `SharedAccessSignature=..` with `TableEndpoint` or `AccountName`;
/// `UseDevelopmentStorage=true`, with or without `DevelopmentStorageProxyUri`; and the table service's URL with a SAS.
/// Keys in any case; those of other services are passed over. Throws StateStoreError that says what is wrong or
/// missing, without a value that may be secret.
AzureAccount parse_azure_connection_string(std::string_view text);

/// The Authorization header of a request. `date`: its x-ms-date. `url`: where it goes.
std::string shared_key_lite(const AzureAccount& account, std::string_view date, std::string_view url);

} // namespace dicomcast::io
