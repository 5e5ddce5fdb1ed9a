#include "io/state/azure_connection_string.hpp"

#include "io/state/state_store.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
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

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Strictly: groups of four, padding at the end alone.
std::optional<std::string> base64_decoded(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0)
    return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0)
    return {};
  const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
  bytes.resize(static_cast<std::size_t>(length) - padding); // EVP_DecodeBlock counts the padding as bytes
  return bytes;
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock ends with a NUL
  text.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size))));
  return text;
}

bool is_url(std::string_view text) {
  const auto start = lower(text.substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

std::string without_trailing_slash(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  return url;
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
  account.table_url = without_trailing_slash(std::string(text.substr(0, query)));
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
    const auto part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty())
      continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos)
      refuse("a part of it is not of the form Key=Value; expected AccountName=...;AccountKey=..., a "
             "SharedAccessSignature, "
             "UseDevelopmentStorage=true or a URL with a SAS");
    settings[lower(trimmed(part.substr(0, equals)))] = trimmed(part.substr(equals + 1));
  }
  return settings;
}

AzureAccount emulator(Settings& settings) {
  if (lower(settings["usedevelopmentstorage"]) != "true")
    refuse("UseDevelopmentStorage can only be true");
  auto host = without_trailing_slash(settings["developmentstorageproxyuri"]);
  if (host.empty())
    host = emulator_host;
  if (!is_url(host))
    refuse("DevelopmentStorageProxyUri is not an http URL");
  AzureAccount account;
  account.name = emulator_account;
  account.table_url = fmt::format("{}:{}/{}", host, emulator_port, emulator_account);
  account.key = *base64_decoded(emulator_key);
  return account;
}

} // namespace

AzureAccount parse_azure_connection_string(std::string_view text) {
  text = trimmed(text);
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
    const auto protocol = lower(settings["defaultendpointsprotocol"]);
    if (!protocol.empty() && protocol != "https" && protocol != "http")
      refuse("DefaultEndpointsProtocol is neither https nor http");
    const auto& suffix = settings["endpointsuffix"];
    account.table_url = fmt::format("{}://{}.table.{}", protocol.empty() ? "https" : protocol, account.name,
                                    suffix.empty() ? "core.windows.net" : suffix);
  }
  if (const auto& sas = settings["sharedaccesssignature"]; !sas.empty())
    account.sas = sas.starts_with('?') ? sas.substr(1) : sas;
  if (const auto& key = settings["accountkey"]; !key.empty() && account.sas.empty()) {
    const auto bytes = base64_decoded(key);
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
  return fmt::format("SharedKeyLite {}:{}", account.name, base64(mac, size));
}

} // namespace dicomcast::io
