// libcurl's codes as failures in words, without what may be a secret.
#include "io/http/curl_failure.hpp"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <system_error>

namespace dicomcast::io {

namespace {

using Kind = HttpFailure::Kind;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// With TLS 1.3 the server's verdict on the client's certificate comes after the handshake, as an error of reading.
bool is_alert_on_our_certificate(const std::string& detail) {
  for (const auto* alert : {"alert certificate required", "alert bad certificate", "alert unknown ca",
                            "alert certificate unknown", "alert decrypt error", "alert certificate expired",
                            "alert certificate revoked", "alert unsupported certificate", "alert handshake failure"})
    if (contains(detail, alert))
      return true;
  return false;
}

std::string about_our_certificate(const std::string& host, const std::string& detail, const TlsOptions& tls) {
  if (tls.client_certificate_file.empty())
    return fmt::format("{} ended the TLS handshake, most likely because it asks for a client certificate; set "
                       "ClientCertificateFile and ClientKeyFile ({})",
                       host, detail);
  return fmt::format("{} does not accept the client certificate in {} ({})", host, tls.client_certificate_file, detail);
}

/// CURLE_PEER_FAILED_VERIFICATION: why the certificate shown to us is not accepted.
std::string about_their_certificate(const std::string& host, const std::string& detail, CURL* easy) {
  if (contains(detail, "subject name"))
    return fmt::format("the certificate of {} is for another host name; use the name it was issued for, or have one "
                       "issued for this name ({})",
                       host, detail);
  long verdict = X509_V_OK;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  switch (verdict) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return fmt::format("the certificate of {} has expired; have it renewed, or set this machine's clock right", host);
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return fmt::format("the certificate of {} is not valid yet; set this machine's clock right, or wait", host);
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return fmt::format("the certificate of {} was issued by an authority that is unknown here; name the authority's "
                       "certificate in CaFile ({})",
                       host, X509_verify_cert_error_string(verdict));
  case X509_V_ERR_CERT_REVOKED:
    return fmt::format("the certificate of {} has been revoked; have a new one issued", host);
  default:
    return fmt::format("the certificate of {} is not accepted: {}", host,
                       detail.empty() ? X509_verify_cert_error_string(verdict) : detail);
  }
}

std::string system_error_of(CURL* easy) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  return number ? std::generic_category().message(static_cast<int>(number)) : std::string();
}

} // namespace

std::string authority_of(const std::string& url) {
  std::string authority = "the service";
  CURLU* parts = curl_url();
  char* host = nullptr;
  char* port = nullptr;
  if (curl_url_set(parts, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
    authority = fmt::format("{}:{}", host, port);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(parts);
  return authority;
}

HttpFailure failure_of(CURLcode code, CURL* easy, const std::string& url, std::string detail, const TlsOptions& tls) {
  const auto host = authority_of(url);
  if (detail.empty())
    detail = curl_easy_strerror(code);
  if (is_alert_on_our_certificate(detail))
    return {Kind::Certificate, about_our_certificate(host, detail, tls)};

  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
    return {Kind::Connect, fmt::format("no connection to {}: its name cannot be resolved ({})", host, detail)};
  case CURLE_COULDNT_RESOLVE_PROXY:
    return {Kind::Connect, fmt::format("no connection to {}: the proxy's name cannot be resolved ({})", host, detail)};
  case CURLE_COULDNT_CONNECT: {
    const auto reason = system_error_of(easy);
    return {Kind::Connect,
            fmt::format("no connection to {}: {} ({})", host, reason.empty() ? "failed" : reason, detail)};
  }
  case CURLE_OPERATION_TIMEDOUT: // our own deadline is not libcurl's, so this is the time to connect
    return {Kind::Connect, fmt::format("no connection to {} ({})", host, detail)};
  case CURLE_PROXY:
    return {Kind::Connect, fmt::format("the proxy makes no connection to {} ({})", host, detail)};

  case CURLE_PEER_FAILED_VERIFICATION:
    return {Kind::Certificate, about_their_certificate(host, detail, easy)};
  case CURLE_SSL_CONNECT_ERROR:
    if (contains(detail, "wrong version number") || contains(detail, "http request"))
      return {
          Kind::Certificate,
          fmt::format("{} does not speak TLS; is it http:// that the address should begin with? ({})", host, detail)};
    if (contains(detail, "SSL_ERROR_SYSCALL") || contains(detail, "reset") || contains(detail, "unexpected eof"))
      return {Kind::Broken, fmt::format("{} broke the connection off during the TLS handshake ({})", host, detail)};
    return {Kind::Certificate, fmt::format("no TLS connection to {}: {}", host, detail)};
  case CURLE_SSL_CERTPROBLEM:
    return {Kind::Certificate, fmt::format("the client certificate in {} with the key in {} cannot be used: {}",
                                           tls.client_certificate_file, tls.client_key_file, detail)};
  case CURLE_SSL_CACERT_BADFILE:
    return {Kind::Certificate, fmt::format("the CaFile {} cannot be used: {}", tls.ca_file, detail)};
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_USE_SSL_FAILED:
    return {Kind::Certificate, fmt::format("no TLS connection to {}: {}", host, detail)};

  case CURLE_GOT_NOTHING:
    return {Kind::Broken, fmt::format("{} closed the connection without an answer", host)};
  case CURLE_PARTIAL_FILE:
    return {Kind::Broken, fmt::format("the answer of {} was cut off ({})", host, detail)};
  case CURLE_UNSUPPORTED_PROTOCOL:
    if (contains(detail, "HTTP/0.9"))
      return {Kind::Broken, fmt::format("what {} answers is not HTTP", host)};
    return {Kind::Other, fmt::format("the address of {} is neither http:// nor https:// ({})", host, detail)};
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return {Kind::Broken, fmt::format("the exchange with {} broke off ({})", host, detail)};
  default: // of a hundred codes: those of other protocols and of wrong use
    return {Kind::Other, fmt::format("the request to {} failed ({})", host, detail)};
  }
}

} // namespace dicomcast::io
