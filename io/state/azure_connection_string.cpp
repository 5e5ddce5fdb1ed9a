// Connection strings of Azure Table Storage in all their forms, and the signature of a request.
#include "io/state/azure_connection_string.hpp"

#include "conf/text.hpp"
#include "io/state/state_store.hpp"

#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace dicomcast::io {

namespace {

// Public: the same in every emulator.
constexpr auto emulator_account = "devstoreaccount1";
constexpr auto emulator_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr auto emulator_host = "http://127.0.0.1";
constexpr auto emulator_port = 10002;

[[noreturn]] void refuse(const std::string& why) {
  throw StateStoreError("TableStore:ConnectionString: " + why);
}

bool is_url(std::string_view text) {
  const auto start = text::lower_case(text.substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

/// Where the path begins, or the URL's end.
std::size_t path_start(std::string_view url) {
  const auto host = url.find("://");
  return std::min(url.find('/', host == std::string_view::npos ? 0 : host + 3), url.size());
}

/// The path's last segment (an emulator's URL), else the host's first label.
std::string account_of(const std::string& url) {
  const auto start = path_start(url);
  if (start < url.size())
    return url.substr(url.rfind('/') + 1);
  const auto host = url.find("://") + 3;
  return url.substr(host, url.find('.', host) - host);
}

AzureAccount of_url(std::string_view text) {
  const auto query = text.find('?');
  AzureAccount account;
  account.table_url = text::without_trailing_slashes(text.substr(0, query));
  account.name = account_of(account.table_url);
  if (query != std::string_view::npos)
    account.sas = text.substr(query + 1);
  return account;
}

using Settings = std::map<std::string, std::string>;

Settings split(std::string_view text) {
  Settings settings;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto part = text::trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty())
      continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
      refuse("a part of it is not of the form Key=Value; expected AccountName=...;AccountKey=..., a "
             "SharedAccessSignature, "
             "UseDevelopmentStorage=true or a URL with a SAS");
    settings[text::lower_case(text::trimmed(part.substr(0, equals)))] = text::trimmed(part.substr(equals + 1));
  }
  return settings;
}

AzureAccount emulator(Settings& settings) {
  if (text::lower_case(settings["usedevelopmentstorage"]) != "true")
    refuse("UseDevelopmentStorage can only be true");
  auto host = text::without_trailing_slashes(settings["developmentstorageproxyuri"]);
  if (host.empty())
    host = emulator_host;
  if (!is_url(host))
    refuse("DevelopmentStorageProxyUri is not an http URL");
  AzureAccount account;
  account.name = emulator_account;
  account.table_url = fmt::format("{}:{}/{}", host, emulator_port, emulator_account);
  account.key = *text::base64_decoded(emulator_key);
  return account;
}

} // namespace

AzureAccount parse_azure_connection_string(std::string_view text) {
  text = text::trimmed(text);
  if (is_url(text)) {
    auto account = of_url(text);
    if (account.sas.empty())
      refuse("a URL needs a shared access signature as its query");
    return account;
  }
  auto settings = split(text);
  if (settings.contains("usedevelopmentstorage"))
    return emulator(settings);

  AzureAccount account;
  if (const auto& endpoint = settings["tableendpoint"]; !endpoint.empty()) {
    if (!is_url(endpoint))
      refuse("TableEndpoint is not an http URL");
    account = of_url(endpoint);
  }
  if (const auto& name = settings["accountname"]; !name.empty())
    account.name = name;
  if (account.name.empty())
    refuse("AccountName is missing (or TableEndpoint, with a SharedAccessSignature)");
  if (account.table_url.empty()) {
    const auto protocol = text::lower_case(settings["defaultendpointsprotocol"]);
    if (!protocol.empty() && protocol != "https" && protocol != "http")
      refuse("DefaultEndpointsProtocol is neither https nor http");
    const auto& suffix = settings["endpointsuffix"];
    account.table_url = fmt::format("{}://{}.table.{}", protocol.empty() ? "https" : protocol, account.name,
                                    suffix.empty() ? "core.windows.net" : suffix);
  }
  if (const auto& sas = settings["sharedaccesssignature"]; !sas.empty())
    account.sas = sas.starts_with('?') ? sas.substr(1) : sas;
  if (const auto& key = settings["accountkey"]; !key.empty() && account.sas.empty()) {
    const auto bytes = text::base64_decoded(key);
    if (!bytes)
      refuse("AccountKey is not Base64");
    account.key = *bytes;
  }
  if (account.key.empty() && account.sas.empty())
    refuse("neither AccountKey nor SharedAccessSignature is there");
  return account;
}

std::string shared_key_lite(const AzureAccount& account, std::string_view date, std::string_view url) {
  // Of the query only `comp` would be signed, which no request here has.
  const auto bare = url.substr(0, url.find('?'));
  const auto path = bare.substr(path_start(bare));
  const auto to_sign = fmt::format("{}\n/{}{}", date, account.name, path);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), account.key.data(), static_cast<int>(account.key.size()),
       reinterpret_cast<const unsigned char*>(to_sign.data()), to_sign.size(), mac, &size);
  return fmt::format("SharedKeyLite {}:{}", account.name, text::base64({reinterpret_cast<const char*>(mac), size}));
}

} // namespace dicomcast::io
