// What a CURLcode means for us, in a sentence for the operator.
#pragma once

#include "io/http/http_client.hpp"

#include <curl/curl.h>

#include <string>

namespace dicomcast::io {

/// `host:port` of a URL, the port also where it is the scheme's own. No user, path or query.
std::string authority_of(const std::string& url);

/// `easy` has just failed with `code` on `url`; `detail` is libcurl's own text (CURLOPT_ERRORBUFFER), may be empty.
HttpFailure failure_of(CURLcode code, CURL* easy, const std::string& url, std::string detail, const TlsOptions& tls);

} // namespace dicomcast::io
